import { countBin } from '../../stats/count-bins.js';
import { truncatedMean } from '../../stats/dispersion.js';
import { lnTruncatedLower, lnTruncatedUpper } from '../../stats/negative-binomial.js';
import { rankP } from '../../stats/rank-p.js';
import { lnStudentUpper } from '../../stats/student-t.js';
import { hourFactor } from './fit.js';
import { FIT_ROW, KIND, type WindowFits } from './pack.js';
import type { FeatureTail, WindowConstants } from './spec.js';

/** A window, or a silence, to judge. */
export interface Observation {
  /** Count, volume, or seconds since the last event; whole. */
  readonly value: number;
  /** Hour of the week, 0 to 167. */
  readonly hour: number;
  /** Share of its events that was lost, in [0, 1]. */
  readonly lost: number;
  /** The window is not over: its value may still grow, so only the upper tail says something. */
  readonly open: boolean;
}

/**
 * ln p of an observation under a frozen fit: of the tails that the feature has, each alone; with both, twice the smaller.
 * A value of 0 has p = 1, for absence belongs to silence. The law's mean goes with the share that was not lost; where more
 * than `lower_tail_lost` was, little and silence say nothing. O(√value).
 *
 * @param row of `fits`
 * @returns ≤ 0, never NaN
 */
export function lnWindowP(
  fits: WindowFits,
  row: number,
  tail: FeatureTail,
  seen: Observation,
  constants: WindowConstants,
): number {
  const whole = seen.lost <= constants.lower_tail_lost;
  if (fits.rows[row * FIT_ROW] === KIND.silence) return whole ? lnSilence(fits, row, seen.value) : 0;
  if (seen.value < 1 || seen.lost >= 1) return 0;
  const lnUpper = lnTail(fits, row, seen, constants, true);
  if (tail !== 'both') return lnUpper;
  const lnLower = whole && !seen.open ? lnTail(fits, row, seen, constants, false) : 0;
  return Math.min(0, Math.min(lnUpper, lnLower) + Math.LN2);
}

function lnTail(fits: WindowFits, row: number, seen: Observation, constants: WindowConstants, upper: boolean): number {
  const at = row * FIT_ROW;
  const { rows } = fits;
  const kept = 1 - seen.lost;
  if (rows[at] === KIND.volume) {
    const expected = Math.log1p(Math.expm1(rows[at + 1]!) * kept);
    // The location is itself known from so many windows only.
    const spread = rows[at + 2]! * Math.sqrt(1 + 1 / Math.max(1, rows[at + 3]!));
    const t = (Math.log1p(seen.value) - expected) / spread;
    return lnStudentUpper(upper ? t : -t, constants.volume_nu);
  }
  const start = rows[at + 4]!;
  const mean = rows[at + 1]! * kept * (start < 0 ? 1 : hourFactor(fits.hours[start + seen.hour]!));
  return upper ? lnTruncatedUpper(seen.value, mean, rows[at + 2]!) : lnTruncatedLower(seen.value, mean, rows[at + 2]!);
}

function lnSilence(fits: WindowFits, row: number, seconds: number): number {
  const at = row * FIT_ROW;
  const bin = countBin(Math.max(0, Math.floor(seconds)));
  const atLeast = bin < fits.rows[at + 5]! ? fits.gaps[fits.rows[at + 4]! + bin]! : 0;
  return Math.log(rankP(atLeast, fits.rows[at + 2]!));
}

/** What the law expects of a window that holds something, with what was lost taken off: its mean, of volumes its middle. O(1). */
export function typicalValue(fits: WindowFits, row: number, { hour, lost }: Observation): number {
  const at = row * FIT_ROW;
  if (fits.rows[at] === KIND.volume) return Math.expm1(fits.rows[at + 1]!) * (1 - lost);
  const start = fits.rows[at + 4]!;
  const mean = fits.rows[at + 1]! * (1 - lost) * (start < 0 ? 1 : hourFactor(fits.hours[start + hour]!));
  return mean > 0 ? truncatedMean(mean, fits.rows[at + 2]!) : 0;
}
