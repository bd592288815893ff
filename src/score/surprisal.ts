import type { AtomVector } from '../baseline/factor/atoms.js';
import { HOST_ATOM, ROLE_ATOM } from '../baseline/factor/atoms.js';
import { NO_VALUE_SEEN } from '../baseline/factor/freeze.js';
import { cellKey, factorValue, isBehindUnseen, isNullValue, Ladder } from '../baseline/factor/ladder.js';
import { baseBits, type Constants, type Factor, type FactorView } from '../baseline/factor/spec.js';
import { isEphemeralValue, isV6Value } from '../baseline/factor/values.js';
import { FlatTable } from '../baseline/flat-table.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { H } from '../tuple/hash.js';

/**
 * How surprising one event is: bits(e) = Σ_d −log2 P(x_d | c_d(e)), each P interpolated up the factor's ladder. The
 * parts are what is summed, so they add up to the score exactly. A null adds nothing (unknown is missing, not rare),
 * except where its context has always known a value.
 */
export class Surprisal {
  private readonly contexts: FlatTable;
  private readonly nulls: Float64Array;
  private readonly cells: FlatTable;
  private readonly roles: FlatTable;
  private readonly roleValues: Uint32Array;
  private readonly ladder = new Ladder();
  /** Known factors of the last event, one bit each. */
  mask = 0;

  constructor(
    private readonly view: FactorView,
    private readonly constants: Constants,
    snapshot: Snapshot,
    /** Whether the hour of the week counts: not before enough units were calibrated with it. */
    private readonly withHour: boolean = snapshot.card.hourCalibrated,
  ) {
    const at = (name: string) => `${view.name}.${name}`;
    this.contexts = new FlatTable(snapshot.array(at('ctx.keys'), 'u32'), snapshot.array(at('ctx.a'), 'f64'));
    this.nulls = snapshot.array(at('ctx.null'), 'f64');
    this.cells = new FlatTable(snapshot.array(at('cell.keys'), 'u32'), snapshot.array(at('cell.c'), 'f64'));
    this.roles = new FlatTable(snapshot.array('role.keys', 'u32'), snapshot.array('role.row', 'f64'));
    this.roleValues = snapshot.array('role.values', 'u32');
  }

  /** Gives the event its host's role where it has none of its own. */
  joinRole(v: AtomVector): void {
    if (v.has[ROLE_ATOM] === 1) return;
    const slot = this.roles.find(v.lo[HOST_ATOM]!, v.hi[HOST_ATOM]!);
    if (slot < 0) return;
    const row = this.roles.values[slot]!;
    v.set(ROLE_ATOM, this.roleValues[2 * row]!, this.roleValues[2 * row + 1]!);
  }

  /**
   * Writes the bits of each column to `by[from …]` and returns their sum. About 30 ladders, no allocation.
   *
   * @param each for explanations: takes the bits of each factor, by `Factor.id`
   */
  bits(v: AtomVector, by: Float64Array, from: number, each?: Float64Array): number {
    by.fill(0, from, from + this.view.by.length);
    each?.fill(0);
    this.mask = 0;
    let skipped = -1;
    for (const factor of this.view.factors) {
      if (factor.bit === skipped || (factor.base === 'hour' && !this.withHour) || !factorValue(factor, v)) continue;
      const lo = H.lo;
      const hi = H.hi;
      this.ladder.climb(this.view, factor, v);
      if (isNullValue(lo, hi)) {
        const bits = this.nullBits();
        by[from + factor.by]! += bits;
        if (each !== undefined) each[factor.id] = bits;
        continue;
      }
      const behind = isBehindUnseen(factor, this.ladder, this.knows);
      const bits = behind ? 0 : this.factorBits(factor, lo, hi);
      if (behind) skipped = factor.bit;
      by[from + factor.by]! += bits;
      if (each !== undefined) each[factor.id] = bits;
      // The hour is known in every event; what matters for calibration is whether it spoke.
      if (factor.base !== 'hour' || bits > 0) this.mask |= 1 << factor.bit;
    }
    let sum = 0;
    for (let b = 0; b < this.view.by.length; b++) sum += by[from + b]!;
    return sum;
  }

  private readonly knows = (): boolean => {
    const slot = this.contexts.find(this.ladder.lo[0]!, this.ladder.hi[0]!);
    return slot >= 0 && this.nulls[slot]! !== NO_VALUE_SEEN;
  };

  private factorBits(factor: Factor, lo: number, hi: number): number {
    const { ladder, contexts, cells } = this;
    let p = 2 ** -baseBits(factor, this.constants, isEphemeralValue(lo, hi), isV6Value(lo));
    let spoken = false;
    for (let k = 0; k < ladder.rungs; k++) {
      if (ladder.usable[k] === 0) continue;
      const context = contexts.find(ladder.lo[k]!, ladder.hi[k]!);
      if (context < 0) continue;
      spoken = true;
      cellKey(ladder.lo[k]!, ladder.hi[k]!, lo, hi);
      const cell = cells.find(H.lo, H.hi);
      p = contexts.values[context]! * p + (cell < 0 ? 0 : cells.values[cell]!);
    }
    // The hour of the week is off until some context of it speaks.
    return spoken || factor.base !== 'hour' ? -Math.log2(p) : 0;
  }

  private nullBits(): number {
    const { ladder } = this;
    for (let k = ladder.rungs - 1; k >= 0; k--) {
      if (ladder.usable[k] === 0) continue;
      const context = this.contexts.find(ladder.lo[k]!, ladder.hi[k]!);
      if (context < 0 || this.nulls[context]! < 0) continue;
      return this.nulls[context]!;
    }
    return 0;
  }
}
