import { cholesky, squaredMahalanobis } from './cholesky.js';
import { ledoitWolf } from './ledoit-wolf.js';
import { type Matrix, takeRows } from './matrix.js';

/** Where the bulk of a table lies: its mean, and the Cholesky factor of its covariance. */
export interface TrimmedCovariance {
  readonly mean: Float64Array;
  readonly lower: Float64Array;
}

/**
 * Mean and Ledoit–Wolf covariance of the `share` of the rows that lie nearest to them by Mahalanobis distance, found from
 * the whole table in `steps` steps (the concentration step of the minimum covariance determinant, begun once and not at
 * random: deterministic). Rousseeuw and Van Driessen (1999), "A fast algorithm for the minimum covariance determinant
 * estimator", theorem 1. It withstands anomalies only where the whole table's distances show them. 1/rows is added to
 * the diagonal, as if one more row lay one unit out in each column: with standardised columns a column that never varied is
 * then worth no more than the rows that showed it. O(steps · rows · columns²).
 */
export function trimmedCovariance(matrix: Matrix, share: number, steps: number): TrimmedCovariance {
  let fit = fitRows(matrix, matrix.rows);
  const kept = Math.max(1, Math.ceil(share * matrix.rows));
  for (let step = 0; step < steps && kept < matrix.rows; step++) {
    fit = fitRows(takeRows(matrix, nearest(matrix, fit, kept)), matrix.rows);
  }
  return fit;
}

function fitRows(matrix: Matrix, rows: number): TrimmedCovariance {
  const { mean, covariance } = ledoitWolf(matrix);
  for (let j = 0; j < matrix.columns; j++) covariance[j * matrix.columns + j]! += 1 / rows;
  return { mean, lower: cholesky(covariance, matrix.columns) };
}

/** Rows with the smallest distances, ties by row number, in the table's order. */
function nearest({ rows, columns, values }: Matrix, { mean, lower }: TrimmedCovariance, kept: number): Uint32Array {
  const scratch = new Float64Array(columns);
  const distances = Float64Array.from({ length: rows }, (_, i) =>
    squaredMahalanobis(lower, mean, values.subarray(i * columns, (i + 1) * columns), scratch),
  );
  const order = Uint32Array.from(distances.keys()).sort((a, b) => distances[a]! - distances[b]! || a - b);
  return order.slice(0, kept).sort();
}
