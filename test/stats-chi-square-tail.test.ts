import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareQuantile } from '../dist/stats/chi-square-quantile.js';
import { lnChiSquareLower, lnChiSquareUpper } from '../dist/stats/chi-square-tail.js';

const x = fc.double({ min: 1e-6, max: 5000, noNaN: true });
const df = fc.integer({ min: 1, max: 2000 });

describe('lnChiSquareUpper', () => {
  // mpmath 1.3.0 at 30 digits: log(gammainc(df/2, x/2, inf, regularized=True)).
  it.each([
    [1, 1, -1.147874464449318],
    [4, 10, -0.05408985094468669],
    [19.5, 19, -0.8551746109443765],
    [100, 30, -20.1044100026159],
    [1000, 10, -478.3116054582481],
    [20020, 7, -9988.172374165089],
    [20600, 1023, -8259.68436096292],
    [1023, 1023, -0.7049766944401636],
    [900, 1023, -0.00239129092603826],
  ])('is that of mpmath at x = %d, df = %d', (at, degrees, expected) => {
    expect(lnChiSquareUpper(at, degrees) / expected).toBeCloseTo(1, 11);
  });
});

describe('lnChiSquareLower', () => {
  // mpmath 1.3.0 at 30 digits: log(gammainc(df/2, 0, x/2, regularized=True)).
  it.each([
    [1, 1, -0.3817151463021261],
    [4, 10, -2.944031732572081],
    [5.407, 19, -6.907513010517868],
    [30, 100, -27.73016482457772],
    [1e-3, 199, -1117.725830217078],
    [1e-6, 1023, -10104.11949892741],
    [3, 200, -324.6779040988627],
    [1023, 1023, -0.6814559696158129],
  ])('is that of mpmath at x = %d, df = %d', (at, degrees, expected) => {
    expect(lnChiSquareLower(at, degrees) / expected).toBeCloseTo(1, 11);
  });
});

describe('both tails', () => {
  it('are finite, at most 0, and sum to 1', () => {
    fc.assert(
      fc.property(x, df, (at, degrees) => {
        const [low, high] = [lnChiSquareLower(at, degrees), lnChiSquareUpper(at, degrees)];
        expect(Number.isFinite(low) && low <= 0 && !Number.isNaN(high) && high <= 0).toBe(true);
        expect(Math.exp(low) + Math.exp(high)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('move the right way with x, also where p itself would be 0', () => {
    fc.assert(
      fc.property(x, df, (at, degrees) => {
        expect(lnChiSquareUpper(1.01 * at, degrees)).toBeLessThanOrEqual(lnChiSquareUpper(at, degrees) + 1e-12);
        expect(lnChiSquareLower(1.01 * at, degrees)).toBeGreaterThanOrEqual(lnChiSquareLower(at, degrees) - 1e-12);
      }),
    );
    expect(lnChiSquareUpper(20_001, 10)).toBeLessThan(lnChiSquareUpper(20_000, 10));
    expect(lnChiSquareLower(1e-9, 1023)).toBeLessThan(lnChiSquareLower(2e-9, 1023));
  });
});

describe('chiSquareQuantile', () => {
  // scipy.stats.chi2.ppf, SciPy 1.17.1.
  it.each([
    [0.01, 19, 7.632729647571471],
    [0.01, 1, 0.00015708785790970184],
    [0.01, 1023, 920.7227267189223],
    [0.5, 49, 48.33496994010476],
    [0.001, 199, 142.99734655712868],
  ])('is that of SciPy at p = %d, df = %d', (p, degrees, expected) => {
    expect(chiSquareQuantile(p, degrees) / expected).toBeCloseTo(1, 10);
  });

  it('undoes the tail', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.999, noNaN: true }),
        fc.integer({ min: 1, max: 1023 }),
        (p, degrees) => {
          expect(Math.exp(lnChiSquareLower(chiSquareQuantile(p, degrees), degrees)) / p).toBeCloseTo(1, 9);
        },
      ),
    );
  });
});
