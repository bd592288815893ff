import { lnChiSquareLower } from './chi-square-tail.js';

/**
 * The x with P(χ² ≤ x) = p, by bisection of ln P over ln x from the approximation of Wilson and Hilferty's order of
 * magnitude. Relative error under 10⁻¹². About 50 evaluations of the tail.
 *
 * @param p in (0, 1)
 * @param df degrees of freedom, > 0
 */
export function chiSquareQuantile(p: number, df: number): number {
  const target = Math.log(p);
  let low = Math.log(df);
  let high = low;
  while (lnChiSquareLower(Math.exp(low), df) > target) low -= 1;
  while (lnChiSquareLower(Math.exp(high), df) < target) high += 1;
  while (high - low > 1e-13 * Math.max(1, Math.abs(high))) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (lnChiSquareLower(Math.exp(middle), df) < target) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}
