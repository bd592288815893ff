import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSumExp } from '../dist/stats/log-sum-exp.js';
import {
  lnNegativeBinomial,
  lnNegativeBinomialLower,
  lnNegativeBinomialUpper,
  lnPositive,
  lnTruncatedLower,
  lnTruncatedUpper,
} from '../dist/stats/negative-binomial.js';
import { lnPoisson, lnPoissonLower, lnPoissonUpper } from '../dist/stats/poisson.js';

/** k, mean, dispersion, ln P(X = k), ln P(X ≥ k), ln P(X ≤ k): sums of mpmath at 60 digits. */
const REFERENCE = [
  [1, 2.5, 0.4, -1.5097244000856536, -0.1945277849706882, -0.9219377351835345],
  [5, 2.5, 0.4, -2.736414230695822, -1.8067008321336748, -0.10468591439431527],
  [30, 2.5, 0.4, -17.649017173886943, -16.907906683002345, -2.375943516848539e-8],
  [0, 2.5, 0.4, -1.7328679513998633, 0, -1.7328679513998633],
  [40, 100, 0.01, -16.21679863843957, -1.1656865189802648e-7, -15.38972698584636],
  [101, 100, 0.01, -3.579297542123682, -0.7511455130426234, -0.586861945529724],
  [500, 100, 1e-6, -408.66563406527445, -408.4430133063789, 0],
  [1000, 3, 5, -72.14338693563349, -69.38254472548456, -6.905143768427562e-31],
  [7, 0.02, 3, -22.419861063267916, -22.366549739643318, -1.0037495317371184e-11],
  [20000, 2, 0.1, -35760.68078999246, -35760.49837843702, 0],
  [8000, 4000, 0.2, -10.651076720807167, -3.5293611204109414, -0.029737786148401966],
] as const;

/** k, mean, ln P(X ≥ k), ln P(X ≤ k): mpmath.gammainc. */
const POISSON = [
  [0, 3, 0, -3],
  [3, 3, -0.550242496777221, -0.43505064253846326],
  [10, 3, -6.810185717036396, -0.000292379689423312],
  [40, 100, -2.9602566998174458e-12, -25.613501961662703],
  [101, 100, -0.747734734076231, -0.569110792147721],
  [3000, 20, -12056.821345646807, 0],
  [1, 9000, 0, -8990.894909038743],
] as const;

function expectLn(actual: number, expected: number) {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-12 * Math.abs(expected) + 1e-28);
}

const mean = fc.double({ min: 0.01, max: 2000, noNaN: true });
const dispersion = fc.double({ min: 1e-4, max: 20, noNaN: true });

describe('the negative binomial law', () => {
  it.each(REFERENCE)('has the references of k = %d, mean %d, dispersion %d', (k, m, a, ln, upper, lower) => {
    expectLn(lnNegativeBinomial(k, m, a), ln);
    expectLn(lnNegativeBinomialUpper(k, m, a), upper);
    expectLn(lnNegativeBinomialLower(k, m, a), lower);
  });

  it('is scipy.stats.nbinom: sf(4, 2.5, 0.5) and pmf(1, 2.5, 0.5)', () => {
    expect(Math.exp(lnNegativeBinomialUpper(5, 2.5, 0.4))).toBeCloseTo(0.16419495089973887, 12);
    expect(Math.exp(lnNegativeBinomial(1, 2.5, 0.4))).toBeCloseTo(0.22097086912079605, 12);
  });

  it('sums to its tails, which leave nothing out', () => {
    fc.assert(
      fc.property(mean, dispersion, fc.integer({ min: 1, max: 200 }), (m, a, k) => {
        const below = Array.from({ length: k }, (_, j) => lnNegativeBinomial(j, m, a));
        expect(Math.exp(logSumExp(below))).toBeCloseTo(Math.exp(lnNegativeBinomialLower(k - 1, m, a)), 9);
        const both = Math.exp(lnNegativeBinomialUpper(k, m, a)) + Math.exp(lnNegativeBinomialLower(k - 1, m, a));
        expect(both).toBeCloseTo(1, 9);
      }),
    );
  });

  it('falls with the count far beyond the smallest double, and is never NaN', () => {
    fc.assert(
      fc.property(mean, dispersion, fc.integer({ min: 1, max: 1_000_000 }), (m, a, k) => {
        const near = lnNegativeBinomialUpper(k, m, a);
        const far = lnNegativeBinomialUpper(k + 1 + k / 50, m, a);
        expect(near).toBeLessThanOrEqual(0);
        expect(far).toBeLessThanOrEqual(near + 1e-12);
        expect(lnNegativeBinomialLower(k, m, a)).toBeLessThanOrEqual(0);
      }),
    );
    expect(lnNegativeBinomialUpper(5600, 2, 0.1)).toBeLessThan(-9_900);
  });

  it('becomes the Poisson law as the dispersion goes', () => {
    for (const k of [0, 1, 40, 100, 260]) {
      expect(lnNegativeBinomialUpper(k, 100, 1e-8)).toBeCloseTo(lnPoissonUpper(k, 100), 3);
      expect(lnNegativeBinomialLower(k, 100, 1e-8)).toBeCloseTo(lnPoissonLower(k, 100), 3);
      expect(lnNegativeBinomialUpper(k, 100, 0)).toBe(lnPoissonUpper(k, 100));
    }
  });
});

describe('the zero-truncated law', () => {
  it('is P(X ≥ k)/P(X ≥ 1): scipy.stats.nbinom.sf(4, 2.5, 0.5) over sf(0, 2.5, 0.5)', () => {
    expect(Math.exp(lnTruncatedUpper(5, 2.5, 0.4))).toBeCloseTo(0.16419495089973887 / 0.8232233047033631, 12);
    expect(lnTruncatedUpper(1, 2.5, 0.4)).toBe(0);
    expect(lnPositive(2.5, 0.4)).toBeCloseTo(Math.log(0.8232233047033631), 12);
  });

  it('shares all of its mass between X ≤ k and X ≥ k + 1, also where nearly all of it is at 1', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 500, noNaN: true }),
        dispersion,
        fc.integer({ min: 1, max: 300 }),
        (m, a, k) => {
          const both = Math.exp(lnTruncatedLower(k, m, a)) + Math.exp(lnTruncatedUpper(k + 1, m, a));
          expect(both).toBeCloseTo(1, 6);
        },
      ),
    );
  });
});

describe('the Poisson law', () => {
  it.each(POISSON)('has the references of k = %d, mean %d', (k, m, upper, lower) => {
    expectLn(lnPoissonUpper(k, m), upper);
    expectLn(lnPoissonLower(k, m), lower);
  });

  it('is scipy.stats.poisson.logpmf(25, 8)', () => {
    expect(lnPoisson(25, 8)).toBeCloseTo(-14.017566680984622, 10);
  });
});
