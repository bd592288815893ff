/** Scores that were seen, ascending, and how fast their top falls. */
export interface RankedScores {
  readonly ascending: Float64Array;
  /** Mean of what the top scores have above the lowest of them, > 0, in the score's unit. */
  readonly meanExcess: number;
}

/** The top that the fit sees: 5 % of the scores, at least this many. */
const LEAST_TOP = 10;

/** Orders scores and fits their top by an exponential law (its maximum-likelihood scale). O(n log n). */
export function orderScores(scores: Float64Array): RankedScores {
  const ascending = scores.slice().sort();
  const n = ascending.length;
  const top = Math.min(n - 1, Math.max(LEAST_TOP, Math.ceil(0.05 * n)));
  const u = n === 0 ? 0 : ascending[n - 1 - top]!;
  let sum = 0;
  for (let i = n - top; i < n; i++) sum += ascending[i]! - u;
  const mean = top > 0 ? sum / top : 1;
  // Where the top ties nothing is known of its fall: one unit is one nat.
  return { ascending, meanExcess: mean > 0 ? mean : 1 };
}

/** How many are at least s, of the first `n`. O(log n). */
function atLeast(ascending: Float64Array, n: number, s: number): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < s) low = middle + 1;
    else high = middle;
  }
  return n - low;
}

/** ln p of a score by its rank alone, p = (1 + #{≥ s})/(n + 1): at least −ln(n + 1), at most 0. O(log n). */
export function lnOrderRank(ascending: Float64Array, s: number): number {
  const n = ascending.length;
  return Math.log((1 + atLeast(ascending, n, s)) / (n + 1));
}

/**
 * −ln p of a score by its rank among n others, p = (1 + #{≥ s})/(n + 1); above them all it goes on by the exponential fit, so
 * that of two scores never seen the farther one counts more. In nats, at least 0, never falling with the score. Summed over
 * views that rank the same thing it is Fisher's combination (Fisher 1932, "Statistical methods for research workers",
 * section 21.1); views are dependent, so that the sum is a score and no p-value. O(log n).
 */
export function rankSurprise({ ascending, meanExcess }: RankedScores, s: number): number {
  const n = ascending.length;
  return surprise(atLeast(ascending, n, s), n, n === 0 ? 0 : s - ascending[n - 1]!, meanExcess);
}

/** The same for a score that is one of them, by the n − 1 others. */
export function ownRankSurprise({ ascending, meanExcess }: RankedScores, s: number): number {
  const n = ascending.length;
  return surprise(atLeast(ascending, n, s) - 1, n - 1, n < 2 ? 0 : s - ascending[n - 2]!, meanExcess);
}

function surprise(above: number, n: number, excess: number, meanExcess: number): number {
  const byRank = Math.log((n + 1) / (above + 1));
  return above === 0 && n > 0 ? byRank + Math.max(0, excess) / meanExcess : byRank;
}
