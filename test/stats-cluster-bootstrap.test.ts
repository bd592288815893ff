import { describe, expect, it } from 'vitest';
import { clusterBootstrap } from '../dist/stats/cluster-bootstrap.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';

const HITS = [0, 0, 3, 0, 1, 0, 0, 7, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0];
const SIZES = [5, 9, 12, 4, 8, 30, 2, 14, 6, 6, 9, 11, 3, 7, 5, 20, 8, 1, 16, 10];

describe('clusterBootstrap', () => {
  it('is that of scipy.stats.bootstrap 1.17, paired percentile with 200,000 draws: 0.0255 to 0.1871', () => {
    const { share, from, to } = clusterBootstrap(HITS, SIZES, 0.95, 40_000);
    expect(share).toBeCloseTo(18 / 186, 12);
    expect(from).toBeCloseTo(0.0255, 2);
    expect(Math.abs(to - 0.1871)).toBeLessThan(0.004);
  });

  it('is wider for clusters than for the same units one by one', () => {
    const width = (hits: number[], sizes: number[]) => {
      const { from, to } = clusterBootstrap(hits, sizes, 0.95, 2000);
      return to - from;
    };
    const ones = HITS.flatMap((h, i) => Array.from({ length: SIZES[i]! }, (_, k) => (k < h ? 1 : 0)));
    const single = width(ones, new Array(ones.length).fill(1));
    expect(width(HITS, SIZES)).toBeGreaterThan(1.5 * single);
  });

  it('draws units with their clusters: where every unit counts, every share is 1', () => {
    expect(clusterBootstrap(SIZES, SIZES)).toEqual({ share: 1, from: 1, to: 1 });
  });

  it('covers the truth about as often as it says, where clusters are all or nothing', () => {
    const chance = UniformStream.seeded(3);
    let covered = 0;
    for (let trial = 0; trial < 300; trial++) {
      const sizes = Array.from({ length: 120 }, () => 1 + chance.index(9));
      const hits = sizes.map((n) => (chance.next() < 0.1 ? n : 0));
      const { from, to } = clusterBootstrap(hits, sizes, 0.95, 300, chance);
      if (from <= 0.1 && to >= 0.1) covered++;
    }
    expect(covered / 300).toBeGreaterThan(0.88);
    expect(covered / 300).toBeLessThan(0.99);
  });

  it('says what no hits leave open, and nothing of no units', () => {
    expect(clusterBootstrap([0, 0, 0], [5, 5, 5])).toEqual({ share: 0, from: 0, to: 1 });
    expect(clusterBootstrap(new Array(300).fill(0), new Array(300).fill(4)).to).toBeCloseTo(0.01, 12);
    expect(clusterBootstrap([], []).share).toBeNaN();
  });

  it('is the same for the same seed', () => {
    expect(clusterBootstrap(HITS, SIZES)).toEqual(clusterBootstrap(HITS, SIZES));
  });
});
