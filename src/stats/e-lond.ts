/** ζ(1.1), the sum of t^−1.1. */
const ZETA = 10.584448464950801;

/**
 * e-LOND: tests hypothesis after hypothesis, each by an e-value, and keeps the false discovery rate at α or below whatever
 * their dependence: rejects t where e_t ≥ 1/α_t, α_t = α·γ_t·(rejections before + 1). γ_t = t^−1.1/ζ(1.1) sums to 1.
 * Source: Xu and Ramdas (2024), "Online multiple testing with e-values", AISTATS, section 3. O(1) a test.
 *
 * @param t number of the test, from 1
 * @returns ln(1/α_t), which ln e_t must reach
 */
export function eLondLevel(t: number, rejections: number, alpha: number): number {
  return Math.log(ZETA) + 1.1 * Math.log(t) - Math.log(alpha) - Math.log(rejections + 1);
}
