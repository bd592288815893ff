import type { Matrix } from '../dist/stats/matrix.js';

const cell = (i: number, j: number) => ((31 * i * i + 17 * i * j + 7 * j * j + 3 * i) % 23) / 4;

function table(rows: number, columns: number, at: (i: number, j: number) => number): Matrix {
  const values = Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns));
  return { rows, columns, values };
}

/** A table that a line of numpy makes too: ((31·i² + 17·i·j + 7·j² + 3·i) mod 23)/4. */
export const modularTable = (rows: number, columns: number): Matrix => table(rows, columns, cell);

/** The same with twice its first column added to each, so that the columns go together. */
export const correlatedTable = (rows: number, columns: number): Matrix =>
  table(rows, columns, (i, j) => cell(i, j) + 2 * cell(i, 0));

export const rowOf = ({ columns, values }: Matrix, row: number): Float64Array =>
  values.slice(row * columns, (row + 1) * columns);

export function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0]!.length, values: Float64Array.from(rows.flat()) };
}
