import { H, mix } from '../tuple/hash.js';
import type { CellColumns, Pair } from '../tuple/learned.js';
import { Column, interleaved, PairTable, WordRows } from './pair-table.js';
import { sortRows } from './sort-rows.js';

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
  joint: 13,
  jointScore: 14,
  minuteScore: 15,
  minutePeak: 16,
  windowHeld: 17,
  windowHeldScore: 18,
  calibrationRank: 19,
} as const;
export type Kind = (typeof KIND)[keyof typeof KIND];

/**
 * Learned state: an additive table (kind, segment, context, value) → (n, s), both integers below 2^53. Adding tables
 * commutes and associates, so that batches may come in any order and from any worker.
 */
export class CellTable {
  private readonly keys = new PairTable();
  /** Kind, and both words of segment, context and value, the high ones first: cells are sorted by them. */
  private readonly words = new WordRows(7);
  private readonly n = new Column();
  private readonly s = new Column();

  get size(): number {
    return this.keys.size;
  }

  add(kind: Kind, seg: Pair, context: Pair, value: Pair, n: number, s: number): void {
    const i = this.row(kind, seg.lo, seg.hi, context.lo, context.hi, value.lo, value.hi);
    this.n.add(i, n);
    this.s.add(i, s);
  }

  addAll({ length, kind, segment, context, value, n, s }: CellColumns): void {
    for (let i = 0; i < length; i++) {
      const [lo, hi] = [2 * i, 2 * i + 1];
      const row = this.row(kind[i]!, segment[lo]!, segment[hi]!, context[lo]!, context[hi]!, value[lo]!, value[hi]!);
      this.n.add(row, n[i]!);
      this.s.add(row, s[i]!);
    }
  }

  /** Position of a cell, made where there is none. */
  private row(
    kind: number,
    segLo: number,
    segHi: number,
    ctxLo: number,
    ctxHi: number,
    lo: number,
    hi: number,
  ): number {
    mix(kind, 0, segLo, segHi);
    mix(H.lo, H.hi, ctxLo, ctxHi);
    mix(H.lo, H.hi, lo, hi);
    const before = this.keys.size;
    const i = this.keys.insert(H.lo, H.hi);
    if (i < before) return i;
    this.words.reserve(i);
    const { columns } = this.words;
    columns[0]![i] = kind;
    columns[1]![i] = segHi;
    columns[2]![i] = segLo;
    columns[3]![i] = ctxHi;
    columns[4]![i] = ctxLo;
    columns[5]![i] = hi;
    columns[6]![i] = lo;
    return i;
  }

  /** All cells sorted by (kind, segment, context, value), but those of zero: equal tables are equal bytes. O(n log n). */
  sorted(): CellColumns {
    const { columns } = this.words;
    const { values: n } = this.n;
    const { values: s } = this.s;
    const kept = new Uint32Array(this.size);
    let length = 0;
    for (let i = 0; i < this.size; i++) if (n[i] !== 0 || s[i] !== 0) kept[length++] = i;
    const order = kept.subarray(0, length);
    sortRows(order, columns);
    const pairs = (hi: number) => interleaved(order, columns[hi + 1]!, columns[hi]!);
    const kind = new Uint8Array(length);
    const out = { n: new Float64Array(length), s: new Float64Array(length) };
    for (let i = 0; i < length; i++) {
      const row = order[i]!;
      kind[i] = columns[0]![row]!;
      out.n[i] = n[row]!;
      out.s[i] = s[row]!;
    }
    return { length, kind, segment: pairs(1), context: pairs(3), value: pairs(5), ...out };
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
