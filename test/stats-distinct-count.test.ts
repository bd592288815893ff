import { describe, expect, it } from 'vitest';
import { distinctCount } from '../dist/stats/distinct-count.js';
import { H, mix } from '../dist/tuple/hash.js';

/** The k-th smallest hash of n things. */
function kth(k: number, n: number, seed: number): { hi: number; lo: number } {
  const hashes = Array.from({ length: n }, (_, i) => {
    mix(seed, 0, i, 0);
    return { hi: H.hi, lo: H.lo };
  });
  return hashes.sort((a, b) => a.hi - b.hi || a.lo - b.lo)[k - 1]!;
}

describe('distinctCount', () => {
  it('is (k − 1)/u: the ninth at an eighth of all there can be says 64', () => {
    expect(distinctCount(9, { hi: 2 ** 29, lo: 0 })).toBeCloseTo(64, 6);
    expect(distinctCount(2, { hi: 2 ** 31, lo: 0 })).toBeCloseTo(2, 8);
  });

  it.each([20, 600, 5000])('is unbiased, with the spread of the source: %i things', (n) => {
    const seeds = n > 1000 ? 200 : 1000;
    const estimates = Array.from({ length: seeds }, (_, seed) => distinctCount(9, kth(9, n, seed + 1)) / n);
    const mean = estimates.reduce((a, b) => a + b, 0) / seeds;
    const sd = Math.sqrt(estimates.reduce((a, e) => a + (e - mean) ** 2, 0) / (seeds - 1));
    expect(Math.abs(mean - 1)).toBeLessThan((4 * 0.38) / Math.sqrt(seeds));
    expect(sd).toBeGreaterThan(0.7 * Math.sqrt(1 / 7 - 1 / n));
    expect(sd).toBeLessThan(1.5 * Math.sqrt(1 / 7));
  });
});
