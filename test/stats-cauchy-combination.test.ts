import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cauchyScore, lnCauchyP } from '../dist/stats/cauchy-combination.js';

const ln = (p: readonly number[]) => p.map(Math.log);
const CAP = 0.99;

describe('cauchyScore', () => {
  it.each([
    [[0.01, 0.2, 0.9], 2.4015013188607544, -3.454573782426478],
    [[1e-8, 1], 16.582802740703443, -17.72753256372093],
    [[0.6, 0.8, 1], -2.49929753500088, -0.028822528835444238],
    [[0.3], 0.546120870041124, -1.2039728043259361],
  ])('of %j is the mean of tangents at 40 digits (mpmath), its p that of scipy.stats.cauchy.logsf', (p, score, lnP) => {
    expect(cauchyScore(ln(p), CAP)).toBeCloseTo(score, 10);
    expect(lnCauchyP(cauchyScore(ln(p), CAP))).toBeCloseTo(lnP, 9);
  });

  it('gives one p back, down to ln p = −10,000', () => {
    for (const lnP of [-0.1, -1, -5, -17, -19, -39, -45, -700, -10_000]) {
      expect(lnCauchyP(cauchyScore([lnP], CAP)) / lnP).toBeCloseTo(1, 9);
    }
  });

  it('does not let an ordinary event cancel an attack, which p = 1 uncapped would', () => {
    expect(cauchyScore([-18, 0, 0, 0], CAP)).toBeGreaterThan(15);
    expect(cauchyScore([-18, 0], 1 - 1e-9)).toBeLessThan(0);
  });

  it('rises as any p falls, in any order, never NaN', () => {
    const lnP = fc.double({ min: -10_000, max: 0, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(lnP, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (ps, less) => {
          const score = cauchyScore(ps, CAP);
          expect(cauchyScore([ps[0]! - less, ...ps.slice(1)], CAP)).toBeGreaterThanOrEqual(score - 1e-9);
          expect(cauchyScore([...ps].reverse(), CAP)).toBeCloseTo(score, 8);
          expect(lnCauchyP(score)).toBeLessThanOrEqual(0);
        },
      ),
    );
  });
});
