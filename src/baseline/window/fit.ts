import { binValue } from '../../stats/count-bins.js';
import { type CountHistogram, fitTruncated } from '../../stats/dispersion.js';
import { hourFactors } from '../../stats/hour-factor.js';
import { robustLocationScale } from '../../stats/robust-scale.js';
import { poolHours, type WindowHistogram } from './histogram.js';
import type { WindowConstants } from './spec.js';

export const HOURS = 168;

/** Law of a count: zero-truncated negative binomial with the mean `mean`·f_hour. */
export interface CountFit {
  readonly kind: 'count';
  readonly mean: number;
  readonly dispersion: number;
  readonly windows: number;
  /** Codes of the factors of the hours of the week (`hourFactor`); undefined while the hour does not count. */
  readonly hours: Uint8Array | undefined;
}

/** Law of a volume: Student's t on log1p. */
export interface VolumeFit {
  readonly kind: 'volume';
  readonly location: number;
  readonly scale: number;
  readonly windows: number;
}

/** Law of silences: gaps of at least each bin's length, weighed together with the role's, and their total weight. */
export interface SilenceFit {
  readonly kind: 'silence';
  readonly atLeast: Float64Array;
  readonly total: number;
}

export type WindowFit = CountFit | VolumeFit | SilenceFit;

/** Factors are kept as eighths of an octave in a byte (at most 4.4 % off), from 2^−16 to 2^15.9. */
const PER_OCTAVE = 8;
const CODE_OF_ONE = 128;

export function hourFactor(code: number): number {
  return 2 ** ((code - CODE_OF_ONE) / PER_OCTAVE);
}

function hourCode(factor: number): number {
  return Math.min(255, Math.max(0, CODE_OF_ONE + Math.round(PER_OCTAVE * Math.log2(factor))));
}

/**
 * Fits the counts of a subject, shrunk to its role's fit, or those of a role (without `role`).
 *
 * @param histogram of windows that held something; bin 0 is ignored, for absence belongs to silence
 * @param days how many UTC days were learned
 * @param size of the windows, seconds
 * @param covered hours that were learned, by hour of the week, also those in which nothing was: without them an hour with one
 *   window and an hour with many would look alike
 * @returns the role's fit where nothing was seen, undefined where that is missing too
 */
export function fitCounts(
  histogram: WindowHistogram,
  days: number,
  size: number,
  constants: WindowConstants,
  role?: CountFit,
  covered?: Float64Array,
): CountFit | undefined {
  const { sums, windows, total } = hourSums(histogram);
  if (total === 0) return role;
  let hours: Uint8Array | undefined;
  if (days >= constants.hour_min_days) {
    const prior = role?.hours && Float64Array.from(role.hours, hourFactor);
    const kappa = (constants.hour_prior_hours * 3600) / size;
    hours = Uint8Array.from(
      hourFactors(sums, covered?.map((h) => (h * 3600) / size) ?? windows, kappa, prior),
      hourCode,
    );
  }
  const own = fitTruncated(byFactor(histogram, hours), {
    lnDispersion: role ? Math.log(role.dispersion) : constants.role_ln_dispersion,
    sd: role ? constants.subject_ln_dispersion_sd : constants.role_ln_dispersion_sd,
  });
  const spread = 1 / own.mean + own.dispersion;
  const prior = priorWindows(spread, constants);
  const mean = role ? Math.exp(shrink(Math.log(own.mean), Math.log(role.mean), total, prior)) : own.mean;
  return { kind: 'count', mean, dispersion: own.dispersion, windows: total, hours };
}

/** Fits log1p of the volumes of a subject, shrunk to its role's fit, or those of a role. As `fitCounts`. */
export function fitVolumes(
  histogram: WindowHistogram,
  constants: WindowConstants,
  role?: VolumeFit,
): VolumeFit | undefined {
  const bins = [...poolHours(histogram)].filter(([bin]) => bin > 0);
  if (bins.length === 0) return role;
  const weights = bins.map(([, n]) => n);
  const windows = weights.reduce((a, b) => a + b, 0);
  const values = bins.map(([bin]) => Math.log1p(binValue(bin)));
  const own = robustLocationScale(values, weights, constants.volume_scale_floor);
  if (role === undefined) return { kind: 'volume', ...own, windows };
  const scale = Math.exp(shrink(Math.log(own.scale), Math.log(role.scale), windows, constants.role_windows));
  const location = shrink(own.location, role.location, windows, priorWindows(scale ** 2, constants));
  return { kind: 'volume', location, scale, windows };
}

/**
 * Fits the silences of a subject: each gap between events weighs 1, all gaps of the role together `role_gaps`.
 *
 * @param gaps seconds between events by bin, with their number
 */
export function fitSilence(
  gaps: ReadonlyMap<number, number>,
  constants: WindowConstants,
  role?: SilenceFit,
): SilenceFit | undefined {
  const bins = [...gaps].filter(([, n]) => n > 0);
  if (bins.length === 0) return role;
  const top = Math.max(role?.atLeast.length ?? 0, ...bins.map(([bin]) => bin + 1));
  const atLeast = new Float64Array(top);
  for (const [bin, n] of bins) atLeast[bin]! += n;
  for (let bin = top - 2; bin >= 0; bin--) atLeast[bin]! += atLeast[bin + 1]!;
  const own = atLeast[0]!;
  if (role === undefined) return { kind: 'silence', atLeast, total: own };
  const weight = constants.role_gaps / role.total;
  for (let bin = 0; bin < role.atLeast.length; bin++) atLeast[bin]! += weight * role.atLeast[bin]!;
  return { kind: 'silence', atLeast, total: own + constants.role_gaps };
}

/**
 * How many windows the role's mean weighs: as many as say as much as it does, the relative variance of a window over that of
 * subjects around their role; at most `role_windows`. A subject whose windows hardly vary is soon known for what it is.
 */
function priorWindows(relativeVariance: number, constants: WindowConstants): number {
  return Math.min(constants.role_windows, relativeVariance / constants.role_ln_mean_sd ** 2);
}

function shrink(own: number, role: number, windows: number, prior: number): number {
  return (windows * own + prior * role) / (windows + prior);
}

function hourSums(histogram: WindowHistogram) {
  const sums = new Float64Array(HOURS);
  const windows = new Float64Array(HOURS);
  let total = 0;
  for (const [hour, bins] of histogram) {
    for (const [bin, n] of bins) {
      if (bin === 0) continue;
      sums[hour]! += n * binValue(bin);
      windows[hour]! += n;
      total += n;
    }
  }
  return { sums, windows, total };
}

/** Hours of one factor together: a likelihood over 168 of them would cost eight times as much. */
function byFactor(histogram: WindowHistogram, hours: Uint8Array | undefined): CountHistogram[] {
  const groups = new Map<number, Map<number, number>>();
  for (const [hour, bins] of histogram) {
    const code = hours?.[hour] ?? CODE_OF_ONE;
    let group = groups.get(code);
    if (group === undefined) {
      group = new Map();
      groups.set(code, group);
    }
    for (const [bin, n] of bins) if (bin > 0 && n > 0) group.set(bin, (group.get(bin) ?? 0) + n);
  }
  return [...groups]
    .filter(([, group]) => group.size > 0)
    .sort(([a], [b]) => a - b)
    .map(([code, group]) => {
      const bins = [...group].sort(([a], [b]) => a - b);
      return { factor: hourFactor(code), values: bins.map(([b]) => binValue(b)), windows: bins.map(([, n]) => n) };
    });
}
