import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ledoitWolf } from '../dist/stats/ledoit-wolf.js';
import { correlatedTable, matrixOf } from './stats-tables.js';

describe('ledoitWolf', () => {
  it('is sklearn.covariance.ledoit_wolf of scikit-learn 1.2.1', () => {
    const { covariance, shrinkage } = ledoitWolf(correlatedTable(40, 4));
    expect(shrinkage).toBeCloseTo(0.05727344934973232, 12);
    const expected = [
      20.069919492798505, 13.20715707153964, 13.455506597226565, 11.305206255602721, 13.20715707153964,
      11.820141543211548, 9.234927195016489, 7.5439850952993455, 13.455506597226565, 9.234927195016489,
      13.530601028547629, 7.439180417051271, 11.305206255602721, 7.5439850952993455, 7.439180417051271,
      10.41047074794232,
    ];
    expected.forEach((value, at) => {
      expect(covariance[at]).toBeCloseTo(value, 10);
    });
  });

  it('is the same function with more columns than rows, 5 × 9', () => {
    const { covariance, shrinkage } = ledoitWolf(correlatedTable(5, 9));
    expect(shrinkage).toBeCloseTo(0.10687884146459979, 12);
    expect(covariance[0]).toBeCloseTo(18.70951889267333, 10);
    expect(covariance[1]).toBeCloseTo(11.856183379557438, 10);
    expect(covariance[80]).toBeCloseTo(18.48623860303948, 10);
  });

  it('is all identity where columns are equal and independent, and 0 where all rows are the same', () => {
    const { covariance, shrinkage } = ledoitWolf(
      matrixOf([
        [1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ]),
    );
    expect(shrinkage).toBe(1);
    expect([...covariance]).toEqual([1, 0, 0, 1]);
    expect([
      ...ledoitWolf(
        matrixOf([
          [2, 3],
          [2, 3],
        ]),
      ).covariance,
    ]).toEqual([0, 0, 0, 0]);
  });

  it('does not depend on where the rows lie or in which order, keeps the trace, is symmetric', () => {
    const rows = fc.array(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 3 }), {
      minLength: 2,
      maxLength: 20,
    });
    fc.assert(
      fc.property(rows, fc.integer({ min: -50, max: 50 }), (table, shift) => {
        const of = ledoitWolf(matrixOf(table));
        const moved = ledoitWolf(matrixOf([...table].reverse().map((row) => row.map((x) => x + shift))));
        expect(moved.shrinkage).toBeCloseTo(of.shrinkage, 8);
        of.covariance.forEach((value, at) => {
          expect(moved.covariance[at]).toBeCloseTo(value, 7);
          expect(of.covariance[(at % 3) * 3 + Math.floor(at / 3)]).toBe(value);
        });
        const variance = (j: number) => {
          const mean = table.reduce((sum, row) => sum + row[j]!, 0) / table.length;
          return table.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / table.length;
        };
        const trace = of.covariance[0]! + of.covariance[4]! + of.covariance[8]!;
        expect(trace).toBeCloseTo(variance(0) + variance(1) + variance(2), 8);
      }),
    );
  });
});
