const HALF_LN_2PI = 0.9189385332046727;
/** From here on Stirling's series is exact to a double's last digits. */
const SERIES_FROM = 16;

/**
 * What Stirling's formula lacks: ln Γ(x + 1) − (x + ½)·ln x + x − ½·ln 2π, for x > 0. About 1/(12x).
 * Source: Loader (2000), "Fast and accurate computation of binomial probabilities". O(1).
 */
export function stirlingError(x: number): number {
  if (x < SERIES_FROM) return SMALL[x] ?? stirlingErrorOfSmall(x);
  const s = 1 / (x * x);
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - (691 / 360360) * s) * s) * s) * s) * s) / x;
}

function stirlingErrorOfSmall(x: number): number {
  return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LN_2PI;
}

/**
 * ln Γ(x) for x > 0 by Stirling's series, small x lifted by Γ(x) = Γ(x + 1)/x. Relative error below 1e-13, absolute near
 * the zeros at 1 and 2. O(1).
 */
export function logGamma(x: number): number {
  let product = 1;
  let y = x;
  while (y < SERIES_FROM) {
    product *= y;
    y++;
  }
  // ln Γ(y) = ln Γ(y + 1) − ln y.
  return (y - 0.5) * Math.log(y) - y + HALF_LN_2PI + stirlingError(y) - Math.log(product);
}

/**
 * Deviance term x·ln(x/m) + m − x, without the cancellation near x = m; x, m > 0. At least 0.
 * Source: Loader (2000), section 2.
 */
export function devianceTerm(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = (x - m) / (x + m);
  let sum = (x - m) * v;
  let power = 2 * x * v;
  for (let j = 3; ; j += 2) {
    power *= v * v;
    const next = sum + power / j;
    if (next === sum) return sum;
    sum = next;
  }
}

/** Of the whole numbers below the series, at which counts ask most; that at 0 is never read. */
const SMALL = Float64Array.from({ length: SERIES_FROM }, (_, x) => stirlingErrorOfSmall(x));
