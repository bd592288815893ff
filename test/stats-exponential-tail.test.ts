import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitExponentialTail, lnTail } from '../dist/stats/exponential-tail.js';

const fitted = (counts: readonly number[], width: number, share: number, least: number) =>
  fitExponentialTail(Float64Array.from(counts), width, share, least)!;

describe('fitExponentialTail', () => {
  it('is scipy.stats.expon.fit of the excesses over the threshold, at the middles of their bins', () => {
    // Ten scores, the upper five: 14 three times, 18 twice. expon.fit(excesses, floc=0) has scale 3.6.
    const tail = fitted([0, 0, 5, 3, 2], 4, 0.5, 1);
    expect(tail.u).toBe(12);
    expect(tail.meanExcess).toBeCloseTo(3.6, 12);
    expect(tail.lnShare).toBeCloseTo(Math.log(6 / 11), 12);
    // ln(6/11) + expon.logsf(8, scale=3.6)
    expect(lnTail(tail, 20)).toBeCloseTo(-2.828358025792538, 9);
  });

  it('never falls faster than a factor of two a bit, also where the top scores tie', () => {
    const tail = fitted([0, 0, 0, 0, 100], 0.125, 0.005, 50);
    expect(lnTail(tail, 10.5) - lnTail(tail, 0.5)).toBeCloseTo(-10 * Math.LN2, 9);
  });

  it('has none without scores', () => {
    expect(fitExponentialTail(new Float64Array(8), 1, 0.01, 50)).toBeUndefined();
    expect(fitExponentialTail(new Float64Array(0), 1, 0.01, 50)).toBeUndefined();
  });

  it('is of the highest of each cluster, where scores come in clusters', () => {
    // Nine scores in the upper bin are one cluster; the other three clusters have their highest below.
    const counts = Float64Array.from([50, 30, 10, 1, 9]);
    const peaks = Float64Array.from([0, 0, 2, 1, 1]);
    const tail = fitExponentialTail(counts, 4, 0.01, 4, peaks, peaks)!;
    expect(tail.u).toBe(8);
    expect(tail.lnShare).toBeCloseTo(Math.log(21 / 101), 12);
    expect(tail.meanExcess).toBeCloseTo((10 + 10 + 14 + 18) / 4 - 8, 12);
  });

  it('counts units, not what they weigh', () => {
    const weights = Float64Array.from([100, 1, 1, 40]);
    const units = Float64Array.from([50, 1, 1, 1]);
    expect(fitExponentialTail(weights, 1, 0.005, 3, units)!.u).toBe(1);
    expect(fitExponentialTail(weights, 1, 0.005, 3)!.u).toBe(3);
  });

  it('takes at least so many units, and all where there are fewer', () => {
    expect(fitted([100, 0, 30, 20, 1], 1, 0.001, 50).u).toBe(2);
    expect(fitted([0, 0, 7, 3], 1, 0.001, 50).u).toBe(2);
  });

  it('takes the lowest bin that holds anything where all are taken, also when weights do not sum exactly', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 3, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        (weights, gap) => {
          const tail = fitted([...new Array(gap).fill(0), ...weights], 0.125, 0.005, 50);
          expect(tail.u).toBe(gap * 0.125);
        },
      ),
    );
  });

  it('gives scores of an exponential law their probability', () => {
    // 100,000 scores of scale 2 in bins of 1/8: counts by the law itself.
    const cdf = (x: number) => 1 - Math.exp(-x / 2);
    const counts = Array.from({ length: 400 }, (_, b) => 100_000 * (cdf((b + 1) / 8) - cdf(b / 8)));
    const tail = fitted(counts, 0.125, 0.005, 50);
    for (const s of [12, 20, 40]) expect(lnTail(tail, s) / (-s / 2)).toBeCloseTo(1, 1);
  });

  it('falls with the score, starts at the share, and is finite', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(500), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 2000, noNaN: true }),
        (counts, above) => {
          fc.pre(counts.some((c) => c > 0));
          const tail = fitted(counts, 0.125, 0.005, 50);
          expect(tail.meanExcess).toBeGreaterThan(0);
          expect(tail.lnShare).toBeLessThanOrEqual(0);
          expect(lnTail(tail, tail.u)).toBe(tail.lnShare);
          expect(lnTail(tail, tail.u + above)).toBeLessThanOrEqual(tail.lnShare);
          expect(Number.isFinite(lnTail(tail, tail.u + above))).toBe(true);
        },
      ),
    );
  });
});
