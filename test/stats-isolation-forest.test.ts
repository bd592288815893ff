import { describe, expect, it } from 'vitest';
import {
  addIsolationShares,
  growIsolationForest,
  isolationScores,
  meanPathLength,
} from '../dist/stats/isolation-forest.js';
import { matrixOf, modularTable, rowOf } from './stats-tables.js';

describe('isolation forest', () => {
  it('has the mean path length of sklearn.ensemble._iforest._average_path_length (scikit-learn 1.2.1)', () => {
    const expected = { 1: 0, 2: 1, 3: 1.207392357589623, 10: 3.748880484475504, 256: 10.244770920119917 };
    for (const [n, value] of Object.entries(expected)) expect(meanPathLength(Number(n))).toBeCloseTo(value, 12);
  });

  it('scores as sklearn.ensemble.IsolationForest(n_estimators=100, max_samples=32), mean of 40 seeds each', () => {
    const table = modularTable(60, 3);
    const middle = [0, 1, 2].map((j) => table.values.filter((_, at) => at % 3 === j).reduce((a, b) => a + b, 0) / 60);
    const points = matrixOf([[9, 9, 9], middle, [0, 5.5, 20], ...[0, 1, 2, 3, 4].map((i) => [...rowOf(table, i)])]);
    const expected = [
      0.6468855718343596, 0.46817210580776436, 0.6194999164427117, 0.5069695557583456, 0.48175938485983066,
      0.516402060348937, 0.5565628850501071, 0.47147054797195304,
    ];
    const sums = new Float64Array(points.rows);
    for (let seed = 0; seed < 40; seed++) {
      isolationScores(growIsolationForest(table, 100, 32, seed), points).forEach((score, i) => {
        sums[i]! += score / 40;
      });
    }
    // A mean of 40 forests has a standard deviation below 0.002.
    expected.forEach((value, i) => {
      expect(Math.abs(sums[i]! - value)).toBeLessThan(0.006);
    });
  });

  it('is the same forest for the same seed, another for another', () => {
    const grow = (seed: number) => growIsolationForest(modularTable(60, 3), 5, 16, seed);
    expect(grow(4)).toEqual(grow(4));
    expect(grow(5).cut).not.toEqual(grow(4).cut);
  });

  it('splits as its arrays say: children of a node hold its rows, leaves are whole, cuts leave none empty', () => {
    const { column, child, size, depth, roots } = growIsolationForest(modularTable(200, 2), 20, 64, 1);
    expect([...roots].every((root) => size[root] === 64)).toBe(true);
    column.forEach((j, node) => {
      if (j < 0) {
        expect(depth[node]).toBeGreaterThanOrEqual(meanPathLength(size[node]!));
        return;
      }
      const left = child[node]!;
      expect(size[left]! + size[left + 1]!).toBe(size[node]);
      expect(Math.min(size[left]!, size[left + 1]!)).toBeGreaterThan(0);
    });
  });

  it('never splits a column that does not vary, and scores all the same where none does', () => {
    const constant = growIsolationForest(matrixOf(new Array(20).fill([1, 2])), 10, 16, 1);
    expect([...constant.column].every((j) => j === -1)).toBe(true);
    const scores = isolationScores(
      constant,
      matrixOf([
        [1, 2],
        [9, 9],
      ]),
    );
    for (const score of scores) expect(score).toBeCloseTo(0.5, 12);
    const one = growIsolationForest(matrixOf(Array.from({ length: 20 }, (_, i) => [7, i])), 10, 16, 1);
    expect([...one.column].some((j) => j === 1)).toBe(true);
    expect([...one.column].every((j) => j !== 0)).toBe(true);
  });

  it('blames the column that sets a point apart', () => {
    const forest = growIsolationForest(modularTable(200, 4), 100, 64, 1);
    const shares = new Float64Array(4);
    addIsolationShares(forest, [2, 2, 40, 2], shares);
    expect(shares.indexOf(Math.max(...shares))).toBe(2);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
  });
});
