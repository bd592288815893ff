/**
 * Conservative p-value of a score among calibration scores: (w + Σ w_i [s_i ≥ s]) / (w + Σ w_i). Valid when the score
 * and the calibration scores are exchangeable but for how likely each was to be sampled, of which the weights are the
 * reciprocals: w is what the score itself would weigh as one of them. Sources: Vovk, Gammerman and Shafer (2005), "Algorithmic
 * learning in a random world", section 2; Tibshirani, Barber, Candès and Ramdas (2019), "Conformal prediction under
 * covariate shift", section 2.
 *
 * @param atLeast weight of the calibration scores that are at least the score
 * @param total weight of all of them
 * @param own weight of the score itself
 * @returns in (0, 1]
 */
export function rankP(atLeast: number, total: number, own = 1): number {
  return (own + atLeast) / (own + total);
}
