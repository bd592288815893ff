import { wilcoxonRankSum } from 'simple-statistics';

/**
 * Area under the ROC curve: the probability that a positive scores above a negative, ties counting half. It is the
 * Mann–Whitney statistic U/(n₁·n₂), U = R₁ − n₁(n₁ + 1)/2 with R₁ the rank sum of the positives (Hanley and McNeil
 * 1982). In [0, 1]; undefined when one side is empty. O(n log n).
 */
export function auroc(positives: readonly number[], negatives: readonly number[]): number | undefined {
  if (positives.length === 0 || negatives.length === 0) return undefined;
  const ranks = wilcoxonRankSum([...positives], [...negatives]);
  return (ranks - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length);
}
