import { invertFromCholesky, squaredMahalanobis } from '../../stats/cholesky.js';
import type { Matrix } from '../../stats/matrix.js';
import { LEAST_DISTANCE, type View, type ViewArrays, type ViewSample } from './view.js';

interface Arrays extends ViewArrays {
  readonly centre: Float64Array;
  readonly lower: Float64Array;
  readonly precision: Float64Array;
}

/** ln of the squared Mahalanobis distance from the bulk: combinations of values that do not occur together. */
export const mahalanobisView: View = {
  fit({ bulk, sample }: ViewSample): Arrays {
    const { mean, lower } = bulk();
    return { centre: mean, lower, precision: invertFromCholesky(lower, sample.columns) };
  },

  score(arrays, { rows, columns, values }: Matrix) {
    const { centre, lower } = arrays as Arrays;
    const scratch = new Float64Array(columns);
    return Float64Array.from({ length: rows }, (_, i) =>
      Math.log(
        LEAST_DISTANCE + squaredMahalanobis(lower, centre, values.subarray(i * columns, (i + 1) * columns), scratch),
      ),
    );
  },

  addShares(arrays, point, out) {
    const { centre, precision } = arrays as Arrays;
    addLeaveOneOut(precision, point, centre, 1, out);
  },
};

/**
 * Adds by how much uᵀ·P·u, u = x − y, would fall without column j, its value free: (P·u)_j²/P_jj. O(columns²).
 * (The distance without a column is that of the marginal law of the others.)
 */
export function addLeaveOneOut(
  precision: Float64Array,
  x: Float64Array,
  y: Float64Array,
  weight: number,
  out: Float64Array,
): void {
  const d = out.length;
  for (let j = 0; j < d; j++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += precision[j * d + k]! * (x[k]! - y[k]!);
    out[j]! += (weight * sum ** 2) / precision[j * d + j]!;
  }
}
