import type { Matrix } from './matrix.js';

/** Where each column lies and how far it spreads, in the column's unit. */
export interface ColumnScale {
  readonly mean: Float64Array;
  /** Above 0. */
  readonly scale: Float64Array;
}

/** Spread below this share of a column's size is rounding: 1e-12 · |mean|. */
const ROUNDING = 1e-12;

/**
 * Mean and standard deviation (divisor n) of each column, in two passes. A column that never varies says nothing about
 * its spread: its scale is `constantScale`, in its own unit, so that the first value that differs is far from the others
 * and still finite. Columns far apart in size do no harm; one far value in a short table does (the standard deviation grows
 * with it, up to √n of its own). O(rows · columns).
 */
export function columnScale(matrix: Matrix, constantScale: number): ColumnScale {
  const { rows, columns, values } = matrix;
  const mean = new Float64Array(columns);
  const scale = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) mean[j]! += values[i * columns + j]! / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += (values[i * columns + j]! - mean[j]!) ** 2 / rows;
    const sd = Math.sqrt(squares);
    scale[j] = sd > ROUNDING * Math.abs(mean[j]!) ? sd : constantScale;
  }
  return { mean, scale };
}

/** Farther out than this is as far as it goes: squares and sums of them stay finite. */
const FARTHEST = 1e6;

/** (value − mean)/scale for each value, held within ± 10⁶. O(rows · columns). */
export function standardise(matrix: Matrix, { mean, scale }: ColumnScale): Matrix {
  const { rows, columns, values } = matrix;
  const out = new Float64Array(values.length);
  for (let at = 0; at < rows * columns; at += columns) {
    for (let j = 0; j < columns; j++) {
      const z = (values[at + j]! - mean[j]!) / scale[j]!;
      out[at + j] = Math.min(FARTHEST, Math.max(-FARTHEST, z));
    }
  }
  return { rows, columns, values: out };
}
