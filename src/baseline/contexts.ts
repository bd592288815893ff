import { H, mix } from '../tuple/hash.js';
import type { ContextColumns, Pair } from '../tuple/learned.js';
import { interleaved, PairTable, WordRows } from './pair-table.js';
import { sortRows } from './sort-rows.js';

/** Codes in `factor` beside a view's own factors (dims × 100 + id). */
export const SIGNATURE_FACTOR = 99;
export const CALIBRATION_FACTOR = 98;
/** Code of the parts of pairs, one rung a part. */
export const RHYTHM_FACTOR = 95;

export function factorCode(dims: number, id: number): number {
  return dims * 100 + id;
}

/**
 * What contexts are made of, insert-only: (context, factor, rung) → parent context and the value its last key adds.
 * Freeze climbs by it and explanations name contexts with it; signatures and calibration contexts keep their parts in
 * it, one rung a part.
 */
export class ContextTable {
  private readonly keys = new PairTable();
  /** Both words of the context, the high one first, factor, rung, and both of parent and value. */
  private readonly words = new WordRows(8);

  get size(): number {
    return this.keys.size;
  }

  /** @returns true when the row is new */
  add(context: Pair, factor: number, rung: number, parent: Pair, value: Pair): boolean {
    mix(context.lo, context.hi, factor, rung);
    const before = this.keys.size;
    const i = this.keys.insert(H.lo, H.hi);
    if (i < before) return false;
    this.words.reserve(i);
    const { columns } = this.words;
    columns[0]![i] = context.hi;
    columns[1]![i] = context.lo;
    columns[2]![i] = factor;
    columns[3]![i] = rung;
    columns[4]![i] = parent.hi;
    columns[5]![i] = parent.lo;
    columns[6]![i] = value.hi;
    columns[7]![i] = value.lo;
    return true;
  }

  addAll(rows: ContextColumns): void {
    for (let i = 0; i < rows.length; i++) {
      this.add(
        { lo: rows.context[2 * i]!, hi: rows.context[2 * i + 1]! },
        rows.factor[i]!,
        rows.rung[i]!,
        { lo: rows.parent[2 * i]!, hi: rows.parent[2 * i + 1]! },
        { lo: rows.value[2 * i]!, hi: rows.value[2 * i + 1]! },
      );
    }
  }

  find(lo: number, hi: number, factor: number, rung: number): number {
    mix(lo, hi, factor, rung);
    return this.keys.find(H.lo, H.hi);
  }

  context(i: number): Pair {
    return this.pair(i, 0);
  }

  factor(i: number): number {
    return this.words.columns[2]![i]!;
  }

  rung(i: number): number {
    return this.words.columns[3]![i]!;
  }

  parent(i: number): Pair {
    return this.pair(i, 4);
  }

  value(i: number): Pair {
    return this.pair(i, 6);
  }

  private pair(i: number, hi: number): Pair {
    const { columns } = this.words;
    return { lo: columns[hi + 1]![i]!, hi: columns[hi]![i]! };
  }

  /** Rows from a position on (default: all) sorted by (context, factor, rung). */
  sorted(from = 0): ContextColumns {
    const { columns } = this.words;
    const order = Uint32Array.from({ length: this.size - from }, (_, i) => from + i);
    sortRows(order, columns.slice(0, 4));
    const pairs = (hi: number) => interleaved(order, columns[hi + 1]!, columns[hi]!);
    return {
      length: order.length,
      context: pairs(0),
      factor: Int16Array.from(order, (i) => columns[2]![i]!),
      rung: Int16Array.from(order, (i) => columns[3]![i]!),
      parent: pairs(4),
      value: pairs(6),
    };
  }
}
