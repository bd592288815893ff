/**
 * Conservative p-value of a score among calibration scores: (1 + Σ w_i [s_i ≥ s]) / (1 + Σ w_i). Valid when the score
 * and the calibration scores are exchangeable. Source: Vovk, Gammerman and Shafer (2005), "Algorithmic learning in a
 * random world", section 2.
 *
 * @param atLeast weight of the calibration scores that are at least the score
 * @param total weight of all of them
 * @returns in (0, 1]
 */
export function rankP(atLeast: number, total: number): number {
  return (1 + atLeast) / (1 + total);
}
