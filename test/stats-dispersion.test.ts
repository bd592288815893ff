import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitTruncated, truncatedMean } from '../dist/stats/dispersion.js';
import { lnNegativeBinomial } from '../dist/stats/negative-binomial.js';

const FLAT = { lnDispersion: 0, sd: 1e9 };
const SAMPLE = { factor: 1, values: [1, 2, 3, 4, 5, 7, 9, 14], windows: [40, 25, 14, 9, 5, 4, 2, 1] };

/** The law itself as a histogram of n windows. */
function lawOf(mean: number, dispersion: number, factor: number, n: number) {
  const values = Array.from({ length: 600 }, (_, i) => i + 1);
  return { factor, values, windows: values.map((k) => n * Math.exp(lnNegativeBinomial(k, mean * factor, dispersion))) };
}

describe('fitTruncated', () => {
  it('is the maximum of the zero-truncated likelihood: scipy.optimize (Nelder–Mead) over nbinom.logpmf', () => {
    const fit = fitTruncated([SAMPLE], FLAT);
    expect(fit.mean).toBeCloseTo(1.3597, 3);
    expect(fit.dispersion).toBeCloseTo(1.35499, 3);
  });

  it('is the posterior mode under the prior: the same with −½((ln α − ln 0.1)/0.5)²', () => {
    const fit = fitTruncated([SAMPLE], { lnDispersion: Math.log(0.1), sd: 0.5 });
    expect(fit.mean).toBeCloseTo(1.96906, 3);
    expect(fit.dispersion).toBeCloseTo(0.34106, 3);
  });

  it('finds the law it is given, through factors', () => {
    const fit = fitTruncated([lawOf(3, 0.7, 0.5, 1000), lawOf(3, 0.7, 1, 1000), lawOf(3, 0.7, 4, 1000)], FLAT);
    expect(fit.mean).toBeCloseTo(3, 2);
    expect(fit.dispersion).toBeCloseTo(0.7, 2);
  });

  it('moves from the prior to the data as windows grow', () => {
    const prior = { lnDispersion: Math.log(0.05), sd: 1 };
    const at = [1, 10, 100, 10_000].map((n) => fitTruncated([lawOf(5, 1.5, 1, n)], prior).dispersion);
    expect(at[0]).toBeLessThan(0.4);
    for (let i = 1; i < at.length; i++) expect(at[i]).toBeGreaterThan(at[i - 1]!);
    expect(at.at(-1)).toBeCloseTo(1.5, 1);
  });

  it('expects the observed mean, and is finite for any histogram, windows of one event only included', () => {
    const windows = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(windows, (w) => {
        fc.pre(w.some((n) => n > 0));
        const values = w.map((_, i) => i + 1);
        const fit = fitTruncated([{ factor: 1, values, windows: w }], { lnDispersion: 0, sd: 1 });
        const n = w.reduce((a, b) => a + b, 0);
        const mean = w.reduce((a, b, i) => a + b * values[i]!, 0) / n;
        expect(fit.dispersion).toBeGreaterThan(0);
        expect(truncatedMean(fit.mean, fit.dispersion) / mean).toBeCloseTo(1, 3);
      }),
    );
  });
});
