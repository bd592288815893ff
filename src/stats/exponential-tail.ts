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
/** Clusters over the threshold. */
const LEAST_CLUSTERS = 10;
/** Weights below it are what rounding leaves. */
const NOTHING = 1e-9;

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
 * @param peaks where scores come in clusters: by bin the weight of those whose highest score is there. u is then so low that at least ten
 *   clusters reach over it, or all, and the excess is that of the highest score of each (Davison and Smith, Models for exceedances over
 *   high thresholds, JRSS B 52, 1990): fifty scores of one burst say how long it was, not how high the next one is. Of k scores of a
 *   cluster that are independent over u the highest reaches H_k times too far, so that the tail then errs on the cautious side
 * @returns undefined without scores
 */
export function fitExponentialTail(
  counts: Float64Array,
  width: number,
  share: number,
  minUnits: number,
  units: Float64Array = counts,
  peaks?: Float64Array,
): ExponentialTail | undefined {
  // In the order of the sum below, so that weights whose sum depends on its order still reach it.
  let total = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) total += counts[bin]!;
  if (total <= 0) return undefined;
  const reach = peaks ?? counts;
  const clusters = peaks === undefined ? 0 : Math.min(LEAST_CLUSTERS, sumOf(peaks)) - NOTHING;
  let held = 0;
  let number = 0;
  let over = 0;
  let sum = 0;
  let bin = counts.length;
  while (held < total && (held < share * total || number < minUnits || over < clusters)) {
    bin--;
    held += counts[bin]!;
    number += units[bin]!;
    over += reach[bin]!;
    sum += reach[bin]! * (bin + 0.5) * width;
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

function sumOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
