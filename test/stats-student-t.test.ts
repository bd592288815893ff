import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lnStudentUpper } from '../dist/stats/student-t.js';

describe('lnStudentUpper', () => {
  it.each([
    [0.3, 4, -0.9427355486976525],
    [2.5, 4, -3.3997003306226388],
    [-2.5, 4, -0.033953214119811476],
    [-0.01, 4, -0.685675320804034],
    [50, 4, -14.552144357403813],
    [1e10, 4, -91.00479143109372],
    [1e200, 4, -1840.9694621065685],
    [8, 30, -19.581303156737295],
    [1.5, 1, -1.6757537891407273],
    [0, 7, -Math.LN2],
  ])('of t = %d with %d degrees of freedom is that of mpmath.betainc', (t, nu, ln) => {
    expect(lnStudentUpper(t, nu)).toBeCloseTo(ln, 10);
  });

  it('is scipy.stats.t.sf(2.776445, 4) = 0.025, the quantile of every table', () => {
    expect(Math.exp(lnStudentUpper(2.7764451051977987, 4))).toBeCloseTo(0.025, 12);
  });

  it('falls with t, leaves nothing out, and is finite up to the largest double', () => {
    const t = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(t, fc.double({ min: 0, max: 10, noNaN: true }), fc.integer({ min: 1, max: 200 }), (x, dx, nu) => {
        expect(lnStudentUpper(x + dx, nu)).toBeLessThanOrEqual(lnStudentUpper(x, nu) + 1e-12);
        expect(Math.exp(lnStudentUpper(x, nu)) + Math.exp(lnStudentUpper(-x, nu))).toBeCloseTo(1, 10);
      }),
    );
    expect(Number.isFinite(lnStudentUpper(Number.MAX_VALUE, 4))).toBe(true);
  });
});
