import type { Matrix } from '../../stats/matrix.js';
import { orderScores } from '../../stats/rank-surprise.js';
import { boundSamples, crossFit, ownSurprises } from './cross-fit.js';
import { type JointModel, packModel } from './joint-model.js';
import { type JointSettings, jointSettings } from './settings.js';
import { fitViews } from './views.js';

/**
 * Fits a joint model to a sample of vectors: the views to all rows, their ranks to scores of rows that the views had not
 * seen (`crossFit`). From 8 rows on; constant columns, copies of rows and more columns than rows are allowed. Same
 * sample, order and settings, same bytes. Throws BAD_INPUT, BAD_ARGUMENT. O(folds · (rows · columns² + columns³ + trees ·
 * treeRows · log treeRows) + rows · samples · sampleRows · columns).
 */
export function fitJoint(sample: Matrix, settings: JointSettings = jointSettings()): JointModel {
  return fitWithScores(sample, settings).model;
}

/** The same, beside the score of each row by models that had not seen it. */
export function fitWithScores(
  sample: Matrix,
  settings: JointSettings,
): { readonly model: JointModel; readonly own: Float64Array } {
  const scores = crossFit(sample, settings);
  const ranked = scores.map(orderScores);
  const ranks = new Float64Array(sample.rows * ranked.length);
  ranked.forEach(({ ascending }, view) => {
    ranks.set(ascending, view * sample.rows);
  });
  const own = new Float64Array(sample.rows);
  for (const view of scores.map(ownSurprises)) for (let i = 0; i < own.length; i++) own[i]! += view[i]!;
  const model = packModel(fitViews(sample, boundSamples(sample.rows, settings)), {
    rows: sample.rows,
    ranks,
    excess: Float64Array.from(ranked, ({ meanExcess }) => meanExcess),
    own: own.slice().sort(),
  });
  return { model, own };
}
