import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbourDistance } from '../dist/stats/neighbour-distance.js';
import { matrixOf, modularTable } from './stats-tables.js';

const points = matrixOf([
  [0, 0, 0, 0],
  [1, 2, 3, 4],
  [5.5, 5.5, 0, 0],
]);

describe('neighbourDistance', () => {
  it('is sklearn.neighbors.NearestNeighbors(algorithm="brute").kneighbors of scikit-learn 1.2.1', () => {
    const third = neighbourDistance(points, modularTable(12, 4), 3);
    [4.670385423067351, 2.0463381929681126, 4.589389937671455].forEach((value, i) => {
      expect(third.distance[i]).toBeCloseTo(value, 12);
    });
    expect([...third.index]).toEqual([4, 0, 1]);
    const first = neighbourDistance(points, modularTable(12, 4), 1);
    expect(first.distance[0]).toBeCloseTo(3.491060010942235, 12);
    expect([...first.index]).toEqual([6, 8, 7]);
  });

  it('finds a copy at distance 0, and the farthest where there are fewer references than k', () => {
    const table = modularTable(5, 4);
    expect([...neighbourDistance(table, table, 1).distance]).toEqual([0, 0, 0, 0, 0]);
    const [all, more] = [neighbourDistance(points, table, 5), neighbourDistance(points, table, 9)];
    expect(more).toEqual(all);
  });

  it('is the k-th of all distances, over several blocks and many columns, ties by the smaller index', () => {
    const row = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 11, maxLength: 11 });
    const rows = (maxLength: number) => fc.array(row, { minLength: 1, maxLength });
    fc.assert(
      fc.property(rows(70), rows(30), fc.integer({ min: 1, max: 5 }), (some, references, k) => {
        const found = neighbourDistance(matrixOf(some), matrixOf(references), k);
        some.forEach((point, i) => {
          const all = references.map((r, index) => ({
            index,
            sum: r.reduce((s, x, j) => s + (x - point[j]!) ** 2, 0),
          }));
          all.sort((a, b) => a.sum - b.sum || a.index - b.index);
          const kth = all[Math.min(k, all.length) - 1]!;
          expect(found.distance[i]).toBeCloseTo(Math.sqrt(kth.sum), 12);
          expect(found.index[i]).toBe(kth.index);
        });
      }),
    );
  });
});
