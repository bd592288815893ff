import { gammaln } from 'simple-statistics';

/**
 * Logarithms of both tails of the χ² distribution, by the regularised incomplete gamma functions with a = df/2, z = x/2:
 *
 *   ln P(χ² ≤ x) = ln P(a, z),    ln P(χ² ≥ x) = ln Q(a, z)
 *
 * Below z = a + 1 the power series of P, above it the continued fraction of Q (modified Lentz); the other tail is
 * ln(1 − e^…). Both factors stay in logs, so that ln p = −10⁴ is as exact as −1. Relative error under 10⁻¹² of ln p.
 * O(√a) terms near the middle. Source: Press, Teukolsky, Vetterling and Flannery (2007), "Numerical recipes", 6.2.
 *
 * @param x at least 0
 * @param df degrees of freedom, > 0
 * @returns at most 0; −∞ only for the lower tail at x = 0
 */
export function lnChiSquareLower(x: number, df: number): number {
  const a = df / 2;
  const z = x / 2;
  return z < a + 1 ? lnSeries(a, z) : ln1mExp(lnFraction(a, z));
}

/** ln P(χ² ≥ x). */
export function lnChiSquareUpper(x: number, df: number): number {
  const a = df / 2;
  const z = x / 2;
  return z < a + 1 ? ln1mExp(lnSeries(a, z)) : lnFraction(a, z);
}

const EPSILON = 2 ** -53;
const MOST_TERMS = 100_000;

function lnSeries(a: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < MOST_TERMS && term > EPSILON * sum; k++) {
    term *= z / (a + k);
    sum += term;
  }
  return Math.min(0, a * Math.log(z) - z - gammaln(a + 1) + Math.log(sum));
}

function lnFraction(a: number, z: number): number {
  let b = z + 1 - a;
  let d = 1 / b;
  let c = Number.MAX_VALUE;
  let h = d;
  for (let k = 1; k < MOST_TERMS; k++) {
    const numerator = k * (a - k);
    b += 2;
    d = 1 / awayFromZero(b + numerator * d);
    c = awayFromZero(b + numerator / c);
    h *= c * d;
    if (Math.abs(c * d - 1) <= EPSILON) break;
  }
  return Math.min(0, a * Math.log(z) - z - gammaln(a) + Math.log(h));
}

function awayFromZero(x: number): number {
  return Math.abs(x) < 1e-300 ? 1e-300 : x;
}

/** ln(1 − e^y) for y ≤ 0 (Mächler 2012, "Accurately computing log(1 − exp(−|a|))"). */
function ln1mExp(y: number): number {
  return y > -Math.LN2 ? Math.log(-Math.expm1(y)) : Math.log1p(-Math.exp(y));
}
