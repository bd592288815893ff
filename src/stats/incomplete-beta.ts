const TINY = 1e-300;
const PRECISION = 1e-15;
/** Terms needed grow as √max(a, b) near x = a/(a + b): 1e6 covers counts of 1e11. */
const MOST_TERMS = 1_000_000;

/**
 * The continued fraction F of the regularised incomplete beta function, I_x(a, b) = xᵃ(1 − x)ᵇ / (a·B(a, b)) · F, for
 * 0 ≤ x ≤ (a + 1)/(a + b + 2); a, b > 0. F itself is of moderate size, so callers keep the rest in logs.
 * Source: DLMF 8.17.22, by the modified Lentz method (Thompson and Barnett 1986). O(√max(a, b)).
 */
export function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = inverse(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = ((m * (b - m)) / ((a + 2 * m - 1) * (a + 2 * m))) * x;
    d = inverse(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (((-(a + m) / (a + 2 * m)) * (a + b + m)) / (a + 2 * m + 1)) * x;
    d = inverse(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < PRECISION) break;
  }
  return fraction;
}

function away(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

function inverse(x: number): number {
  return 1 / away(x);
}
