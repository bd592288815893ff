import { clusterSize } from './cluster-size.js';
import { type ExponentialTail, fitExponentialTail, lnTail } from './exponential-tail.js';
import { randomisedP, rankP } from './rank-p.js';

/** Scores that others are ranked among: Σ weight by bin, from each bin upwards, and the tail beyond them. */
export interface ScoreRanks {
  readonly atLeast: Float64Array;
  readonly total: number;
  readonly tail: ExponentialTail | undefined;
  /** What a score weighs that is ranked among them. */
  readonly own: number;
}

/** How a histogram of scores is read. Scores are in bits, bin b covering [b, b + 1)/binsPerBit. */
export interface RankRule {
  readonly binsPerBit: number;
  /** Share of the scores, but at least so many, that fits the tail. */
  readonly tailShare: number;
  readonly tailMin: number;
}

/**
 * Prepares a histogram for ranking. O(bins).
 *
 * @param peaks by bin, the weight of the clusters of scores that have their highest there; each score is one of its own without them
 */
export function rankScores(counts: Float64Array, rule: RankRule, peaks?: Float64Array): ScoreRanks {
  const atLeast = new Float64Array(counts.length);
  let total = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    total += counts[bin]!;
    atLeast[bin] = total;
  }
  const tail =
    total > 0
      ? fitExponentialTail(counts, 1 / rule.binsPerBit, rule.tailShare, rule.tailMin, counts, peaks)
      : undefined;
  return { atLeast, total, tail, own: peaks === undefined ? 1 : clusterSize(counts, peaks) };
}

/** ln of the conservative p of a score: its rank, or beyond all scores the tail, never above the smallest rank. O(1). */
export function lnRank(ranks: ScoreRanks, bits: number, rule: RankRule): number {
  const bin = Math.max(0, Math.floor(bits * rule.binsPerBit));
  if (bin < ranks.atLeast.length) return Math.log(rankP(ranks.atLeast[bin]!, ranks.total, ranks.own));
  const least = Math.log(rankP(0, ranks.total, ranks.own));
  return ranks.tail === undefined ? least : Math.min(least, lnTail(ranks.tail, bits));
}

/**
 * Randomised p of a score: uniform if it is exchangeable with the others. O(1).
 *
 * @param u in [0, 1), independent of the score
 */
export function randomisedRank(ranks: ScoreRanks, bits: number, rule: RankRule, u: number): number {
  const bin = Math.max(0, Math.floor(bits * rule.binsPerBit));
  return randomisedP(ranks.atLeast[bin + 1] ?? 0, ranks.atLeast[bin] ?? 0, ranks.total, u, ranks.own);
}
