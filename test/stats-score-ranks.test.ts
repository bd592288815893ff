import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lnRank, randomisedRank, rankScores } from '../dist/stats/score-ranks.js';

const RULE = { binsPerBit: 8, tailShare: 0.005, tailMin: 50 };

const ranked = (scores: readonly number[]) => {
  const counts = new Float64Array(scores.length > 0 ? Math.floor(8 * Math.max(...scores)) + 1 : 0);
  for (const s of scores) counts[Math.floor(8 * s)]!++;
  return rankScores(counts, RULE);
};

describe('lnRank', () => {
  it('is (1 + #{≥})/(1 + N) within the data', () => {
    const ranks = ranked([1, 2, 2, 5]);
    expect(Math.exp(lnRank(ranks, 2, RULE))).toBeCloseTo(4 / 5, 12);
    expect(Math.exp(lnRank(ranks, 5.05, RULE))).toBeCloseTo(2 / 5, 12);
    expect(Math.exp(lnRank(ranks, 0, RULE))).toBe(1);
  });

  it('falls with the score throughout, beyond all of them too, and is 0 without any', () => {
    const ranks = ranked(Array.from({ length: 2000 }, (_, i) => -Math.log2((i + 0.5) / 2000)));
    const score = fc.double({ min: 0, max: 2000, noNaN: true });
    fc.assert(
      fc.property(score, score, (a, b) => {
        expect(lnRank(ranks, Math.max(a, b), RULE)).toBeLessThanOrEqual(lnRank(ranks, Math.min(a, b), RULE));
      }),
    );
    expect(lnRank(ranks, 1000, RULE)).toBeLessThan(-500);
    expect(lnRank(ranked([]), 30, RULE)).toBe(0);
  });
});

describe('rankScores', () => {
  it('lets a score weigh as much as a cluster of those it is ranked among', () => {
    // Three clusters: five scores in the highest bin, ten and five below.
    const ranks = rankScores(Float64Array.of(0, 5, 10, 5), RULE, Float64Array.of(0, 1, 1, 1));
    expect(ranks.own).toBe(5);
    expect(Math.exp(lnRank(ranks, 3 / 8, RULE))).toBeCloseTo((5 + 5) / (5 + 20), 12);
    expect(randomisedRank(ranks, 3 / 8, RULE, 0.5)).toBeCloseTo(0.5 * (10 / 25), 12);
    expect(Math.exp(lnRank(ranks, 4 / 8, RULE))).toBeLessThanOrEqual(5 / 25);
  });
});

describe('randomisedRank', () => {
  it('is uniform over a score exchangeable with the others: every score of a set, u on a grid', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 25 }), (scores) => {
        let mean = 0;
        let small = 0;
        const grid = 40;
        scores.forEach((s, i) => {
          const ranks = ranked(scores.filter((_, j) => j !== i));
          for (let g = 0; g < grid; g++) {
            const p = randomisedRank(ranks, s, RULE, (g + 0.5) / grid);
            mean += p / (grid * scores.length);
            if (p < 0.25) small += 1 / (grid * scores.length);
          }
        });
        expect(mean).toBeCloseTo(0.5, 6);
        expect(Math.abs(small - 0.25)).toBeLessThan(0.03);
      }),
    );
  });
});
