/**
 * Kolmogorov and Smirnov's distance of a sample from the uniform law on [0, 1]: the largest difference between its
 * empirical distribution and the diagonal. Of n independent uniform numbers it exceeds 1.63/√n one time in a hundred;
 * numbers that come in clusters are worth fewer. Source: Kolmogorov (1933), "Sulla determinazione empirica di una legge di
 * distribuzione". O(n log n).
 *
 * @returns in (0, 1]; NaN without numbers
 */
export function uniformDistance(sample: ArrayLike<number>): number {
  const n = sample.length;
  if (n === 0) return Number.NaN;
  const ascending = Float64Array.from(sample).sort();
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, (i + 1) / n - ascending[i]!, ascending[i]! - i / n);
  return largest;
}
