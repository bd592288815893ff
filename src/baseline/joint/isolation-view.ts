import {
  addIsolationShares,
  growIsolationForest,
  type IsolationForest,
  isolationScores,
} from '../../stats/isolation-forest.js';
import type { View, ViewArrays } from './view.js';

const forestOf = (arrays: ViewArrays) => arrays as unknown as IsolationForest;

/** ln of the isolation score: what random cuts set apart soon. */
export const isolationView: View = {
  fit({ sample, settings }) {
    return { ...growIsolationForest(sample, settings.trees, settings.treeRows, settings.seed) };
  },

  score: (arrays, points) => isolationScores(forestOf(arrays), points).map(Math.log),

  addShares: (arrays, point, out) => addIsolationShares(forestOf(arrays), point, out),
};
