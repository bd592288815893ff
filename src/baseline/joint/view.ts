import type { Matrix } from '../../stats/matrix.js';
import type { TrimmedCovariance } from '../../stats/trimmed-covariance.js';
import type { SectionArray } from '../snapshot.js';
import type { JointSettings } from './settings.js';

/** What a view keeps, by name. */
export type ViewArrays = Record<string, SectionArray>;

/** A sample to fit to, in standard units. */
export interface ViewSample {
  readonly sample: Matrix;
  readonly settings: JointSettings;
  /** Made once, where two views ask for it. */
  readonly bulk: () => TrimmedCovariance;
}

/**
 * One way of judging a vector. A view is judged by ranks, so any rising function of its score is the same view; the
 * scores are such that their top falls like an exponential (logarithms of distances).
 */
export interface View {
  fit(sample: ViewSample): ViewArrays;
  /** Higher is more anomalous; finite. */
  score(arrays: ViewArrays, points: Matrix): Float64Array;
  /** Adds to `out` what each column did for the score of one point, at least 0, in any unit. */
  addShares(arrays: ViewArrays, point: Float64Array, out: Float64Array): void;
}

/** Least distance that counts, in standard units: the logarithm of a copy's distance has to be finite. */
export const LEAST_DISTANCE = 1e-9;
