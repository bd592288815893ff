import { type ColumnScale, columnScale, standardise } from '../../stats/column-scale.js';
import type { Matrix } from '../../stats/matrix.js';
import { type TrimmedCovariance, trimmedCovariance } from '../../stats/trimmed-covariance.js';
import { histogramView } from './histogram-view.js';
import { isolationView } from './isolation-view.js';
import { mahalanobisView } from './mahalanobis-view.js';
import { neighboursView, whitenedView } from './neighbours-view.js';
import type { JointSettings, ViewName } from './settings.js';
import type { View, ViewArrays } from './view.js';

export const VIEWS: Readonly<Record<ViewName, View>> = {
  mahalanobis: mahalanobisView,
  neighbours: neighboursView,
  whitened: whitenedView,
  isolation: isolationView,
  histogram: histogramView,
};

/** All views of one sample. */
export interface FittedViews {
  readonly scale: ColumnScale;
  readonly views: readonly { readonly name: ViewName; readonly arrays: ViewArrays }[];
}

export function fitViews(sample: Matrix, settings: JointSettings): FittedViews {
  const scale = columnScale(sample, settings.constantScale);
  const standard = standardise(sample, scale);
  let found: TrimmedCovariance | undefined;
  const bulk = () => {
    found ??= trimmedCovariance(standard, settings.trimShare, settings.trimSteps);
    return found;
  };
  const views = settings.views.map((name) => ({ name, arrays: VIEWS[name].fit({ sample: standard, settings, bulk }) }));
  return { scale, views };
}

/** One array of scores a view. */
export function scoreViews({ scale, views }: FittedViews, points: Matrix): Float64Array[] {
  const standard = standardise(points, scale);
  return views.map(({ name, arrays }) => VIEWS[name].score(arrays, standard));
}
