import type { Matrix } from './matrix.js';

/** Of each point the distance to its k-th nearest reference, and which one that is. */
export interface Neighbours {
  readonly distance: Float64Array;
  readonly index: Uint32Array;
}

/** Points that share one pass over the references; their lists and rows stay in the first cache. */
const BLOCK = 32;

/**
 * Euclidean distance of each point to its k-th nearest reference (k at most the number of references; ties go to the
 * smaller index), exact: every pair is compared, a pair is left as soon as it is too far. A copy of a reference has distance 0
 * to it, so points that are references themselves find themselves first. O(points · references · columns). Source: Ramaswamy,
 * Rastogi and Shim (2000), "Efficient algorithms for mining outliers from large data sets".
 */
export function neighbourDistance(points: Matrix, references: Matrix, k: number): Neighbours {
  const distance = new Float64Array(points.rows);
  const index = new Uint32Array(points.rows);
  const size = Math.min(k, references.rows);
  const block = Math.min(BLOCK, points.rows);
  const near = new Float64Array(block * size);
  const who = new Uint32Array(block * size);
  for (let from = 0; from < points.rows; from += block) {
    const to = Math.min(points.rows, from + block);
    near.fill(Number.POSITIVE_INFINITY);
    for (let r = 0; r < references.rows; r++) {
      for (let i = from; i < to; i++) {
        const list = (i - from) * size;
        const squared = squaredDistance(points, i, references, r, near[list + size - 1]!);
        if (squared < near[list + size - 1]!) insert(near, who, list, size, squared, r);
      }
    }
    for (let i = from; i < to; i++) {
      distance[i] = Math.sqrt(near[(i - from) * size + size - 1]!);
      index[i] = who[(i - from) * size + size - 1]!;
    }
  }
  return { distance, index };
}

/** Exact where it is below `limit`; some number of at least `limit` where not. */
function squaredDistance(a: Matrix, i: number, b: Matrix, j: number, limit: number): number {
  const d = a.columns;
  const x = a.values;
  const y = b.values;
  const p = i * d;
  const q = j * d;
  let sum = 0;
  let c = 0;
  while (c < d && sum < limit) {
    const end = Math.min(d, c + 8);
    for (; c < end; c++) {
      const gap = x[p + c]! - y[q + c]!;
      sum += gap * gap;
    }
  }
  return sum;
}

/** Into a list of the `size` nearest so far, ascending. */
function insert(near: Float64Array, who: Uint32Array, list: number, size: number, squared: number, r: number): void {
  let at = list + size - 1;
  while (at > list && near[at - 1]! > squared) {
    near[at] = near[at - 1]!;
    who[at] = who[at - 1]!;
    at--;
  }
  near[at] = squared;
  who[at] = r;
}
