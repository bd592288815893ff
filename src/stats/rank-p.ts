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

/**
 * Randomised p-value, (Σ w_i [s_i > s] + u·(w + Σ w_i [s_i = s]))/(w + Σ w_i): uniform on (0, 1) if the score is exchangeable
 * with the others, ties and all. For martingales and for reports of calibration; alerts use the conservative one, which is the
 * end of the same interval. Source: Vovk, Gammerman and Shafer (2005), section 2.2.
 *
 * @param above weight of the calibration scores that are higher than the score
 * @param u in [0, 1), independent of the score
 */
export function randomisedP(above: number, atLeast: number, total: number, u: number, own = 1): number {
  return (above + u * (own + atLeast - above)) / (own + total);
}
