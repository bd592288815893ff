import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backOff, discount, ownShare } from '../dist/stats/pitman-yor.js';

const CAP = 0.95;

describe('discount', () => {
  it('is the share of values seen once, with one pseudo-value of the rung’s mean', () => {
    expect(discount(3, 9, 0.5, CAP)).toBeCloseTo(0.35, 15);
    expect(discount(0, 9, 0, CAP)).toBe(0);
    expect(discount(0, 0, 0.4, CAP)).toBe(0.4);
  });

  it('stays below the cap where every value is new', () => {
    expect(discount(20, 20, 1, CAP)).toBe(CAP);
  });
});

describe('the interpolation', () => {
  it('predicts by hand: n = 3, 1, 1; d = 0.5; θ = 0.5; coarser P = 0.1', () => {
    // N = 5, D = 1.5: own (3 − 0.5)/5.5, back-off (0.5 + 1.5)/5.5.
    expect(ownShare(3, 5, 0.5, 0.5)).toBeCloseTo(0.45454545454545453, 15);
    expect(backOff(5, 1.5, 0.5)).toBeCloseTo(0.36363636363636365, 15);
    expect(ownShare(3, 5, 0.5, 0.5) + backOff(5, 1.5, 0.5) * 0.1).toBeCloseTo(0.4909090909090909, 15);
  });

  it('is the coarser rung alone where nothing was seen', () => {
    expect(backOff(0, 0, 0.5)).toBe(1);
    expect(ownShare(0, 0, 0.3, 0.5)).toBe(0);
  });

  it('sums to 1 for any counts, decayed ones below the discount included', () => {
    const counts = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
    const unit = fc.double({ min: 0, max: CAP, noNaN: true });
    fc.assert(
      fc.property(counts, unit, fc.double({ min: 1e-3, max: 100, noNaN: true }), (n, d, theta) => {
        const total = n.reduce((a, b) => a + b, 0);
        const freed = n.reduce((a, b) => a + Math.min(b, d), 0);
        const own = n.reduce((a, b) => a + ownShare(b, total, d, theta), 0);
        expect(own + backOff(total, freed, theta)).toBeCloseTo(1, 9);
        expect(backOff(total, freed, theta)).toBeGreaterThan(0);
        expect(backOff(total, freed, theta)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('makes news cheaper the more values were seen once', () => {
    const dear = backOff(100, 2 * discount(0, 2, 0.2, CAP), 0.5);
    const cheap = backOff(100, 100 * discount(100, 100, 0.2, CAP), 0.5);
    expect(cheap / dear).toBeGreaterThan(100);
  });
});
