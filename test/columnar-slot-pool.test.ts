import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';

describe('SlotPool', () => {
  it('holds so many slots of SLOT_BYTES and no more', () => {
    const pool = new SlotPool(2);
    const slots = [pool.tryAcquire(), pool.tryAcquire()];
    expect(slots.map((slot) => slot?.byteLength)).toEqual([SLOT_BYTES, SLOT_BYTES]);
    expect(new Set(slots).size).toBe(2);
    expect(pool.tryAcquire()).toBeUndefined();
    expect([pool.size, pool.available]).toEqual([2, 0]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a size of %s', (size) => {
    expect(() => new SlotPool(size)).toThrow('size of at least 1');
  });

  it('serves waiters first come first served, before anybody who comes later', async () => {
    const pool = new SlotPool(1);
    const slot = await pool.acquire();
    const order: string[] = [];
    const wait = async (name: string) => {
      const got = await pool.acquire();
      order.push(name);
      return got;
    };
    const first = wait('first');
    const second = wait('second');
    pool.release(slot);
    expect(pool.tryAcquire()).toBeUndefined();
    pool.release(await first);
    pool.release(await second);
    expect(order).toEqual(['first', 'second']);
    expect(pool.available).toBe(1);
  });

  it('rejects a wait that is aborted and gives its turn to the next', async () => {
    const pool = new SlotPool(1);
    const slot = await pool.acquire();
    const abort = new AbortController();
    const gone = pool.acquire(abort.signal);
    const next = pool.acquire();
    abort.abort();
    await expect(gone).rejects.toThrow('aborted');
    await expect(pool.acquire(abort.signal)).rejects.toThrow('aborted');
    pool.release(slot);
    expect(await next).toBe(slot);
  });

  it('takes a double release and a foreign slot for faults', async () => {
    const pool = new SlotPool(1);
    const slot = await pool.acquire();
    pool.release(slot);
    expect(() => pool.release(slot)).toThrow('already released');
    expect(() => pool.release(new SharedArrayBuffer(8))).toThrow('foreign');
    expect(pool.available).toBe(1);
  });

  it('never gives a slot to two holders nor loses one, whatever the order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(2), { maxLength: 40 }), async (size, steps) => {
        const pool = new SlotPool(size);
        const held: SharedArrayBuffer[] = [];
        let waiting = 0;
        for (const step of steps) {
          if (step === 0) {
            waiting++;
            void pool.acquire().then((slot) => held.push(slot));
          } else if (step === 1) {
            const slot = pool.tryAcquire();
            if (slot !== undefined) held.push(slot);
          } else if (held.length > 0) pool.release(held.shift()!);
          await Promise.resolve();
          expect(new Set(held).size).toBe(held.length);
        }
        while (held.length > 0) {
          pool.release(held.shift()!);
          await Promise.resolve();
        }
        expect(waiting).toBeGreaterThanOrEqual(0);
        expect(pool.available).toBe(size);
      }),
      { numRuns: 50 },
    );
  });
});
