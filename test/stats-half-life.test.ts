import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfLifeWeight } from '../dist/stats/half-life.js';

describe('halfLifeWeight', () => {
  it('halves with every half-life', () => {
    expect([0, 30, 60, 90, 300].map((age) => halfLifeWeight(age, 30))).toEqual([1, 0.5, 0.25, 0.125, 1 / 1024]);
  });

  it('is exp(−ln 2 · age / half-life): at age 1 of 30 days exp(−0.023104906018664842) (NumPy)', () => {
    expect(halfLifeWeight(1, 30)).toBeCloseTo(Math.exp(-0.023104906018664842), 15);
  });

  it('counts what lies ahead as present', () => {
    expect(halfLifeWeight(-3, 30)).toBe(1);
  });

  it('lies in (0, 1], falls with age, and multiplies where ages add', () => {
    const age = fc.double({ min: 0, max: 3650, noNaN: true });
    fc.assert(
      fc.property(age, age, fc.double({ min: 1, max: 365, noNaN: true }), (a, b, half) => {
        const w = halfLifeWeight(a, half);
        expect(w).toBeLessThanOrEqual(1);
        if (a / half < 1000) expect(w).toBeGreaterThan(0);
        expect(halfLifeWeight(a + b, half)).toBeLessThanOrEqual(w);
        expect(halfLifeWeight(a + b, half)).toBeCloseTo(w * halfLifeWeight(b, half), 12);
      }),
    );
  });
});
