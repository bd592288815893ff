import { H, mix } from '../tuple/hash.js';
import type { ContextColumns, Pair } from '../tuple/learned.js';
import { Column, PairTable } from './pair-table.js';

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
  private readonly words: Column[] = Array.from({ length: 8 }, () => new Column());

  get size(): number {
    return this.keys.size;
  }

  /** @returns true when the row is new */
  add(context: Pair, factor: number, rung: number, parent: Pair, value: Pair): boolean {
    mix(context.lo, context.hi, factor, rung);
    const before = this.keys.size;
    const i = this.keys.insert(H.lo, H.hi);
    if (i < before) return false;
    const words = [context.lo, context.hi, factor, rung, parent.lo, parent.hi, value.lo, value.hi];
    for (let w = 0; w < 8; w++) this.words[w]!.set(i, w === 2 || w === 3 ? words[w]! : words[w]! >>> 0);
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
    return { lo: this.words[0]!.get(i), hi: this.words[1]!.get(i) };
  }

  factor(i: number): number {
    return this.words[2]!.get(i);
  }

  rung(i: number): number {
    return this.words[3]!.get(i);
  }

  parent(i: number): Pair {
    return { lo: this.words[4]!.get(i), hi: this.words[5]!.get(i) };
  }

  value(i: number): Pair {
    return { lo: this.words[6]!.get(i), hi: this.words[7]!.get(i) };
  }

  row(i: number): { context: Pair; factor: number; rung: number; parent: Pair; value: Pair } {
    return {
      context: this.context(i),
      factor: this.factor(i),
      rung: this.rung(i),
      parent: this.parent(i),
      value: this.value(i),
    };
  }

  /** All rows sorted by (context, factor, rung). */
  sorted(): ContextColumns {
    const order = Array.from({ length: this.size }, (_, i) => i);
    order.sort((a, b) => {
      for (const w of [1, 0, 2, 3]) {
        const d = this.words[w]!.get(a) - this.words[w]!.get(b);
        if (d !== 0) return d;
      }
      return 0;
    });
    const pairs = (w: number) =>
      Uint32Array.from({ length: order.length * 2 }, (_, i) => this.words[w + (i & 1)]!.get(order[i >> 1]!));
    return {
      length: order.length,
      context: pairs(0),
      factor: Int16Array.from(order, (i) => this.words[2]!.get(i)),
      rung: Int16Array.from(order, (i) => this.words[3]!.get(i)),
      parent: pairs(4),
      value: pairs(6),
    };
  }
}
