import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auroc } from '../dist/stats/auroc.js';

/** The definition: every pair once, ties half. */
function byPairs(positives: number[], negatives: number[]): number {
  let wins = 0;
  for (const p of positives) for (const n of negatives) wins += p > n ? 1 : p === n ? 0.5 : 0;
  return wins / (positives.length * negatives.length);
}

describe('auroc', () => {
  it('is 0.75 on the example of the scikit-learn documentation', () => {
    // y = [0, 0, 1, 1], scores = [0.1, 0.4, 0.35, 0.8] (sklearn.metrics.roc_auc_score).
    expect(auroc([0.35, 0.8], [0.1, 0.4])).toBe(0.75);
  });

  it('is 1, 0 and one half at the ends and for ties', () => {
    expect(auroc([2, 3], [0, 1])).toBe(1);
    expect(auroc([0], [1, 2])).toBe(0);
    expect(auroc([1, 1], [1, 1, 1])).toBe(0.5);
    expect(auroc([], [1])).toBeUndefined();
    expect(auroc([1], [])).toBeUndefined();
  });

  it('counts pairs', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        expect(auroc(positives, negatives)).toBeCloseTo(byPairs(positives, negatives), 12);
      }),
    );
  });
});
