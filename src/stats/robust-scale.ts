/** Makes the median absolute deviation estimate the standard deviation of a normal law: 1/Φ⁻¹(¾). */
const NORMAL_MAD = 1.4826022185056018;

export interface LocationScale {
  readonly location: number;
  /** > 0, at least the floor. */
  readonly scale: number;
}

/**
 * Median and scaled median absolute deviation of weighted values, which a quarter of foreign values does not move far.
 * The scale is held at `floor` or more: a volume that was always the same is not known to better than that.
 * Source: Huber and Ronchetti (2009), "Robust statistics", 5.1. O(n log n).
 *
 * @param values at least one
 * @param weights ≥ 0, with a positive sum
 */
export function robustLocationScale(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  floor: number,
): LocationScale {
  const location = weightedMedian(values, weights);
  const deviations = Float64Array.from(values, (v) => Math.abs(v - location));
  return { location, scale: Math.max(floor, NORMAL_MAD * weightedMedian(deviations, weights)) };
}

/** The value at which half of the weight is reached; the middle of two where it is reached exactly between them. */
export function weightedMedian(values: ArrayLike<number>, weights: ArrayLike<number>): number {
  const order = Array.from(values, (_, i) => i).filter((i) => weights[i]! > 0);
  order.sort((a, b) => values[a]! - values[b]!);
  let total = 0;
  for (const i of order) total += weights[i]!;
  let sum = 0;
  for (let at = 0; at < order.length; at++) {
    sum += weights[order[at]!]!;
    if (2 * sum === total) return (values[order[at]!]! + values[order[at + 1]!]!) / 2;
    if (2 * sum > total) return values[order[at]!]!;
  }
  return values[order.at(-1)!]!;
}
