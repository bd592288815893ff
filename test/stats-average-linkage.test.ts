import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageLinkage, clustersBelow } from '../dist/stats/average-linkage.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';

/** scipy.cluster.hierarchy.linkage(d, 'average') and fcluster(z, 0.4, 'distance') of SciPy 1.17.1. */
const DISTANCES = [
  0.687, 0.331, 0.625, 0.462, 0.702, 0.589, 0.373, 0.386, 0.8, 0.97, 0.241, 0.483, 0.574, 0.425, 0.602, 0.294, 0.64,
  0.59, 0.423, 0.377, 0.705, 0.864, 0.613, 0.441, 0.559, 0.99, 0.535, 0.55, 0.31, 0.377, 0.177, 0.336, 0.866, 0.269,
  0.823, 0.555,
];
const HEIGHTS = [0.177, 0.241, 0.294, 0.3025, 0.386, 0.4795, 0.6036, 0.637714];
const LABELS = [2, 3, 1, 1, 3, 4, 4, 4, 2];

const condensed = (points: readonly number[]) =>
  Float64Array.from(points.flatMap((p, i) => points.slice(i + 1).map((q) => Math.abs(p - q))));

/** The partition that labels make, as sorted lists of items. */
function partition(labels: Iterable<number>): string[] {
  const groups = new Map<number, number[]>();
  [...labels].forEach((label, i) => {
    groups.set(label, [...(groups.get(label) ?? []), i]);
  });
  return [...groups.values()].map(String).sort();
}

/** By the definition: of all pairs of clusters those of the smallest mean distance merge. O(n⁴). */
function byDefinition(d: Float64Array, n: number): number[] {
  const between = (i: number, j: number) => {
    const [a, b] = i < j ? [i, j] : [j, i];
    return d[a * n - (a * (a + 1)) / 2 + b - a - 1]!;
  };
  let clusters = Array.from({ length: n }, (_, i) => [i]);
  const heights: number[] = [];
  while (clusters.length > 1) {
    let best = { height: Number.POSITIVE_INFINITY, a: clusters[0]!, b: clusters[0]! };
    for (const a of clusters) {
      for (const b of clusters) {
        if (a === b) continue;
        const sum = a.reduce((s, i) => s + b.reduce((t, j) => t + between(i, j), 0), 0);
        const height = sum / (a.length * b.length);
        if (height < best.height) best = { height, a, b };
      }
    }
    heights.push(best.height);
    clusters = [...clusters.filter((c) => c !== best.a && c !== best.b), [...best.a, ...best.b]];
  }
  return heights;
}

describe('average linkage', () => {
  it('is what SciPy finds', () => {
    const merges = averageLinkage(Float64Array.from(DISTANCES), 9);
    merges.forEach(({ height }, i) => {
      expect(height).toBeCloseTo(HEIGHTS[i]!, 5);
    });
    expect(partition(clustersBelow(merges, 9, 0.4))).toEqual(partition(LABELS));
  });

  it('merges one item less than there are, by rising heights, and a larger cut only joins', () => {
    const points = fc.uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        points,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (p, x, y) => {
          const n = p.length;
          const merges = averageLinkage(condensed(p), n);
          expect(merges).toHaveLength(n - 1);
          merges.forEach(({ a, b, height }, i) => {
            expect(a).toBeLessThan(b);
            expect(height).toBeGreaterThanOrEqual(merges[i - 1]?.height ?? 0);
          });
          const [fine, coarse] = [Math.min(x, y), Math.max(x, y)].map((cut) => clustersBelow(merges, n, cut));
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < i; j++) if (fine![i] === fine![j]) expect(coarse![i]).toBe(coarse![j]);
          }
        },
      ),
    );
  });

  it('has the heights of its definition', () => {
    const n = 8;
    // By chance, for the smallest counterexamples are ties but for a rounding.
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const stream = UniformStream.seeded(seed);
        const list = Array.from({ length: 28 }, () => stream.bits());
        const expected = byDefinition(Float64Array.from(list), n);
        averageLinkage(Float64Array.from(list), n).forEach(({ height }, i) => {
          expect(height).toBeCloseTo(expected[i]!, 3);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order of the items', () => {
    const n = 7;
    const some = fc.uniqueArray(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 21, maxLength: 21 });
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 });
    fc.assert(
      fc.property(some, order, fc.double({ min: 0, max: 1, noNaN: true }), (list, mapped, cut) => {
        const at = (i: number, j: number) => {
          const [a, b] = i < j ? [i, j] : [j, i];
          return list[a * n - (a * (a + 1)) / 2 + b - a - 1]!;
        };
        const shuffled = mapped.flatMap((p, i) => mapped.slice(i + 1).map((q) => at(p, q)));
        const plain = clustersBelow(averageLinkage(Float64Array.from(list), n), n, cut);
        const moved = clustersBelow(averageLinkage(Float64Array.from(shuffled), n), n, cut);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            expect(moved[i] === moved[j]).toBe(plain[mapped[i]!] === plain[mapped[j]!]);
          }
        }
      }),
    );
  });

  it('takes none and one, and ties', () => {
    expect(averageLinkage(new Float64Array(0), 0)).toEqual([]);
    expect(averageLinkage(new Float64Array(0), 1)).toEqual([]);
    const merges = averageLinkage(new Float64Array(6).fill(0.5), 4);
    expect(merges.map(({ height }) => height)).toEqual([0.5, 0.5, 0.5]);
    expect([...clustersBelow(merges, 4, 0.49)]).toEqual([0, 1, 2, 3]);
    expect([...clustersBelow(merges, 4, 0.5)]).toEqual([0, 0, 0, 0]);
  });
});
