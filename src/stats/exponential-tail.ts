/** An exponential fit to the excesses over a threshold u. */
export interface ExponentialTail {
  /** The threshold, same unit as the scores. */
  readonly u: number;
  /** ln of the share of scores at or above u. */
  readonly lnShare: number;
  /** Mean of (score − u) over those, > 0. */
  readonly meanExcess: number;
}

/** Bits. */
const LEAST_MEAN_EXCESS = 1 / Math.LN2;

/**
 * Fits the tail of a histogram of scores: u is the lowest edge of the bins that hold the largest
 * share of the weight and at least minUnits scores, the mean excess its maximum-likelihood scale (peaks over threshold with shape 0;
 * Pickands 1975). A shape would be another parameter to estimate from 50 numbers, and a negative one gives p = 0 to
 * ordinary events. O(bins).
 *
 * The mean excess is held at 1/ln 2 bits or more: an ideal code gives an event of b bits the probability 2^−b, so a tail
 * that falls faster than one factor of two a bit only says that the top scores tie (a program that repeats itself).
 *
 * @param counts weight by bin, bin b covering [b·width, (b+1)·width)
 * @param units how many scores a bin holds, where they do not weigh 1 each
 * @param peaks where scores come in clusters: of how many the highest is in the bin. Then these are the scores that reach over the
 *   threshold and say how far (Davison and Smith, Models for exceedances over high thresholds, JRSS B 52, 1990), while `counts` say how often
 * @returns undefined without scores
 */
export function fitExponentialTail(
  counts: Float64Array,
  width: number,
  share: number,
  minUnits: number,
  units: Float64Array = counts,
  peaks: Float64Array = counts,
): ExponentialTail | undefined {
  // In the order of the sum below, so that weights whose sum depends on its order still reach it.
  let total = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) total += counts[bin]!;
  if (total <= 0) return undefined;
  let held = 0;
  let number = 0;
  let over = 0;
  let sum = 0;
  let bin = counts.length;
  while (held < total && (held < share * total || number < minUnits)) {
    bin--;
    held += counts[bin]!;
    number += units[bin]!;
    over += peaks[bin]!;
    sum += peaks[bin]! * (bin + 0.5) * width;
  }
  const u = bin * width;
  return {
    u,
    lnShare: Math.log(Math.min(1, (1 + held) / (1 + total))),
    meanExcess: Math.max(sum / over - u, LEAST_MEAN_EXCESS),
  };
}

/** ln P(score ≥ s) by the fit, for s ≥ u. */
export function lnTail(tail: ExponentialTail, s: number): number {
  return tail.lnShare - (s - tail.u) / tail.meanExcess;
}
