import { chiSquareQuantile } from './chi-square-quantile.js';

/** ψ(x), the derivative of ln Γ, for x > 0: recurrence up to 8, then the asymptotic series (Abramowitz and Stegun 6.3.18). */
export function digamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 8) {
    shift += 1 / z;
    z += 1;
  }
  const r = 1 / (z * z);
  const series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132)))));
  return Math.log(z) - 1 / (2 * z) - series - shift;
}

/**
 * Maximum-likelihood shape k of Gamma variables: the root of ln k − ψ(k) = s, s = ln mean − mean ln. 1 for exponential
 * ones, large for regular ones. Bisection over ln k, the left side falling from ∞ to 0; about 60 evaluations.
 * Source: Choi and Wette (1969), "Maximum likelihood estimation of the parameters of the gamma distribution".
 *
 * @param s > 0
 */
export function gammaShape(s: number): number {
  // 1/(2k) < ln k − ψ(k) < 1/k.
  let low = Math.log(1 / (2 * s));
  let high = Math.log(1 / s);
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const k = Math.exp(middle);
    if (Math.log(k) - digamma(k) > s) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

/**
 * Lower confidence limit of ln k: the k at which s would be that small with probability `level`. By Bartlett's scaling
 * 2nks/(1 + (n + 1)/(6nk)) ~ χ²_{n−1}, which makes it the root of a quadratic in k: close for k ≥ 1, and for smaller k
 * on the safe side (too low).
 *
 * @param s ln mean − mean ln of n values, > 0
 * @param n at least 2
 * @param level share of samples whose limit lies above their k, 0.01 for a 99 % limit
 */
export function lnShapeLimit(s: number, n: number, level: number): number {
  const q = chiSquareQuantile(level, n - 1);
  const a = (n + 1) / (6 * n);
  return Math.log((q + Math.sqrt(q * q + 8 * n * s * q * a)) / (4 * n * s));
}
