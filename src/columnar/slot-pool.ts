import { QuinceError } from '../errors/quince-error.js';
import { SLOT_BYTES } from '../tuple/slot.js';

interface Waiter {
  readonly give: (slot: SharedArrayBuffer) => void;
  readonly leave: () => void;
}

/**
 * A fixed number of slots, allocated once: first touch of fresh memory costs more than all work done in it. Whoever
 * finds no slot waits in line, which is how a slow consumer slows its source; a source that cannot wait uses
 * `tryAcquire` and counts a loss.
 */
export class SlotPool {
  readonly size: number;
  private readonly free: SharedArrayBuffer[] = [];
  /** Every slot of the pool; true while somebody holds it. */
  private readonly held = new Map<SharedArrayBuffer, boolean>();
  private readonly waiters = new Set<Waiter>();

  /** @throws BAD_ARGUMENT unless size is a positive integer. */
  constructor(size: number) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new QuinceError('BAD_ARGUMENT', `slot pool requires a size of at least 1, got ${size}`);
    }
    this.size = size;
    for (let i = 0; i < size; i++) {
      const slot = new SharedArrayBuffer(SLOT_BYTES);
      this.held.set(slot, false);
      this.free.push(slot);
    }
  }

  /** Slots nobody holds. */
  get available(): number {
    return this.free.length;
  }

  /** A slot, or undefined when all are held. Its bytes are those of its last use. */
  tryAcquire(): SharedArrayBuffer | undefined {
    const slot = this.free.pop();
    if (slot !== undefined) this.held.set(slot, true);
    return slot;
  }

  /** A slot as soon as one is free, first come first served. Rejects with the signal's reason when that aborts. */
  acquire(signal?: AbortSignal): Promise<SharedArrayBuffer> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const slot = this.tryAcquire();
    if (slot !== undefined) return Promise.resolve(slot);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.waiters.delete(waiter);
        reject(signal!.reason);
      };
      const waiter: Waiter = { give: resolve, leave: () => signal?.removeEventListener('abort', onAbort) };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(waiter);
    });
  }

  /** Gives a slot back. @throws INTERNAL for a slot of another pool and for a second release. */
  release(slot: SharedArrayBuffer): void {
    const held = this.held.get(slot);
    if (held !== true) {
      const got = held === undefined ? 'a foreign slot' : 'a slot already released';
      throw new QuinceError('INTERNAL', `release requires a slot held from this pool, got ${got}`);
    }
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter);
      waiter.leave();
      waiter.give(slot);
      return;
    }
    this.held.set(slot, false);
    this.free.push(slot);
  }
}
