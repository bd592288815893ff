import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digamma, gammaShape, lnShapeLimit } from '../dist/stats/gamma-shape.js';
import { logDispersion } from '../dist/stats/moran-bartlett.js';
import { Chance, gammaOf } from './rhythm-worlds.js';

const SAMPLE = [3.1, 4.7, 2.2, 5.9, 4.4, 3.8, 6.0, 2.9, 4.1, 5.2];

describe('digamma', () => {
  // scipy.special.psi, SciPy 1.17.1.
  it.each([
    [0.1, -10.423754940411076],
    [1, -0.5772156649015329],
    [2.5, 0.7031566406452432],
    [30, 3.384438132685525],
  ])('is that of SciPy at %d', (x, expected) => {
    expect(digamma(x) / expected).toBeCloseTo(1, 11);
  });
});

describe('gammaShape', () => {
  it('is scipy.stats.gamma.fit(sample, floc=0)', () => {
    expect(gammaShape(logDispersion(SAMPLE))).toBeCloseTo(11.351709710420915, 5);
  });

  it('is 1 at Euler’s γ and undoes ln k − ψ(k)', () => {
    expect(gammaShape(0.5772156649015329)).toBeCloseTo(1, 9);
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1000, noNaN: true }), (k) => {
        expect(gammaShape(Math.log(k) - digamma(k)) / k).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe('lnShapeLimit', () => {
  it('solves Bartlett’s scaling', () => {
    // scipy.optimize.brentq of chi2.cdf(2nks/(1 + (n + 1)/(6nk)), n − 1) − 0.01.
    expect(lnShapeLimit(0.044692418592412464, 10, 0.01)).toBeCloseTo(0.9189648479509169, 9);
  });

  it.each([1, 4, 40])('lies above a true k of %i in one sample of a hundred', (k) => {
    const chance = new Chance(k);
    const samples = 3000;
    let above = 0;
    for (let i = 0; i < samples; i++) {
      const x = Array.from({ length: 20 }, () => gammaOf(chance, k));
      if (lnShapeLimit(logDispersion(x), 20, 0.01) > Math.log(k)) above++;
    }
    // 4 standard deviations about 0.01.
    expect(Math.abs(above / samples - 0.01)).toBeLessThan(0.0073);
  });

  it('rises with the number of values and falls with their dispersion; finite', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 20, noNaN: true }), fc.integer({ min: 2, max: 1000 }), (s, n) => {
        const limit = lnShapeLimit(s, n, 0.01);
        expect(Number.isFinite(limit)).toBe(true);
        expect(lnShapeLimit(s, n + 1, 0.01)).toBeGreaterThan(limit);
        expect(lnShapeLimit(1.1 * s, n, 0.01)).toBeLessThan(limit);
      }),
    );
  });
});
