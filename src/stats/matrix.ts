/** A numeric table, row by row: `values[row * columns + column]`. All values are finite. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** Some of its rows, in the order given. O(rows · columns). */
export function takeRows(matrix: Matrix, rows: Uint32Array): Matrix {
  const { columns } = matrix;
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    values.set(matrix.values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return { rows: rows.length, columns, values };
}
