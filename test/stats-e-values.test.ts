import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eLondLevel } from '../dist/stats/e-lond.js';
import { lnEValue } from '../dist/stats/p-to-e.js';

describe('lnEValue', () => {
  it.each([
    [0, -Math.LN2],
    [-0.005, -0.6914798192945615],
    [-0.02, -0.686469392918017],
    [-1, -0.3308932682040545],
    [-10, 5.394330290043195],
    [-1000, 986.1844894420357],
  ])('of ln p = %d is the formula of Vovk and Wang at 60 digits (mpmath)', (lnP, ln) => {
    expect(lnEValue(lnP)).toBeCloseTo(ln, 11);
  });

  it('has mean 1 under a uniform p: ∫ e(p) dp, by the midpoint rule in ln p', () => {
    let sum = 0;
    for (let x = 0.0005; x < 5000; x += 0.001) sum += Math.exp(lnEValue(-x) - x) * 0.001;
    // What lies beyond is ∫ x^−2 = 1/5000.
    expect(sum).toBeGreaterThan(0.999);
    expect(sum).toBeLessThanOrEqual(1.00001);
  });

  it('rises as p falls', () => {
    const x = fc.double({ min: 0, max: 10_000, noNaN: true });
    fc.assert(
      fc.property(x, x, (a, b) => {
        expect(lnEValue(-Math.max(a, b))).toBeGreaterThanOrEqual(lnEValue(-Math.min(a, b)) - 1e-9);
      }),
    );
  });
});

describe('eLondLevel', () => {
  it('is 1/(α·γ_t·(R + 1)) with γ_t = t^−1.1/ζ(1.1), mpmath.zeta(1.1) = 10.5844484649508', () => {
    expect(Math.exp(eLondLevel(1, 0, 0.1))).toBeCloseTo(105.844484649508, 9);
    expect(Math.exp(eLondLevel(100, 3, 0.1))).toBeCloseTo((105.844484649508 * 100 ** 1.1) / 4, 6);
  });

  it('spends no more than α: Σ γ_t to a million and the integral beyond is 1', () => {
    let sum = 0;
    for (let t = 1; t <= 1_000_000; t++) sum += Math.exp(-eLondLevel(t, 0, 1));
    const rest = (10 * 1_000_000 ** -0.1) / 10.5844484649508;
    expect(sum + rest).toBeCloseTo(1, 6);
  });

  it('rejects null hypotheses, alone or all alike, no more often than α of days', () => {
    // All 480 tests of a day share one p: the worst dependence. 20,000 days on a grid of p.
    const days = 20_000;
    let wrong = 0;
    for (let d = 0; d < days; d++) {
      const lnE = lnEValue(Math.log((d + 0.5) / days));
      if (Array.from({ length: 480 }, (_, t) => t + 1).some((t) => lnE >= eLondLevel(t, 0, 0.1))) wrong++;
    }
    expect(wrong / days).toBeLessThanOrEqual(0.1);
    expect(wrong).toBeGreaterThan(0);
  });
});
