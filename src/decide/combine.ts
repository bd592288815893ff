import { QuinceError } from '../errors/quince-error.js';
import { cauchyScore } from '../stats/cauchy-combination.js';
import type { DecisionConstants } from './spec.js';

/** One thing scored of a subject in a minute. */
export interface Evidence {
  /** What it is of: a signature or a feature. Of several with one key only the smallest p counts: a burst is no evidence. */
  readonly key: string;
  readonly lnP: number;
  /** How much its calibration is trusted, in (0, 1]: it counts as p^trust, which no weight among others could do alone. */
  readonly trust: number;
}

/** A subject's minute: its score, and what carries it, most anomalous first. */
export interface Combined {
  readonly score: number;
  readonly evidence: readonly Evidence[];
}

/**
 * Combines what was scored of one subject in one minute by Cauchy's rule. The score is near −ln p of the whole but is none:
 * it is to be ranked in its group's history. Any order of the evidence gives the same bytes. O(n log n).
 *
 * @param all at least one
 */
export function combine(all: Iterable<Evidence>, constants: DecisionConstants): Combined {
  const distinct = new Map<string, Evidence>();
  for (const e of all) {
    if (!(e.lnP <= 0)) throw new QuinceError('INTERNAL', `evidence requires ln p of at most 0, got ${e.lnP}`);
    const known = distinct.get(e.key);
    if (known === undefined || trusted(e) < trusted(known)) distinct.set(e.key, e);
  }
  if (distinct.size === 0) throw new QuinceError('INTERNAL', 'a combination requires evidence, got none');
  const evidence = [...distinct.values()].sort((a, b) => trusted(a) - trusted(b) || (a.key < b.key ? -1 : 1));
  return { score: cauchyScore(evidence.map(trusted), constants.p_cap), evidence };
}

function trusted(e: Evidence): number {
  return e.trust * e.lnP;
}
