/**
 * How much more there is in each hour of the week than on average: f_h = (κ·f⁰_h + Σ_h x / m)/(κ + n_h), with m the mean of
 * all windows, n_h the windows of the hour and κ as many windows of what was expected, f⁰ (1, or the role's). It is the
 * posterior mean of a Gamma prior with mean f⁰ over Poisson means (Gelman et al., "Bayesian data analysis", 2.6). > 0. O(168).
 *
 * @param sums what the windows of each hour held together
 * @param windows how many they were
 * @param kappa windows that the prior weighs, > 0
 */
export function hourFactors(
  sums: ArrayLike<number>,
  windows: ArrayLike<number>,
  kappa: number,
  prior?: ArrayLike<number>,
): Float64Array {
  let sum = 0;
  let number = 0;
  for (let h = 0; h < sums.length; h++) {
    sum += sums[h]!;
    number += windows[h]!;
  }
  const mean = number > 0 && sum > 0 ? sum / number : 1;
  return Float64Array.from(sums, (s, h) => (kappa * (prior?.[h] ?? 1) + s / mean) / (kappa + windows[h]!));
}
