import { standardise } from '../../stats/column-scale.js';
import type { Matrix } from '../../stats/matrix.js';
import { type JointModel, unpackModel } from './joint-model.js';

/** What is typical of each column: its mean, and, vector by vector, its mean given the vector's other columns. */
export interface TypicalColumns {
  readonly typical: Float64Array;
  readonly expected: Float64Array;
}

/**
 * With the precision P of the bulk and u the vector in standard units the mean of column j given the others is u_j − (P·u)_j/P_jj
 * (the regression of one column on the others). Without a view that keeps a precision it is the column's mean. O(vectors · columns²).
 */
export function typicalColumns(model: JointModel, vectors: Matrix): TypicalColumns {
  const { scale, views } = unpackModel(model).fitted;
  const precision = views.map(({ arrays }) => arrays.precision).find((array) => array !== undefined);
  const { rows, columns, values } = standardise(vectors, scale);
  const expected = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let others = 0;
      if (precision !== undefined) {
        for (let k = 0; k < columns; k++) {
          if (k !== j) others -= (precision[j * columns + k]! * values[i * columns + k]!) / precision[j * columns + j]!;
        }
      }
      expected[i * columns + j] = scale.mean[j]! + scale.scale[j]! * others;
    }
  }
  return { typical: scale.mean, expected };
}
