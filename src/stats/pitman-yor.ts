/**
 * Interpolated Pitman–Yor prediction in the form of Kneser and Ney: what a context has seen is discounted by d, and
 * what the discount freed, with the strength θ, goes to the next coarser context.
 *
 *   P_k(x) = ( max(n_k(x) − d_k, 0) + (θ + D_k) · P_{k−1}(x) ) / (n_k + θ),    D_k = Σ_x min(n_k(x), d_k)
 *
 * Sources: Kneser and Ney (1995), "Improved backing-off for m-gram language modeling"; Teh (2006), "A hierarchical
 * Bayesian language model based on Pitman–Yor processes".
 */

/**
 * Discount of one context: the share of its values that were seen once, shrunk to `mean`, the share over all contexts
 * of the same rung and dimension.
 *
 * @param once values seen once
 * @param distinct values seen
 * @param mean ΣN1/ΣT over the rung, in [0, 1]
 * @returns in [0, cap]
 */
export function discount(once: number, distinct: number, mean: number, cap: number): number {
  return Math.min(cap, (once + mean) / (distinct + 1));
}

/** Share of the mass that goes to the coarser context; `freed` is D_k. In (0, 1]. */
export function backOff(total: number, freed: number, theta: number): number {
  return (theta + freed) / (total + theta);
}

/** A seen value's own share. */
export function ownShare(count: number, total: number, d: number, theta: number): number {
  return Math.max(count - d, 0) / (total + theta);
}
