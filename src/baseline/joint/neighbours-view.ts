import { invertFromCholesky, solveLower } from '../../stats/cholesky.js';
import { type Matrix, takeRows } from '../../stats/matrix.js';
import { neighbourDistance } from '../../stats/neighbour-distance.js';
import { UniformStream } from '../../stats/uniform-stream.js';
import { addLeaveOneOut } from './mahalanobis-view.js';
import type { JointSettings } from './settings.js';
import { LEAST_DISTANCE, type View, type ViewArrays } from './view.js';

interface Arrays extends ViewArrays {
  /** Samples, rows of each, which neighbour. */
  readonly shape: Uint32Array;
  /** The rows of all samples, one sample after the other. */
  readonly references: Float64Array;
}

/**
 * ln of the mean distance to the k-th nearest row of some small random samples: what lies where hardly anything does. In
 * a sample anomalies that lie together no longer hide each other, and a distance is a mean over draws of what is
 * dense (Sugiyama and Borgwardt 2013, "Rapid distance-based outlier detection via sampling").
 */
export const neighboursView: View = {
  fit({ sample, settings }) {
    return drawSamples(sample, settings, settings.neighbour);
  },

  score: (arrays, points) => scoreSamples(arrays as Arrays, points),

  addShares(arrays, point, out) {
    for (const { near, distance } of nearest(arrays as Arrays, point)) {
      for (let j = 0; j < out.length; j++) out[j]! += (point[j]! - near[j]!) ** 2 / distance;
    }
  },
};

interface WhiteArrays extends Arrays {
  readonly lower: Float64Array;
  readonly precision: Float64Array;
}

/** The same after whitening by the bulk's covariance: distances that know which columns go together. */
export const whitenedView: View = {
  fit({ sample, settings, bulk }) {
    const { lower } = bulk();
    const drawn = drawSamples(whiten(lower, sample), settings, settings.whitenedNeighbour);
    return { ...drawn, lower, precision: invertFromCholesky(lower, sample.columns) };
  },

  score(arrays, points) {
    return scoreSamples(arrays as Arrays, whiten((arrays as WhiteArrays).lower, points));
  },

  addShares(arrays, point, out) {
    const { lower, precision } = arrays as WhiteArrays;
    const white = solveLower(lower, point, new Float64Array(out.length));
    for (const { near, distance } of nearest(arrays as Arrays, white)) {
      addLeaveOneOut(precision, point, colour(lower, near), 1 / distance, out);
    }
  },
};

function drawSamples(sample: Matrix, settings: JointSettings, neighbour: number): Arrays {
  const { samples, seed } = settings;
  const rows = Math.max(1, Math.min(settings.sampleRows, Math.floor(sample.rows / 2)));
  const references = new Float64Array(samples * rows * sample.columns);
  for (let s = 0; s < samples; s++) {
    const drawn = UniformStream.seeded(seed, s).sample(sample.rows, rows);
    references.set(takeRows(sample, drawn).values, s * rows * sample.columns);
  }
  return { shape: Uint32Array.of(samples, rows, Math.min(neighbour, rows)), references };
}

function sampleAt({ shape, references }: Arrays, s: number, columns: number): Matrix {
  const rows = shape[1]!;
  return { rows, columns, values: references.subarray(s * rows * columns, (s + 1) * rows * columns) };
}

function scoreSamples(arrays: Arrays, points: Matrix): Float64Array {
  const samples = arrays.shape[0]!;
  const mean = new Float64Array(points.rows);
  for (let s = 0; s < samples; s++) {
    const { distance } = neighbourDistance(points, sampleAt(arrays, s, points.columns), arrays.shape[2]!);
    for (let i = 0; i < points.rows; i++) mean[i]! += distance[i]! / samples;
  }
  return mean.map((distance) => Math.log(LEAST_DISTANCE + distance));
}

/** The neighbour in each sample that is not a copy of the point. */
function nearest(arrays: Arrays, values: Float64Array) {
  const columns = values.length;
  const point = { rows: 1, columns, values };
  const found: { near: Float64Array; distance: number }[] = [];
  for (let s = 0; s < arrays.shape[0]!; s++) {
    const sample = sampleAt(arrays, s, columns);
    const { distance, index } = neighbourDistance(point, sample, arrays.shape[2]!);
    const near = sample.values.subarray(index[0]! * columns, (index[0]! + 1) * columns);
    if (distance[0]! > 0) found.push({ near, distance: distance[0]! });
  }
  return found;
}

function whiten(lower: Float64Array, { rows, columns, values }: Matrix): Matrix {
  const white = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += columns) {
    solveLower(lower, values.subarray(at, at + columns), white.subarray(at, at + columns));
  }
  return { rows, columns, values: white };
}

/** L·z: back from whitened columns. */
function colour(lower: Float64Array, z: Float64Array): Float64Array {
  const d = z.length;
  return Float64Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let k = 0; k <= i; k++) sum += lower[i * d + k]! * z[k]!;
    return sum;
  });
}
