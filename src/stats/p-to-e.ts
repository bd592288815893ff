/**
 * ln of the e-value that a p-value gives: the mean of all calibrators κ·p^(κ−1), ∫₀¹ κ·p^(κ−1) dκ = (1 − p + p·ln p)/(p·ln² p).
 * Its expectation is 1 when p is uniform; ½ at p = 1, about 1/(p·ln² p) where p is small, which ln p may be without bound.
 * Source: Vovk and Wang (2021), "E-values: calibration, combination and applications", Annals of Statistics 49, (2). O(1).
 */
export function lnEValue(lnP: number): number {
  if (lnP > -0.01) {
    // Series of (eˣ − 1 − x)/x², x = −ln p: the difference above cancels near p = 1.
    const x = -lnP;
    return Math.log(0.5 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x / 720))));
  }
  return Math.log1p(Math.exp(lnP) * (lnP - 1)) - lnP - 2 * Math.log(-lnP);
}

/** The largest ln p whose e-value is so large, to 10⁻⁹: `lnEValue` falls with ln p. Above its least value, ln ½, by bisection. */
export function lnPOfEValue(lnE: number): number {
  let [low, high] = [-2 * Math.max(1, lnE) - 64, 0];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (lnEValue(middle) >= lnE) low = middle;
    else high = middle;
  }
  return low;
}
