import { QuinceError } from '../errors/quince-error.js';

/**
 * Lower triangular L with L·Lᵀ = A, row by row, for a symmetric positive definite A. O(d³/3).
 * Throws INTERNAL where A is not positive definite.
 */
export function cholesky(a: Float64Array, d: number): Float64Array {
  const lower = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * d + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * d + k]! * lower[j * d + k]!;
      if (i !== j) lower[i * d + j] = sum / lower[j * d + j]!;
      else if (sum > 0) lower[i * d + i] = Math.sqrt(sum);
      else throw new QuinceError('INTERNAL', `Cholesky requires a positive definite matrix, got a pivot of ${sum}`);
    }
  }
  return lower;
}

/** z with L·z = x, by forward substitution into `out`, which may be x itself. O(d²/2). */
export function solveLower(lower: Float64Array, x: Float64Array, out: Float64Array): Float64Array {
  const d = out.length;
  for (let i = 0; i < d; i++) {
    let sum = x[i]!;
    for (let k = 0; k < i; k++) sum -= lower[i * d + k]! * out[k]!;
    out[i] = sum / lower[i * d + i]!;
  }
  return out;
}

/**
 * Squared Mahalanobis distance (x − m)ᵀ·(L·Lᵀ)⁻¹·(x − m) = ‖z‖², L·z = x − m. In a normal law χ² with d degrees of freedom.
 * At least 0; `scratch` (d numbers) is overwritten. O(d²/2). Source: Mahalanobis (1936), "On the generalised distance in statistics".
 */
export function squaredMahalanobis(
  lower: Float64Array,
  mean: Float64Array,
  x: Float64Array,
  scratch = new Float64Array(x.length),
): number {
  const d = x.length;
  for (let j = 0; j < d; j++) scratch[j] = x[j]! - mean[j]!;
  solveLower(lower, scratch, scratch);
  let sum = 0;
  for (let j = 0; j < d; j++) sum += scratch[j]! * scratch[j]!;
  return sum;
}

/** (L·Lᵀ)⁻¹, symmetric. O(d³). */
export function invertFromCholesky(lower: Float64Array, d: number): Float64Array {
  const inverse = new Float64Array(d * d);
  const z = new Float64Array(d);
  for (let column = 0; column < d; column++) {
    const unit = new Float64Array(d);
    unit[column] = 1;
    solveLower(lower, unit, z);
    for (let i = d - 1; i >= 0; i--) {
      let sum = z[i]!;
      for (let k = i + 1; k < d; k++) sum -= lower[k * d + i]! * inverse[k * d + column]!;
      inverse[i * d + column] = sum / lower[i * d + i]!;
    }
  }
  return inverse;
}
