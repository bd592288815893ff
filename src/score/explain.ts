import type { AtomVector } from '../baseline/factor/atoms.js';
import { ATOM_NAMES, HOST_ATOM, ROLE_ATOM } from '../baseline/factor/atoms.js';
import { factorValue, isNullValue, Ladder } from '../baseline/factor/ladder.js';
import type { Constants, Factor, FactorView } from '../baseline/factor/spec.js';
import type { CountTree } from '../baseline/factor/tree.js';
import type { Roles } from '../baseline/roles.js';
import { H } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';

/** A value that was typical in a context. */
export interface Typical {
  readonly text: string;
  /** How many had it, of what `FactorContext.counts` says, and their share. */
  readonly count: number;
  readonly share: number;
}

/** What the finest context that is known says about one factor of an event. */
export interface FactorContext {
  /** Columns that the context fixes, coarse to fine; empty for "any event". */
  readonly given: readonly string[];
  /** What is counted there: presences on the finest rung, on the others child contexts, each for one. */
  readonly counts: 'presences' | 'contexts';
  /** Σ counts and distinct values there. */
  readonly seen: number;
  readonly distinct: number;
  /** Count of the event's own value there. */
  readonly own: number;
  /** Most frequent first, ties by text, at most `TYPICAL_VALUES`. */
  readonly typical: readonly Typical[];
}

/** What one factor added to a score. */
export interface FactorBits {
  readonly factor: Factor;
  readonly bits: number;
}

/** The factor of a column that speaks for it, where it was judged, and the others. */
export interface ColumnPart {
  /** The one that cost most of those whose context is known; the one that cost most where none is. */
  readonly shown: FactorBits;
  /** Undefined where no context of any of its factors is known. */
  readonly context: FactorContext | undefined;
  /** Largest first, without those that cost nothing. */
  readonly others: readonly FactorBits[];
}

export const TYPICAL_VALUES = 3;

/** Tells, for each column of `by`, which of its factors speaks for it, in which context, and what was typical there. */
export class Explainer {
  private readonly ladder = new Ladder();
  private readonly cellsOf: number[][];

  constructor(
    private readonly view: FactorView,
    private readonly constants: Constants,
    private readonly tree: CountTree,
    private readonly roles: Roles,
    /** Text of a value, by which ties are broken: hashes are keyed, so that their order differs between databases. */
    private readonly textOf: (value: Pair) => string,
  ) {
    this.cellsOf = Array.from({ length: tree.contexts.size }, () => []);
    for (let i = 0; i < tree.cells.size; i++) {
      if (tree.isNull.get(i) === 0 && tree.whole.get(i) > 0) this.cellsOf[tree.context.get(i)]!.push(i);
    }
  }

  /**
   * By position in `view.by`; undefined where the column added nothing. Of factors that cost the same the coarser one.
   *
   * @param each bits of each factor, as `Surprisal.bits` writes them
   */
  parts(v: AtomVector, each: Float64Array): (ColumnPart | undefined)[] {
    const role = this.roles.get({ lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! });
    if (role !== undefined && v.has[ROLE_ATOM] === 0) v.set(ROLE_ATOM, role.lo, role.hi);
    return this.view.by.map((_, column) => {
      const found = this.view.factors
        .filter((factor) => factor.by === column && each[factor.id] !== 0)
        .map((factor) => ({ factor, bits: each[factor.id]!, context: this.context(factor, v) }))
        .sort((a, b) => b.bits - a.bits || a.factor.id - b.factor.id);
      // Behind a prefix never seen the rest of an IPv6 address costs 64 bits, whatever it is: that explains nothing.
      const shown = found.find(({ context }) => context !== undefined) ?? found[0];
      if (shown === undefined) return undefined;
      return { shown, context: shown.context, others: found.filter((f) => f !== shown) };
    });
  }

  private context(factor: Factor, v: AtomVector): FactorContext | undefined {
    if (factor.base === 'hour' || !factorValue(factor, v)) return undefined;
    const value = { lo: H.lo, hi: H.hi };
    this.ladder.climb(this.view, factor, v);
    const found = this.finestKnown(isNullValue(value.lo, value.hi) ? this.constants.null_min_known : 1);
    return found === undefined ? undefined : this.describe(factor, found.rung, found.at, value);
  }

  /** @param least a null is judged where so many values are known */
  private finestKnown(least: number): { rung: number; at: number } | undefined {
    for (let rung = this.ladder.finest; rung >= 0; rung--) {
      if (this.ladder.usable[rung] === 0) continue;
      const at = this.tree.contexts.find(this.ladder.lo[rung]!, this.ladder.hi[rung]!);
      if (at >= 0 && this.tree.total.get(at) >= least) return { rung, at };
    }
    return undefined;
  }

  private describe(factor: Factor, rung: number, at: number, value: Pair): FactorContext {
    const { tree } = this;
    const seen = tree.total.get(at);
    const own = isNullValue(value.lo, value.hi) ? -1 : tree.findCell(at, value.lo, value.hi);
    return {
      given: factor.rungs
        .slice(0, rung + 1)
        .flatMap((a, k) => (a < 0 || this.ladder.usable[k] === 0 ? [] : [ATOM_NAMES[a]!])),
      counts: rung === this.ladder.finest ? 'presences' : 'contexts',
      seen,
      distinct: tree.distinct.get(at),
      own: own < 0 ? 0 : tree.whole.get(own),
      typical: this.typical(at, seen),
    };
  }

  private typical(at: number, seen: number): Typical[] {
    const { tree } = this;
    const cells = [...this.cellsOf[at]!].sort((a, b) => tree.whole.get(b) - tree.whole.get(a));
    const last = cells[TYPICAL_VALUES - 1];
    const least = last === undefined ? 0 : tree.whole.get(last);
    return cells
      .filter((cell) => tree.whole.get(cell) >= least)
      .map((cell) => ({
        text: this.textOf({ lo: tree.valueLo.get(cell), hi: tree.valueHi.get(cell) }),
        count: tree.whole.get(cell),
        share: tree.whole.get(cell) / seen,
      }))
      .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : Number(a.text > b.text)))
      .slice(0, TYPICAL_VALUES);
  }
}
