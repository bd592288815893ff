import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitHistograms, histogramSurprise } from '../dist/stats/histogram-score.js';
import { matrixOf, modularTable } from './stats-tables.js';

describe('fitHistograms', () => {
  it('counts as numpy.histogram (numpy 1.24.2): 12 rows make ⌈√12⌉ = 4 bins', () => {
    const histograms = fitHistograms(modularTable(12, 4));
    expect(histograms.bins).toBe(4);
    const counts = [3, 4, 4, 1, 2, 6, 2, 2, 6, 2, 1, 3, 4, 2, 1, 5];
    counts.forEach((count, at) => {
      const found = histograms.surprise[Math.floor(at / 4) * 5 + (at % 4)];
      expect(found).toBeCloseTo(-Math.log((count + 0.5) / (12 + 2.5)), 12);
    });
  });

  it('takes at most 20 bins', () => {
    expect(fitHistograms(modularTable(1000, 1)).bins).toBe(20);
  });

  it('calls everything outside the range equally rare, a constant column included', () => {
    const histograms = fitHistograms(
      matrixOf([
        [1, 7],
        [2, 7],
        [3, 7],
        [4, 7],
      ]),
    );
    const outside = -Math.log(0.5 / 5.5);
    for (const value of [0.999, 4.001, 1e300, -1e300]) {
      expect(histogramSurprise(histograms, 0, value)).toBeCloseTo(outside, 12);
    }
    expect(histogramSurprise(histograms, 1, 7)).toBeCloseTo(-Math.log(4.5 / 5.5), 12);
    expect(histogramSurprise(histograms, 1, 7.1)).toBeCloseTo(outside, 12);
  });

  it('puts values too near each other for bins into one', () => {
    const histograms = fitHistograms(matrixOf([[0], [5e-324], [0], [0]]));
    expect(histogramSurprise(histograms, 0, 5e-324)).toBeCloseTo(-Math.log(4.5 / 5.5), 12);
  });

  it('spends a mass of 1 on bins and outside, and puts each value of the table inside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (values) => {
          const histograms = fitHistograms(matrixOf(values.map((value) => [value])));
          expect(histograms.surprise.reduce((sum, s) => sum + Math.exp(-s), 0)).toBeCloseTo(1, 12);
          const outside = histograms.surprise.at(-1)!;
          for (const value of values) expect(histogramSurprise(histograms, 0, value)).toBeLessThan(outside);
        },
      ),
    );
  });
});
