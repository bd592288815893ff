import { H, mix } from '../tuple/hash.js';
import type { CellColumns, Pair } from '../tuple/learned.js';
import { Column, PairTable } from './pair-table.js';

/** Kinds of cells; the number is what the store keeps. */
export const KIND = {
  factor15: 1,
  factor5: 2,
  presence15: 3,
  presence5: 4,
  calibration15: 5,
  calibration5: 6,
  window: 7,
  windowMinute: 8,
  windowScore: 9,
  rhythm: 10,
  held15: 11,
  held5: 12,
  windowHeld: 17,
  windowHeldScore: 18,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/**
 * Learned state: an additive table (kind, segment, context, value) → (n, s), both integers below 2^53. Adding tables
 * commutes and associates, so that batches may come in any order and from any worker.
 */
export class CellTable {
  private readonly keys = new PairTable();
  private readonly kind = new Column();
  private readonly words: Column[] = Array.from({ length: 6 }, () => new Column());
  private readonly n = new Column();
  private readonly s = new Column();

  get size(): number {
    return this.keys.size;
  }

  add(kind: Kind, seg: Pair, context: Pair, value: Pair, n: number, s: number): void {
    mix(kind, 0, seg.lo, seg.hi);
    mix(H.lo, H.hi, context.lo, context.hi);
    mix(H.lo, H.hi, value.lo, value.hi);
    const i = this.keys.insert(H.lo, H.hi);
    this.kind.set(i, kind);
    const words = [seg.lo, seg.hi, context.lo, context.hi, value.lo, value.hi];
    for (let w = 0; w < 6; w++) this.words[w]!.set(i, words[w]! >>> 0);
    this.n.add(i, n);
    this.s.add(i, s);
  }

  addAll(cells: CellColumns): void {
    for (let i = 0; i < cells.length; i++) {
      this.add(
        cells.kind[i] as Kind,
        pairAt(cells.segment, i),
        pairAt(cells.context, i),
        pairAt(cells.value, i),
        cells.n[i]!,
        cells.s[i]!,
      );
    }
  }

  /** All cells sorted by (kind, segment, context, value), but those of zero: equal tables are equal bytes. O(n log n). */
  sorted(): CellColumns {
    const order: number[] = [];
    for (let i = 0; i < this.size; i++) if (this.n.get(i) !== 0 || this.s.get(i) !== 0) order.push(i);
    const by = [this.kind, ...[1, 0, 3, 2, 5, 4].map((w) => this.words[w]!)];
    order.sort((a, b) => {
      for (const column of by) {
        const d = column.get(a) - column.get(b);
        if (d !== 0) return d;
      }
      return 0;
    });
    const pairs = (w: number) => {
      const out = new Uint32Array(order.length * 2);
      order.forEach((from, i) => {
        out[2 * i] = this.words[w]!.get(from);
        out[2 * i + 1] = this.words[w + 1]!.get(from);
      });
      return out;
    };
    return {
      length: order.length,
      kind: Uint8Array.from(order, (i) => this.kind.get(i)),
      segment: pairs(0),
      context: pairs(2),
      value: pairs(4),
      n: Float64Array.from(order, (i) => this.n.get(i)),
      s: Float64Array.from(order, (i) => this.s.get(i)),
    };
  }
}

export function pairAt(words: Uint32Array, i: number): Pair {
  return { lo: words[2 * i]!, hi: words[2 * i + 1]! };
}

/** The segment of a host (its atom) and UTC day. */
export function segmentOf(host: Pair, day: number): Pair {
  mix(0x7365676d, day, host.lo, host.hi);
  return { lo: H.lo, hi: H.hi };
}
