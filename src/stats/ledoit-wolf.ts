import type { Matrix } from './matrix.js';

/** A shrunken covariance: symmetric, columns × columns, row by row. */
export interface ShrunkenCovariance {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  /** Weight of the scaled identity, in [0, 1]. */
  readonly shrinkage: number;
}

/** Rows that share one pass over the sums, which with 100 columns no longer fit the first cache. `addOuter` spells it out. */
const BLOCK = 4;

/**
 * The covariance (divisor n) pulled towards a multiple of the identity, by as much as minimises the expected squared
 * error: Σ = (1 − δ)·S + δ·m·I, m = tr S/d, δ = min(b², d²)/d², d² = ‖S − m·I‖²/d, b² = (Σ_i ‖x_i‖⁴/n − ‖S‖²)/(n·d) with
 * centred rows x_i. Invertible also with more columns than rows, unless all rows are the same. O(rows · columns²).
 * Source: Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices".
 */
export function ledoitWolf(matrix: Matrix): ShrunkenCovariance {
  const { rows, columns } = matrix;
  const mean = columnMeans(matrix);
  const covariance = new Float64Array(columns * columns);
  const centred = new Float64Array(BLOCK * columns);
  let fourth = 0;
  for (let from = 0; from < rows; from += BLOCK) {
    centred.fill(0);
    for (let i = from; i < Math.min(rows, from + BLOCK); i++) {
      let squares = 0;
      for (let j = 0; j < columns; j++) {
        const value = matrix.values[i * columns + j]! - mean[j]!;
        centred[(i - from) * columns + j] = value;
        squares += value ** 2;
      }
      fourth += squares ** 2 / rows;
    }
    addOuter(covariance, centred, columns);
  }
  mirror(covariance, columns, 1 / rows);
  const shrinkage = shrinkageOf(covariance, rows, columns, fourth);
  const target = trace(covariance, columns) / columns;
  for (let at = 0; at < covariance.length; at++) covariance[at]! *= 1 - shrinkage;
  for (let j = 0; j < columns; j++) covariance[j * columns + j]! += shrinkage * target;
  return { mean, covariance, shrinkage };
}

function columnMeans({ rows, columns, values }: Matrix): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) mean[j]! += values[i * columns + j]!;
  return mean.map((sum) => sum / rows);
}

/** Adds x·xᵀ of the rows of one block to the upper triangle. */
function addOuter(sums: Float64Array, block: Float64Array, d: number): void {
  for (let a = 0; a < d; a++) {
    const [x0, x1, x2, x3] = [block[a]!, block[d + a]!, block[2 * d + a]!, block[3 * d + a]!];
    for (let b = a; b < d; b++) {
      const of01 = x0 * block[b]! + x1 * block[d + b]!;
      sums[a * d + b]! += of01 + (x2 * block[2 * d + b]! + x3 * block[3 * d + b]!);
    }
  }
}

function mirror(upper: Float64Array, d: number, factor: number): void {
  for (let a = 0; a < d; a++) {
    for (let b = a; b < d; b++) {
      const value = upper[a * d + b]! * factor;
      upper[a * d + b] = value;
      upper[b * d + a] = value;
    }
  }
}

function trace(square: Float64Array, d: number): number {
  let sum = 0;
  for (let j = 0; j < d; j++) sum += square[j * d + j]!;
  return sum;
}

function shrinkageOf(covariance: Float64Array, n: number, d: number, fourth: number): number {
  let squares = 0;
  for (const value of covariance) squares += value ** 2;
  const target = trace(covariance, d) / d;
  const distance = (squares - d * target ** 2) / d;
  const error = (fourth - squares) / (n * d);
  if (distance <= 0) return 1;
  return Math.min(1, Math.max(0, error / distance));
}
