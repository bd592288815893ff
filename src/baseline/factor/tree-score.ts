import { krichevskyTrofimov } from '../../stats/krichevsky-trofimov.js';
import { H } from '../../tuple/hash.js';
import type { AtomVector } from './atoms.js';
import { factorValue, isBehindUnseen, isNullValue, Ladder } from './ladder.js';
import { baseBits, type Constants, type Factor, type FactorView } from './spec.js';
import type { CountTree } from './tree.js';
import { isEphemeralValue, isV6Value } from './values.js';

/**
 * Surprisal of an event from the undecayed counts of a tree that may change between two calls: what leaving a process
 * instance out needs. `score/surprisal.ts` gives the same bits from a snapshot (a test holds the two together).
 */
export class TreeScorer {
  private readonly ladder = new Ladder();
  /** Known factors of the last event, one bit each. */
  mask = 0;

  constructor(
    private readonly view: FactorView,
    private readonly tree: CountTree,
    private readonly constants: Constants,
  ) {}

  bits(v: AtomVector): number {
    let bits = 0;
    this.mask = 0;
    let skip = '';
    for (const factor of this.view.factors) {
      if (factor.base === 'hour' || factor.name === skip || !factorValue(factor, v)) continue;
      const lo = H.lo;
      const hi = H.hi;
      this.ladder.climb(this.view, factor, v);
      if (isNullValue(lo, hi)) {
        bits += this.nullBits();
        continue;
      }
      this.mask |= 1 << factor.bit;
      if (isBehindUnseen(factor, this.ladder, this.knows)) skip = factor.name;
      else bits += this.factorBits(factor, lo, hi);
    }
    return bits;
  }

  private readonly knows = (): boolean => {
    const context = this.tree.contexts.find(this.ladder.lo[0]!, this.ladder.hi[0]!);
    return context >= 0 && this.tree.total.get(context) > 0;
  };

  private factorBits(factor: Factor, lo: number, hi: number): number {
    let p = 2 ** -baseBits(factor, this.constants, isEphemeralValue(lo, hi), isV6Value(lo));
    for (let k = 0; k < this.ladder.rungs; k++) {
      if (this.ladder.usable[k] === 0) continue;
      const context = this.tree.contexts.find(this.ladder.lo[k]!, this.ladder.hi[k]!);
      if (context < 0) continue;
      p = this.tree.predict(context, this.tree.findCell(context, lo, hi), p, this.constants);
    }
    return -Math.log2(p);
  }

  /** A null where the finest known context has always had a value. */
  private nullBits(): number {
    for (let k = this.ladder.rungs - 1; k >= 0; k--) {
      if (this.ladder.usable[k] === 0) continue;
      const context = this.tree.contexts.find(this.ladder.lo[k]!, this.ladder.hi[k]!);
      if (context < 0 || this.tree.total.get(context) < this.constants.null_min_known) continue;
      if (this.tree.nulls.get(context) > 0) return 0;
      return -Math.log2(krichevskyTrofimov(0, this.tree.total.get(context)));
    }
    return 0;
  }
}
