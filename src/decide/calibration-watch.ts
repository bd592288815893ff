import { QuinceError } from '../errors/quince-error.js';
import { FRESH_JUMPER, type Jumper, stepJumper } from '../stats/simple-jumper.js';
import type { DecisionConstants } from './spec.js';

/** The watch over one group's calibration, as a fold: a plain object. */
export interface WatchState {
  readonly jumper: Jumper;
  /** How often it broke. */
  readonly broken: number;
  /** Units since it last broke; until `trust_after` of them its p counts for less. */
  readonly since: number;
}

export const FRESH_WATCH: WatchState = { jumper: FRESH_JUMPER, broken: 0, since: 0 };

/**
 * Bets against the group's randomised p being uniform and independent, unit by unit. When the capital reaches `broken_at` the
 * calibration is broken: `refit` asks the owner to leave out of the history what came before, and the watch begins anew. An
 * honest group ever says so with probability 1/broken_at. Feed units that are exchangeable: first occurrences; of minutes one of
 * each subject and hour, those of a day in an order without meaning (of their hash). The minutes of a burst are alike, and the
 * hours of a day have each their own scores: both would break the watch without any fault of calibration. O(1).
 *
 * `tooSmall` says which way the bets go: that p is below ½ more often than it should be, and so finds too much.
 *
 * @param p randomised, in [0, 1] (`randomisedRank`)
 */
export function stepWatch(
  state: WatchState,
  p: number,
  constants: DecisionConstants,
): { readonly state: WatchState; readonly refit: boolean; readonly tooSmall: boolean } {
  if (!(p >= 0 && p <= 1)) throw new QuinceError('INTERNAL', `the watch requires p in [0, 1], got ${p}`);
  const jumper = stepJumper(state.jumper, p, constants.jump);
  const tooSmall = jumper.shares[0] > jumper.shares[2];
  if (jumper.lnCapital >= Math.log(constants.broken_at)) {
    return { state: { jumper: FRESH_JUMPER, broken: state.broken + 1, since: 0 }, refit: true, tooSmall };
  }
  return { state: { jumper, broken: state.broken, since: state.since + 1 }, refit: false, tooSmall };
}

/** How much the group's p counts, in (0, 1]. */
export function trust(state: WatchState, constants: DecisionConstants): number {
  return state.broken > 0 && state.since < constants.trust_after ? constants.broken_trust : 1;
}
