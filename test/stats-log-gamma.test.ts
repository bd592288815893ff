import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { devianceTerm, logGamma, stirlingError } from '../dist/stats/log-gamma.js';
import { log1mExp, logSumExp } from '../dist/stats/log-sum-exp.js';

describe('logGamma', () => {
  it('is mpmath.loggamma to 13 digits', () => {
    const reference = [
      [0.001, 6.907178885383853],
      [0.3, 1.0957979948180756],
      [1.5, -0.12078223763524522],
      [7.25, 7.0521854507385395],
      [15.9, 27.625493215168692],
      [1e6, 12815504.569147611],
    ] as const;
    for (const [x, ln] of reference) expect(logGamma(x) / ln).toBeCloseTo(1, 12);
  });

  it('has Γ(x + 1) = x·Γ(x)', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e4, noNaN: true }), (x) => {
        expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 9);
      }),
    );
  });
});

describe('stirlingError', () => {
  it('is what mpmath says at 60 digits, on both sides of the series', () => {
    expect(stirlingError(0.5)).toBeCloseTo(0.15342640972002736, 13);
    expect(stirlingError(15.9)).toBeCloseTo(0.005240399880756108, 13);
    expect(stirlingError(16.1)).toBeCloseTo(0.005175318558359873, 15);
    expect(stirlingError(1e5)).toBeCloseTo(8.333333333305556e-7, 20);
  });
});

describe('devianceTerm', () => {
  it('does not cancel: of x = m(1 + h) it is m·(h²/2 − h³/6) for small h', () => {
    expect(devianceTerm(1e9 + 1, 1e9) / 5e-10).toBeCloseTo(1, 6);
    expect(devianceTerm(7, 7)).toBe(0);
    expect(devianceTerm(20, 5)).toBeCloseTo(20 * Math.log(4) - 15, 12);
  });
});

describe('logSumExp', () => {
  it('is numpy.logaddexp where exp underflows', () => {
    expect(logSumExp([-10_000, -10_001])).toBeCloseTo(-9999.686738312, 8);
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
    expect(logSumExp([Number.NEGATIVE_INFINITY, 3])).toBe(3);
  });
});

describe('log1mExp', () => {
  it('keeps both ends: 1 − e^−1e-20 and 1 − e^−50', () => {
    expect(log1mExp(-1e-20)).toBeCloseTo(Math.log(1e-20), 12);
    expect(log1mExp(-50) / -Math.exp(-50)).toBeCloseTo(1, 12);
    expect(log1mExp(0)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is its own inverse', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: -1e-6, noNaN: true }), (x) => {
        expect(log1mExp(log1mExp(x)) / x).toBeCloseTo(1, 2);
      }),
    );
  });
});
