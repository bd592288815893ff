import { describe, expect, it } from 'vitest';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { SlotView } from '../dist/columnar/slot-view.js';
import type { Batch, Source } from '../dist/tuple/batch.js';
import { COLUMNS, type Column } from '../dist/tuple/columns.js';
import { SLOT_AREAS, SLOT_HEADER, SLOT_ROWS, SLOT_STATE, WIDTH } from '../dist/tuple/slot.js';
import { type PlainRow, readAll } from './source-rows.js';

export interface SourceUnderTest {
  /** A fresh source over the same events, filling slots of the pool. */
  make(pool: SlotPool): Promise<Source>;
  /** The rows it must deliver, in order; more than one slot of them. */
  readonly rows: readonly PlainRow[];
  /** What it must count as bad. */
  readonly bad: Readonly<Record<string, number>>;
  /** Of formats with lines: where the first of each is. */
  readonly badLines?: Readonly<Record<string, number>>;
  /** Texts that stand in the events as secrets and must never come out. */
  readonly secrets: readonly string[];
}

/** Bytes of a slot's columns up to its rows: what a reused slot must share with a fresh one. */
function contentOf(batch: Batch): Buffer {
  const parts: Buffer[] = [];
  for (const [c, column] of (COLUMNS as readonly Column[]).entries()) {
    const { validity, values } = SLOT_AREAS[c]!;
    parts.push(Buffer.from(batch.slot, validity, SLOT_ROWS / 8));
    parts.push(Buffer.from(batch.slot, values, SLOT_ROWS * WIDTH[column.type]));
  }
  return Buffer.concat(parts);
}

/** The promises every source keeps; run it on each kind. */
export function describeSource(name: string, prepare: () => Promise<SourceUnderTest>): void {
  describe(`source contract: ${name}`, () => {
    let prepared: Promise<SourceUnderTest> | undefined;
    const subject = () => (prepared ??= prepare());

    it('delivers every good row once, in order, and counts the bad by reason', async () => {
      const { make, rows, bad, badLines } = await subject();
      const source = await make(new SlotPool(2));
      const read = await readAll(source);
      expect(read.fault).toBeUndefined();
      expect(read.rows).toEqual(rows);
      const counters = { rows: rows.length, batches: read.ids.length, bad };
      expect(source.counters).toEqual(badLines === undefined ? counters : { ...counters, badLines });
    });

    it('gives unique batch ids that are the same each time, for the same rows', async () => {
      const { make } = await subject();
      const first = await readAll(await make(new SlotPool(1)));
      const second = await readAll(await make(new SlotPool(4)));
      expect(first.ids.length).toBeGreaterThan(1);
      expect(new Set(first.ids).size).toBe(first.ids.length);
      expect(second).toEqual(first);
    });

    it('fills a used slot with the same bytes as a fresh one, header and nulls included', async () => {
      const { make } = await subject();
      const fresh: Buffer[] = [];
      await readAll(await make(new SlotPool(4)), (batch) => fresh.push(contentOf(batch)));
      const pool = new SlotPool(1);
      const dirty = await pool.acquire();
      new Uint8Array(dirty).fill(0xff);
      pool.release(dirty);
      let index = 0;
      await readAll(await make(pool), (batch) => {
        expect(contentOf(batch).equals(fresh[index++]!)).toBe(true);
        const { header } = new SlotView(batch.slot);
        expect(header[SLOT_HEADER.state]).toBe(SLOT_STATE.full);
        expect(header[SLOT_HEADER.rows]).toBe(batch.rows);
        expect(header[SLOT_HEADER.strings]).toBeLessThanOrEqual(batch.strings.count);
        expect(header[SLOT_HEADER.epoch]).toBe(batch.strings.epoch);
      });
      expect(index).toBe(fresh.length);
    });

    it('returns every slot, with a slow consumer and two slots, and never deadlocks', async () => {
      const { make, rows } = await subject();
      const pool = new SlotPool(2);
      const source = await make(pool);
      const held: Batch[] = [];
      let count = 0;
      for await (const batch of source.batches()) {
        count += batch.rows;
        held.push(batch);
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (held.length === 2) held.shift()!.release();
      }
      for (const batch of held) batch.release();
      expect(count).toBe(rows.length);
      expect(pool.available).toBe(2);
    });

    it('waits for a slot instead of losing rows, and stop ends the wait', async () => {
      const { make } = await subject();
      const pool = new SlotPool(1);
      const source = await make(pool);
      const batches = source.batches()[Symbol.asyncIterator]();
      const first = await batches.next();
      const second = batches.next();
      const state = await Promise.race([second, new Promise((resolve) => setTimeout(resolve, 50, 'waiting'))]);
      expect(state).toBe('waiting');
      source.stop();
      expect((await second).done).toBe(true);
      first.value.release();
      expect(pool.available).toBe(1);
    });

    it('stops in the middle and gives back what it holds', async () => {
      const { make } = await subject();
      const pool = new SlotPool(3);
      const source = await make(pool);
      let count = 0;
      for await (const batch of source.batches()) {
        count++;
        source.stop();
        batch.release();
      }
      expect(count).toBe(1);
      expect(pool.available).toBe(3);
    });

    it('gives back what it holds when its consumer leaves', async () => {
      const { make } = await subject();
      const pool = new SlotPool(2);
      for await (const batch of (await make(pool)).batches()) {
        batch.release();
        break;
      }
      expect(pool.available).toBe(2);
    });

    it('refuses a second iteration and a second release', async () => {
      const { make } = await subject();
      const source = await make(new SlotPool(2));
      for await (const batch of source.batches()) {
        batch.release();
        expect(() => batch.release()).toThrow('slot already released');
        break;
      }
      expect(() => source.batches()).toThrow('one iteration');
    });

    it('never lets a secret into the string table', async () => {
      const { make, secrets } = await subject();
      expect(secrets.length).toBeGreaterThan(0);
      await readAll(await make(new SlotPool(2)), (batch) => {
        const { strings } = batch;
        const bytes = Buffer.from((strings as unknown as { buffer: SharedArrayBuffer }).buffer);
        for (const secret of secrets) expect(bytes.includes(secret)).toBe(false);
        for (let code = 1; code < strings.count; code++) {
          for (const secret of secrets) expect(strings.text(code)!.includes(secret)).toBe(false);
        }
      });
    });
  });
}
