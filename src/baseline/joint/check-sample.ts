import { QuinceError } from '../../errors/quince-error.js';
import type { Matrix } from '../../stats/matrix.js';

/** Fewer rows have no blocks to speak of. */
export const LEAST_ROWS = 8;
/** Squares of larger numbers are no numbers any more. */
const LARGEST = 1e100;

/** Throws BAD_INPUT where rows are too few or values no usable numbers. */
export function checkSample(sample: Matrix): void {
  if (sample.rows < LEAST_ROWS) {
    throw new QuinceError('BAD_INPUT', `joint sample requires at least ${LEAST_ROWS} rows, got ${sample.rows}`);
  }
  checkMatrix(sample);
}

export function checkMatrix({ rows, columns, values }: Matrix): void {
  if (columns < 1 || values.length !== rows * columns) {
    throw new QuinceError(
      'BAD_INPUT',
      `joint table requires rows × columns values, got ${values.length} for ${rows} × ${columns}`,
    );
  }
  const strange = values.find((value) => !(Math.abs(value) <= LARGEST));
  if (strange !== undefined) {
    throw new QuinceError('BAD_INPUT', `joint value requires a number up to ± ${LARGEST}, got ${strange}`);
  }
}
