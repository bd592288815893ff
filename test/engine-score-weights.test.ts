import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreWeights } from '../dist/baseline/score-weights.js';

describe('scoreWeights', () => {
  it('is (n/N)^growth times the half-life: without decay the third of five days weighs (2/4)^8', () => {
    const weight = scoreWeights([10, 11, 12, 13, 14], 1e12, 8);
    expect(weight(14)).toBe(1);
    expect(weight(12)).toBeCloseTo(0.5 ** 8, 10);
    expect(weight(10)).toBe(0);
    expect(weight(9)).toBe(0);
  });

  it('leaves only the half-life once months are known, or where nothing grows', () => {
    const days = Array.from({ length: 400 }, (_, i) => 100 + i);
    expect(scoreWeights(days, 30, 8)(499 - 30)).toBeCloseTo(0.5, 2);
    expect(scoreWeights([1, 2, 3], 30, 0)(2)).toBeCloseTo(2 ** (-1 / 30), 12);
  });

  it('counts days that were learned, not those between', () => {
    const weight = scoreWeights([0, 50, 51], 1e12, 8);
    expect(weight(50)).toBeCloseTo(0.5 ** 8, 8);
  });

  it('lies in [0, 1], is 1 on the newest day, and never rises into the past', () => {
    const days = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 20 }), (list, growth) => {
        const ascending = list.sort((a, b) => a - b);
        const weights = ascending.map(scoreWeights(ascending, 1e9, growth));
        for (const [i, w] of weights.entries()) expect(w).toBeLessThanOrEqual((weights[i + 1] ?? 1) + 1e-12);
        expect(weights.at(-1)).toBe(1);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('knows nothing without days', () => {
    expect(scoreWeights([], 30, 8)(3)).toBe(0);
  });
});
