import { describe, expect, it } from 'vitest';
import { takeRows } from '../dist/stats/matrix.js';
import { trimmedCovariance } from '../dist/stats/trimmed-covariance.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';
import { correlatedTable, matrixOf } from './stats-tables.js';

/** 20 rows of which one lies far off. */
function spoiled() {
  const table = correlatedTable(20, 3);
  [30, -30, 30].forEach((far, j) => {
    table.values[3 * 7 + j]! += far;
  });
  return table;
}

describe('trimmedCovariance', () => {
  it('is three steps of sklearn.covariance.ledoit_wolf and scipy.spatial.distance.mahalanobis by hand', () => {
    // scikit-learn 1.2.1, SciPy 1.10.1: of 20 rows the nearest 15 are kept, 1/20 is added to the diagonal.
    const { mean, lower } = trimmedCovariance(spoiled(), 0.75, 3);
    const means = [5.3, 5.966666666666667, 6.683333333333334];
    const factor = [
      3.584761324845891, 0, 0, 2.0752156362459284, 1.805605840490545, 0, 2.255773609033989, 0.734713512714703,
      2.1036982782441194,
    ];
    means.forEach((value, j) => {
      expect(mean[j]).toBeCloseTo(value, 12);
    });
    factor.forEach((value, at) => {
      expect(lower[at]).toBeCloseTo(value, 10);
    });
  });

  it('does not depend on the order of the rows', () => {
    const table = spoiled();
    const shuffled = takeRows(table, UniformStream.seeded(5).sample(20, 20));
    const [a, b] = [trimmedCovariance(table, 0.75, 3), trimmedCovariance(shuffled, 0.75, 3)];
    a.mean.forEach((value, j) => {
      expect(b.mean[j]).toBeCloseTo(value, 10);
    });
  });

  it('is finite where all rows are the same and where there are more columns than rows', () => {
    for (const table of [matrixOf(new Array(10).fill([1, 2, 3])), correlatedTable(8, 20)]) {
      const { mean, lower } = trimmedCovariance(table, 0.75, 3);
      expect([...mean, ...lower].every(Number.isFinite)).toBe(true);
    }
    expect(trimmedCovariance(matrixOf(new Array(10).fill([1, 2])), 0.75, 3).lower[0]).toBeCloseTo(Math.sqrt(0.1), 12);
  });
});
