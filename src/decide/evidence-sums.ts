import { cauchyTerm, signedLog } from '../stats/cauchy-combination.js';
import type { DecisionConstants } from './spec.js';

/**
 * The evidence of a minute that is still open, as three whole numbers that only grow, so that it may come in any order and from
 * two runs: Σ of the terms above zero, Σ of those below, and how many there are. In units of `fold_unit`.
 */
export interface EvidenceSums {
  readonly above: number;
  readonly below: number;
  readonly count: number;
}

export const NO_EVIDENCE: EvidenceSums = { above: 0, below: 0, count: 0 };

/** What one piece of evidence adds. ln p below `fold_ln_p` counts as that, so that some thousands of them stay exact. O(1). */
export function evidenceOf(trustedLnP: number, constants: DecisionConstants): EvidenceSums {
  const term = cauchyTerm(Math.max(trustedLnP, constants.fold_ln_p), constants.p_cap);
  const whole = Math.round(Math.abs(term) / constants.fold_unit);
  return { above: term > 0 ? whole : 0, below: term > 0 ? 0 : whole, count: 1 };
}

/** Sums do not grow beyond what is exact: larger ones stay there, in whatever order they came. */
export function addEvidence(a: EvidenceSums, b: EvidenceSums): EvidenceSums {
  const sum = (x: number, y: number) => Math.min(Number.MAX_SAFE_INTEGER, x + y);
  return { above: sum(a.above, b.above), below: sum(a.below, b.below), count: sum(a.count, b.count) };
}

/** What takes evidence back again. */
export function takenAway({ above, below, count }: EvidenceSums): EvidenceSums {
  return { above: -above, below: -below, count: -count };
}

/** The score of `combine`, to the unit of the sums. @param sums of at least one */
export function scoreOfSums({ above, below, count }: EvidenceSums, constants: DecisionConstants): number {
  return signedLog(((above - below) * constants.fold_unit) / count);
}
