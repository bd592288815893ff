import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lnOrderRank, orderScores, ownRankSurprise, rankSurprise } from '../dist/stats/rank-surprise.js';

const SCORES = [3, 1, 4, 1, 5, 9, 2, 6];
const list = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 2, maxLength: 60 });

describe('rankSurprise', () => {
  it('ranks as scipy.stats.rankdata(−scores, "max") of SciPy 1.10.1, the score itself counted', () => {
    const ranked = orderScores(Float64Array.from(SCORES));
    [5, 8, 4, 8, 3, 1, 6, 2].forEach((rank, i) => {
      if (rank > 1) expect(ownRankSurprise(ranked, SCORES[i]!)).toBeCloseTo(-Math.log(rank / 8), 12);
      expect(lnOrderRank(ranked.ascending, SCORES[i]!)).toBeCloseTo(Math.log((rank + 1) / 9), 12);
    });
    expect(rankSurprise(ranked, 4.5)).toBeCloseTo(-Math.log(4 / 9), 12);
    expect(rankSurprise(ranked, 0)).toBe(0);
    expect(lnOrderRank(ranked.ascending, 100)).toBeCloseTo(-Math.log(9), 12);
  });

  it('goes on above all scores by the mean excess of the top ten: 11 scores 0 to 10, excesses 1 to 10', () => {
    const ranked = orderScores(Float64Array.from({ length: 11 }, (_, i) => i));
    expect(ranked.meanExcess).toBeCloseTo(5.5, 12);
    expect(rankSurprise(ranked, 10)).toBeCloseTo(Math.log(12 / 2), 12);
    expect(rankSurprise(ranked, 21)).toBeCloseTo(Math.log(12) + 11 / 5.5, 12);
    // The top one by the ten others: one above the next.
    expect(ownRankSurprise(ranked, 10)).toBeCloseTo(Math.log(11) + 1 / 5.5, 12);
  });

  it('is finite where the top ties, with one score and with none', () => {
    expect(rankSurprise(orderScores(new Float64Array(30)), 5)).toBeCloseTo(Math.log(31) + 5, 12);
    expect(rankSurprise(orderScores(Float64Array.of(1)), 3)).toBeCloseTo(Math.log(2) + 2, 12);
    expect(rankSurprise(orderScores(new Float64Array(0)), 3)).toBe(0);
    expect(ownRankSurprise(orderScores(Float64Array.of(1)), 1)).toBe(0);
  });

  it('never falls with the score and is at least 0', () => {
    fc.assert(
      fc.property(list, fc.integer({ min: -40, max: 40 }), fc.nat(20), (scores, s, more) => {
        const ranked = orderScores(Float64Array.from(scores));
        expect(rankSurprise(ranked, s)).toBeGreaterThanOrEqual(0);
        expect(rankSurprise(ranked, s + more)).toBeGreaterThanOrEqual(rankSurprise(ranked, s));
      }),
    );
  });

  it('ranks one of them as if it had not been among them', () => {
    fc.assert(
      fc.property(list, (scores) => {
        const { ascending, meanExcess } = orderScores(Float64Array.from(scores));
        for (const s of scores) {
          const others = [...ascending];
          others.splice(others.indexOf(s), 1);
          const left = { ascending: Float64Array.from(others), meanExcess };
          expect(ownRankSurprise({ ascending, meanExcess }, s)).toBeCloseTo(rankSurprise(left, s), 12);
        }
      }),
    );
  });
});
