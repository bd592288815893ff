import { backOff, discount, ownShare } from '../../stats/pitman-yor.js';
import { H } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { Column, PairTable } from '../pair-table.js';
import { cellKey, isNullValue } from './ladder.js';
import type { Constants } from './spec.js';

/**
 * Counts on every rung. A finest cell counts (process instance, hour); a coarser one sums min(1, n) over the child
 * contexts, so that a value's weight there is how many children know it. `whole` are undecayed integers: they decide
 * what was seen once (N1) and how many values there are (T). `weight` are decayed counts, the n of the prediction.
 */
export class CountTree {
  readonly contexts = new PairTable();
  readonly cells = new PairTable();
  /** By context: rung group (factor × rung), parent context or −1, Σ whole, Σ weight, N1, T, nulls. */
  readonly group = new Column();
  readonly parent = new Column();
  readonly total = new Column();
  readonly weightTotal = new Column();
  readonly once = new Column();
  readonly distinct = new Column();
  readonly nulls = new Column();
  /** By context: Σ weight that stands on verdicts alone, and 1 where a verdict accepts a null. */
  readonly accepted = new Column();
  readonly acceptedNulls = new Column();
  /** By cell: context, whole, weight, value (pair), parent cell or −1, 1 for the null value. */
  readonly context = new Column();
  readonly whole = new Column();
  readonly weight = new Column();
  readonly valueLo = new Column();
  readonly valueHi = new Column();
  readonly parentCell = new Column();
  readonly isNull = new Column();
  /** ΣN1 and ΣT by rung group, for the mean discount. */
  readonly groupOnce = new Column();
  readonly groupDistinct = new Column();

  contextAt(lo: number, hi: number, group: number, parent: number): number {
    const before = this.contexts.size;
    const i = this.contexts.insert(lo, hi);
    if (i === before) {
      this.group.set(i, group);
      this.parent.set(i, parent);
    }
    return i;
  }

  /** The cell of a value in a context, with its cells up the ladder. */
  cellAt(context: number, value: Pair): number {
    cellKey(this.contexts.keyLo[context]!, this.contexts.keyHi[context]!, value.lo, value.hi);
    const before = this.cells.size;
    const i = this.cells.insert(H.lo, H.hi);
    if (i < before) return i;
    this.context.set(i, context);
    this.valueLo.set(i, value.lo);
    this.valueHi.set(i, value.hi);
    this.isNull.set(i, isNullValue(value.lo, value.hi) ? 1 : 0);
    this.parentCell.set(i, -1);
    const parent = this.parent.get(context);
    if (parent >= 0) this.parentCell.set(i, this.cellAt(parent, value));
    return i;
  }

  /** Position of a value's cell in a context, −1 when it has none. */
  findCell(context: number, valueLo: number, valueHi: number): number {
    cellKey(this.contexts.keyLo[context]!, this.contexts.keyHi[context]!, valueLo, valueHi);
    return this.cells.find(H.lo, H.hi);
  }

  /** Changes the undecayed count of a cell by whole numbers, and all that follows from it up the ladder. */
  change(cell: number, by: number): void {
    let at = cell;
    let step = by;
    while (at >= 0 && step !== 0) {
      const before = this.whole.get(at);
      const after = before + step;
      this.whole.set(at, after);
      this.recount(at, before, after);
      step = Math.min(1, after) - Math.min(1, before);
      at = this.parentCell.get(at);
    }
  }

  private recount(cell: number, before: number, after: number): void {
    const context = this.context.get(cell);
    if (this.isNull.get(cell) === 1) {
      this.nulls.add(context, after - before);
      return;
    }
    this.total.add(context, after - before);
    const group = this.group.get(context);
    const distinct = (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
    const once = (after === 1 ? 1 : 0) - (before === 1 ? 1 : 0);
    this.distinct.add(context, distinct);
    this.groupDistinct.add(group, distinct);
    this.once.add(context, once);
    this.groupOnce.add(group, once);
  }

  /** Discount of a context from undecayed counts. */
  discountOf(context: number, constants: Constants): number {
    const group = this.group.get(context);
    const distinct = this.groupDistinct.get(group);
    const mean = distinct > 0 ? this.groupOnce.get(group) / distinct : 0;
    return discount(this.once.get(context), this.distinct.get(context), mean, constants.discount_cap);
  }

  /**
   * P of a value in one context given the coarser rung's P, from undecayed counts: what leaving out uses. Every count
   * is a whole number ≥ 1 > d, so that D = d·T.
   *
   * @param cell −1 when the value is not known here
   */
  predict(context: number, cell: number, coarser: number, constants: Constants): number {
    const total = this.total.get(context);
    if (total === 0) return coarser;
    const d = this.discountOf(context, constants);
    const own = cell < 0 ? 0 : ownShare(this.whole.get(cell), total, d, constants.theta);
    return own + backOff(total, d * this.distinct.get(context), constants.theta) * coarser;
  }
}
