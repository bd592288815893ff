import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockDispersion, logDispersion, moranBartlett } from '../dist/stats/moran-bartlett.js';
import { Chance } from './rhythm-worlds.js';

const SAMPLE = [3.1, 4.7, 2.2, 5.9, 4.4, 3.8, 6.0, 2.9, 4.1, 5.2];

describe('moranBartlett', () => {
  it('is the χ² tail of the formula, whole and in blocks', () => {
    // NumPy for s; mpmath 1.3.0 for log(gammainc(df/2, 0, x/2, regularized=True)).
    expect(logDispersion(SAMPLE)).toBeCloseTo(0.044692418592412464, 14);
    expect(moranBartlett(SAMPLE).lnAll).toBeCloseTo(-8.6468165573073, 10);
    expect(moranBartlett(SAMPLE).lnBest).toBeCloseTo(-8.6468165573073, 10);
    expect(blockDispersion(SAMPLE, 5).least).toBeCloseTo(0.031381166474122146, 14);
    expect(moranBartlett(SAMPLE, 5).lnAll).toBeCloseTo(-7.4925454126871, 10);
    expect(moranBartlett(SAMPLE, 5).lnBest).toBeCloseTo(-4.1555542664656, 10);
  });

  it('does not look at what is left over at the start', () => {
    expect(moranBartlett([1e6, 1e-6, ...SAMPLE], 5)).toEqual(moranBartlett(SAMPLE, 5));
  });

  it.each([
    [20, 20],
    [60, 12],
  ])('has uniform p over exponential spacings: %i of them in blocks of %i', (n, block) => {
    const chance = new Chance(5);
    const draws = 4000;
    let all = 0;
    let best = 0;
    for (let i = 0; i < draws; i++) {
      const { lnAll, lnBest } = moranBartlett(
        Array.from({ length: n }, () => chance.exponential(7)),
        block,
      );
      if (lnAll < Math.log(0.05)) all++;
      if (lnBest < Math.log(0.05)) best++;
    }
    // 4 standard deviations about 0.05.
    expect(Math.abs(all / draws - 0.05)).toBeLessThan(0.014);
    expect(Math.abs(best / draws - 0.05)).toBeLessThan(0.014);
  });

  it('does not depend on the unit, and is finite also for equal spacings', () => {
    const spacings = fc.array(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(spacings, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (x, unit) => {
        const { lnAll } = moranBartlett(x);
        const scaled = moranBartlett(x.map((one) => unit * one)).lnAll;
        expect(Number.isFinite(lnAll) && lnAll <= 0).toBe(true);
        if (logDispersion(x) > 1e-6) expect(Math.abs(scaled - lnAll)).toBeLessThan(1e-6 * Math.max(1, -lnAll));
      }),
    );
    const equal = moranBartlett(new Array(1023).fill(60_000));
    expect(Number.isFinite(equal.lnAll)).toBe(true);
    expect(equal.lnAll).toBeLessThan(-5000);
  });

  it('sees a run among silences by its best block alone', () => {
    const regular = Array.from({ length: 12 }, (_, i) => 60 + (i % 3));
    const mixed = [...Array.from({ length: 36 }, (_, i) => 4 ** (i % 7)), ...regular];
    const { lnAll, lnBest } = moranBartlett(mixed, 12);
    expect(lnBest).toBeLessThan(-30);
    expect(lnAll).toBeGreaterThan(-3);
  });
});
