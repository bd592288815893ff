import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnScale, standardise } from '../dist/stats/column-scale.js';
import { correlatedTable, matrixOf } from './stats-tables.js';

describe('columnScale', () => {
  it('is sklearn.preprocessing.StandardScaler of scikit-learn 1.2.1', () => {
    const { mean, scale } = columnScale(correlatedTable(40, 4), 1);
    const means = [6.075, 6.89375, 6.75625, 6.66875];
    const scales = [4.52120006193046, 3.419104186406141, 3.674867131951848, 3.192954891241027];
    means.forEach((value, j) => {
      expect(mean[j]).toBeCloseTo(value, 12);
      expect(scale[j]).toBeCloseTo(scales[j]!, 12);
    });
  });

  it('gives a constant column the scale it was told, also where rounding makes it vary', () => {
    expect([...columnScale(matrixOf([[5], [5], [5]]), 2).scale]).toEqual([2]);
    expect([...columnScale(matrixOf([[0.1], [0.1], [0.1]]), 2).scale]).toEqual([2]);
    expect([...columnScale(matrixOf([[0.1 + 0.2], [0.3], [0.3]]), 2).scale]).toEqual([2]);
  });

  it('makes columns of mean 0 and variance 1, whatever their unit', () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.integer({ min: 0, max: 9 })), {
      minLength: 3,
      maxLength: 30,
    });
    fc.assert(
      fc.property(rows, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (table, unit) => {
        fc.pre(new Set(table.map(([a]) => a)).size > 1);
        const matrix = matrixOf(table.map(([a, b]) => [a * unit, b]));
        const { values } = standardise(matrix, columnScale(matrix, 1));
        const first = values.filter((_, at) => at % 2 === 0);
        const mean = first.reduce((a, b) => a + b, 0) / first.length;
        expect(mean).toBeCloseTo(0, 9);
        expect(first.reduce((a, b) => a + (b - mean) ** 2, 0) / first.length).toBeCloseTo(1, 9);
      }),
    );
  });

  it('stays finite up to the largest values, and keeps their order up to 10⁶', () => {
    const matrix = matrixOf([
      [0, 1e-300],
      [1, 2e-300],
      [2, 3e-300],
    ]);
    const scale = columnScale(matrix, 1);
    const far = standardise(
      matrixOf([
        [1e100, 1e100],
        [-1e100, 1e5],
        [1e5, 0],
      ]),
      scale,
    );
    expect([...far.values].every(Number.isFinite)).toBe(true);
    expect(far.values[0]).toBe(1e6);
    expect(far.values[2]).toBe(-1e6);
    expect(far.values[4]).toBeCloseTo((1e5 - 1) / Math.sqrt(2 / 3), 6);
  });
});
