import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UniformStream } from '../dist/stats/uniform-stream.js';

describe('UniformStream', () => {
  it('is xoshiro128** of its authors: the vectors of the xoshiro-6502 project, made by the C reference', () => {
    const stream = new UniformStream([0x964d4a0c, 0xd40ab895, 0xad7fdecb, 0x3006f0f0]);
    const found = Array.from({ length: 4 }, () => stream.bits());
    expect(found).toEqual([0xf1391922, 0x6fe53806, 0xa5be2840, 0xf510ee70]);
  });

  it('gives the same numbers for a seed and other numbers for another stream', () => {
    const take = (seed: number, stream?: number) => {
      const u = UniformStream.seeded(seed, stream);
      return Array.from({ length: 5 }, () => u.bits());
    };
    expect(take(7)).toEqual(take(7));
    expect(take(7, 1)).not.toEqual(take(7));
    expect(take(8)).not.toEqual(take(7));
  });

  it('is uniform: χ² of 64,000 numbers in 64 bins lies below its 99.9 % point, 103.4 (scipy.stats.chi2.ppf)', () => {
    const u = UniformStream.seeded(3);
    const counts = new Float64Array(64);
    for (let i = 0; i < 64_000; i++) counts[Math.floor(u.next() * 64)]!++;
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(103.4);
  });

  it('draws different integers of the range, all of them when asked for all', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, n, share) => {
          const size = Math.floor(share * n);
          const drawn = [...UniformStream.seeded(seed).sample(n, size)];
          expect(new Set(drawn).size).toBe(size);
          for (const i of drawn) expect(i >= 0 && i < n).toBe(true);
          const all = [...UniformStream.seeded(seed).sample(n, n)].sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: n }, (_, i) => i));
        },
      ),
    );
  });

  it('draws each integer equally often', () => {
    const counts = new Float64Array(10);
    for (let seed = 0; seed < 10_000; seed++) for (const i of UniformStream.seeded(seed).sample(10, 3)) counts[i]!++;
    // Standard deviation √(10,000 · 0.3 · 0.7) = 46.
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(5 * 46);
  });
});
