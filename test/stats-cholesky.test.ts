import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cholesky, invertFromCholesky, solveLower, squaredMahalanobis } from '../dist/stats/cholesky.js';
import { ledoitWolf } from '../dist/stats/ledoit-wolf.js';
import { correlatedTable } from './stats-tables.js';

/** A = B·Bᵀ + I, positive definite whatever B. */
const positive = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 16, maxLength: 16 }).map((b) => {
  const dot = (i: number, j: number) => [0, 1, 2, 3].reduce((sum, k) => sum + b[4 * i + k]! * b[4 * j + k]!, 0);
  return Float64Array.from({ length: 16 }, (_, at) => dot(Math.floor(at / 4), at % 4) + (at % 5 === 0 ? 1 : 0));
});

describe('cholesky', () => {
  const { mean, covariance } = ledoitWolf(correlatedTable(40, 4));
  const lower = cholesky(covariance, 4);

  it('is scipy.linalg.cholesky(lower=True) of SciPy 1.10.1', () => {
    const expected = [
      4.479946371643137, 0, 0, 0, 2.948061422149474, 1.768919273015467, 0, 0, 3.003497247734108, 0.215065115318078,
      2.1126647409313404, 0, 2.523513747209488, 0.05908215851423989, -0.07236959352022748, 2.008387675740434,
    ];
    expected.forEach((value, at) => {
      expect(lower[at]).toBeCloseTo(value, 10);
    });
  });

  it('gives scipy.spatial.distance.mahalanobis squared, and the inverse of numpy.linalg.inv', () => {
    expect(squaredMahalanobis(lower, mean, Float64Array.of(1, 2, 3, 4))).toBeCloseTo(2.0750922144127006, 10);
    const row = [0.34449489319028476, -0.18899157081823725, -0.13705164215583746, -0.13921410191407904];
    const inverse = invertFromCholesky(lower, 4);
    row.forEach((value, j) => {
      expect(inverse[j]).toBeCloseTo(value, 10);
      expect(inverse[4 * j]).toBeCloseTo(value, 10);
    });
  });

  it('refuses what is not positive definite', () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(
      'requires a positive definite matrix, got a pivot of -3',
    );
  });

  it('multiplies back: L·Lᵀ = A, L·z = x, A·A⁻¹ = I', () => {
    fc.assert(
      fc.property(positive, (a) => {
        const l = cholesky(a, 4);
        const product = (x: Float64Array, y: Float64Array, i: number, j: number) =>
          [0, 1, 2, 3].reduce((sum, k) => sum + x[4 * i + k]! * y[4 * k + j]!, 0);
        const transposed = Float64Array.from({ length: 16 }, (_, at) => l[4 * (at % 4) + Math.floor(at / 4)]!);
        const inverse = invertFromCholesky(l, 4);
        const x = Float64Array.of(1, -2, 3, 5);
        const z = solveLower(l, x, new Float64Array(4));
        for (let i = 0; i < 4; i++) {
          expect([0, 1, 2, 3].reduce((sum, k) => sum + l[4 * i + k]! * z[k]!, 0)).toBeCloseTo(x[i]!, 8);
          for (let j = 0; j < 4; j++) {
            expect(product(l, transposed, i, j)).toBeCloseTo(a[4 * i + j]!, 8);
            expect(product(a, inverse, i, j)).toBeCloseTo(i === j ? 1 : 0, 6);
          }
        }
      }),
    );
  });
});
