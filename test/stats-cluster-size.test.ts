import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterSize } from '../dist/stats/cluster-size.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';

/** Histograms of clusters of scores, each a list of bins. */
function histograms(clusters: readonly (readonly number[])[]): [Float64Array, Float64Array] {
  const bins = 1 + Math.max(-1, ...clusters.flat());
  const [counts, peaks] = [new Float64Array(bins), new Float64Array(bins)];
  for (const cluster of clusters) {
    for (const bin of cluster) counts[bin]!++;
    peaks[Math.max(...cluster)]!++;
  }
  return [counts, peaks];
}

const sizeOf = (clusters: readonly (readonly number[])[]) => clusterSize(...histograms(clusters));

describe('clusterSize', () => {
  it('is by how many scores the highest cluster reaches over all others, where there are few', () => {
    expect(sizeOf([[9, 8, 7, 3], [6, 2], [1]])).toBe(3);
    expect(sizeOf([[9, 8, 7, 3], [8, 2], [1]])).toBe(1);
  });

  it('is the mean over the highest tenth, at most ten, where there are many', () => {
    const low = Array.from({ length: 18 }, () => [1, 0]);
    expect(sizeOf([[9, 8, 7, 6], [5, 4], ...low])).toBe(3);
    const many = Array.from({ length: 1000 }, (_, i) => [i, i, i]);
    expect(sizeOf(many)).toBe(3);
  });

  it('counts all clusters that tie at the top', () => {
    const usual = Array.from({ length: 12 }, () => [1, 0]);
    const bursts = [Array.from({ length: 25 }, (_, i) => 60 + i), Array.from({ length: 25 }, (_, i) => 60 + i)];
    expect(sizeOf([...bursts, ...usual])).toBe(25);
    expect(sizeOf(Array.from({ length: 5 }, () => [4, 4, 4]))).toBe(3);
  });

  it('does not take one cluster for all that a next one may be', () => {
    expect(sizeOf([[9, 8, 8, 7, 1]])).toBe(1);
    expect(sizeOf([[9, 8, 8, 7, 1], [2]])).toBe(4);
  });

  it('is the same when all weigh less', () => {
    const [counts, peaks] = histograms([[9, 8, 7, 3], [6, 2], [1]]);
    expect(
      clusterSize(
        counts.map((n) => n / 8),
        peaks.map((n) => n / 8),
      ),
    ).toBeCloseTo(3, 9);
  });

  it('is 1 without clusters, and where each score is one of its own', () => {
    expect(sizeOf([])).toBe(1);
    fc.assert(
      fc.property(fc.array(fc.nat(300), { minLength: 1, maxLength: 80 }), (bins) => {
        expect(sizeOf(bins.map((bin) => [bin]))).toBe(1);
      }),
    );
  });

  it('makes the rank of a new cluster beyond all others as likely as it says', () => {
    // Clusters of nine at one height each: a new one lies above forty others once in 41 times, so that nine scores of 369 do.
    const draw = UniformStream.seeded(7, 7);
    let p = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial++) {
      const [counts, peaks] = histograms(
        Array.from({ length: 40 }, () => new Array<number>(9).fill(Math.floor(1e4 * draw.next()))),
      );
      const own = clusterSize(counts, peaks);
      p += own / (own + 360) / trials;
    }
    expect(p).toBeCloseTo(1 / 41, 3);
  });
});
