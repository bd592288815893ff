import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hourFactors } from '../dist/stats/hour-factor.js';

describe('hourFactors', () => {
  it('is the posterior mean by hand: 40 of 10 windows and 20 of 20 (mean 2), κ = 5', () => {
    // (5·1 + 40/2)/(5 + 10), (5·1 + 20/2)/(5 + 20)
    const f = hourFactors([40, 20], [10, 20], 5);
    expect(f[0]).toBeCloseTo(25 / 15, 12);
    expect(f[1]).toBeCloseTo(15 / 25, 12);
  });

  it('is what was expected where nothing was seen', () => {
    expect([...hourFactors([0, 0, 8], [0, 0, 4], 2, [0.5, 3, 1])]).toEqual([0.5, 3, 1]);
    expect([...hourFactors([0, 0], [0, 0], 1)]).toEqual([1, 1]);
  });

  it('lies between the prior and the hour’s own ratio, nearer to it the more windows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 50 }), (n, times) => {
        const [f] = hourFactors([n * times, 10_000], [n, 10_000], 10);
        const own = times / ((n * times + 10_000) / (n + 10_000));
        expect(f).toBeGreaterThanOrEqual(Math.min(1, own) - 1e-9);
        expect(f).toBeLessThanOrEqual(Math.max(1, own) + 1e-9);
        expect(Math.abs(f! - own)).toBeCloseTo((10 / (10 + n)) * Math.abs(1 - own), 9);
      }),
    );
  });
});
