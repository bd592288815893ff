import { QuinceError } from '../errors/quince-error.js';
import { eLondLevel } from '../stats/e-lond.js';
import { lnEValue } from '../stats/p-to-e.js';
import type { DecisionConstants } from './spec.js';

/** e-LOND over subject-hours as a fold: a plain object. Each UTC day begins anew. */
export interface ELondState {
  /** Days since 1970; −1 before the first test. */
  readonly day: number;
  readonly tests: number;
  readonly rejections: number;
}

export const NO_TESTS: ELondState = { day: -1, tests: 0, rejections: 0 };

/**
 * Tests one subject-hour by the p-value of its highest score. Of each day the expected share of false ones among its alerts is
 * at most α if the p-values are valid, whatever their dependence; of how many alerts there are it says nothing. An hour of an
 * earlier day than the open one is tested in that. O(1).
 *
 * @returns with the e-value that it needed
 */
export function stepELond(
  state: ELondState,
  hour: number,
  lnP: number,
  constants: DecisionConstants,
): { readonly state: ELondState; readonly alert: boolean; readonly level: number } {
  if (!(lnP <= 0)) throw new QuinceError('INTERNAL', `e-LOND requires ln p of at most 0, got ${lnP}`);
  const day = Math.floor(hour / 24);
  const { tests, rejections } = day > state.day ? NO_TESTS : state;
  const level = eLondLevel(tests + 1, rejections, constants.alpha);
  const alert = lnEValue(lnP) >= level;
  return {
    state: { day: Math.max(day, state.day), tests: tests + 1, rejections: rejections + (alert ? 1 : 0) },
    alert,
    level,
  };
}
