import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combine, type Evidence } from '../dist/decide/combine.js';
import { decisionModel } from '../dist/decide/spec.js';
import { cauchyScore } from '../dist/stats/cauchy-combination.js';

const { constants } = decisionModel();
const of = (key: string, lnP: number, trust = 1): Evidence => ({ key, lnP, trust });

describe('combine', () => {
  it('is the mean of tangents over what is distinct: a signature a thousand times is no more evidence than once', () => {
    const once = combine([of('a', -12), of('b', -0.4)], constants);
    const often = combine([of('b', -0.1), ...new Array(1000).fill(of('a', -12)), of('b', -0.4)], constants);
    expect(often).toEqual(once);
    expect(once.score).toBeCloseTo(cauchyScore([-12, -0.4], 0.99), 12);
    expect(once.evidence.map((e) => e.key)).toEqual(['a', 'b']);
  });

  it('does not let ordinary events cancel an attack at 10^−8', () => {
    const ordinary = Array.from({ length: 20 }, (_, i) => of(`n${i}`, 0));
    const attacked = combine([of('x', Math.log(1e-8)), ...ordinary], constants).score;
    expect(attacked).toBeGreaterThan(12);
    expect(combine(ordinary, constants).score).toBeLessThan(0);
  });

  it('counts the p of a broken calibration for less, also alone', () => {
    expect(combine([of('a', -40, 0.25)], constants).score).toBeCloseTo(combine([of('a', -10)], constants).score, 9);
    // Of two with one key the one that counts more after trust is kept.
    expect(combine([of('a', -40, 0.25), of('a', -12)], constants).evidence).toEqual([of('a', -12)]);
  });

  it('refuses no evidence, and what is no ln p', () => {
    expect(() => combine([], constants)).toThrow('got none');
    expect(() => combine([of('a', Number.NaN)], constants)).toThrow('got NaN');
    expect(() => combine([of('a', 0.5)], constants)).toThrow('at most 0');
  });

  it('gives the same bytes in any order, ties included', () => {
    const evidence = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      lnP: fc.oneof(fc.constantFrom(0, -1, -5), fc.double({ min: -10_000, max: 0, noNaN: true })),
      trust: fc.constant(1),
    });
    fc.assert(
      fc.property(fc.array(evidence, { minLength: 1, maxLength: 12 }), fc.integer(), (all, seed) => {
        const shuffled = all
          .map((e, i) => [Math.imul(i + 1, seed | 1) >>> 0, e] as const)
          .sort(([a], [b]) => a - b)
          .map(([, e]) => e);
        const a = combine(all, constants);
        expect(JSON.stringify(combine(shuffled, constants))).toBe(JSON.stringify(a));
        expect(Number.isNaN(a.score)).toBe(false);
      }),
    );
  });
});
