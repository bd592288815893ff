import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chance } from '../bench/chance.mjs';
import { type Cusum, cusumRunLength, FRESH_CUSUM, stepCusum } from '../dist/stats/cusum.js';

/** Steps until either sum exceeds h, normal values shifted by so many standard deviations. */
function runLength(chance: Chance, k: number, h: number, shift: number): number {
  let sums: Cusum = FRESH_CUSUM;
  for (let n = 1; ; n++) {
    const z = Math.sqrt(2 * chance.exponential(1)) * Math.cos(2 * Math.PI * chance.uniform()) + shift;
    sums = stepCusum(sums, z, k);
    if (sums.up > h || sums.down > h) return n;
  }
}

describe('stepCusum', () => {
  // Montgomery (2009), "Introduction to statistical quality control", table 9.3, k = ½.
  it.each([
    [4, 0, 168],
    [4, 0.5, 26.6],
    [4, 1, 8.38],
    [5, 0, 465],
    [5, 0.5, 38],
    [5, 1, 10.4],
    [5, 2, 4.01],
  ])('has the run length of the table: h %d, shift %d: %d', (h, shift, expected) => {
    const chance = new Chance(h * 100 + shift * 10);
    const runs = 4000;
    let sum = 0;
    for (let i = 0; i < runs; i++) sum += runLength(chance, 0.5, h, shift);
    // Run lengths spread about as much as their mean; four standard errors.
    expect(Math.abs(sum / runs / expected - 1)).toBeLessThan(4 / Math.sqrt(runs));
  });

  it('never falls below 0, mirrors with the sign, and forgets nothing but what is below the allowance', () => {
    const z = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(z, fc.double({ min: 0, max: 3, noNaN: true }), (values, k) => {
        let [sums, mirrored] = [FRESH_CUSUM, FRESH_CUSUM];
        for (const value of values) {
          [sums, mirrored] = [stepCusum(sums, value, k), stepCusum(mirrored, -value, k)];
          expect(sums.up).toBeGreaterThanOrEqual(0);
          expect([sums.up, sums.down]).toEqual([mirrored.down, mirrored.up]);
        }
        const worst = values.map((_, i) => values.slice(i).reduce((sum, v) => sum + v - k, 0));
        expect(sums.up).toBeCloseTo(Math.max(0, ...worst), 9);
      }),
    );
  });
});

describe('cusumRunLength', () => {
  it('is within 3 % of the table for k = ½ (Montgomery 2009, table 9.3)', () => {
    const table = [
      [4, 0, 168],
      [4, 0.25, 74.2],
      [4, 0.5, 26.6],
      [4, 1, 8.38],
      [5, 0, 465],
      [5, 0.25, 139],
      [5, 0.5, 38],
      [5, 1, 10.4],
    ] as const;
    for (const [h, shift, expected] of table) {
      expect(Math.abs(cusumRunLength(0.5, h, shift) / expected - 1)).toBeLessThan(0.03);
    }
  });
});
