import { QuinceError } from '../../errors/quince-error.js';
import { standardise } from '../../stats/column-scale.js';
import type { Matrix } from '../../stats/matrix.js';
import { lnOrderRank, rankSurprise } from '../../stats/rank-surprise.js';
import { checkMatrix } from './check-sample.js';
import { type JointModel, type JointRanks, unpackModel } from './joint-model.js';
import type { ViewName } from './settings.js';
import { type FittedViews, scoreViews, VIEWS } from './views.js';

export interface JointScores {
  /** S = Σ over views of −ln rank, in nats; higher is more anomalous. */
  readonly score: Float64Array;
  /** ln((1 + #{own ≥ S})/(n + 1)), n the rows of the sample: at least −ln(n + 1). */
  readonly lnP: Float64Array;
  readonly views: readonly ViewName[];
  /** What each view adds, vector by vector; sums to the score. */
  readonly byView: Float64Array;
  /** What each column adds, vector by vector; sums to the score. */
  readonly byColumn: Float64Array;
}

/**
 * Scores vectors by a model; changes nothing. Throws BAD_INPUT where the columns are not the model's or a value is no
 * number, BAD_MODEL. O(vectors · (columns² + samples · sampleRows · columns + trees · log treeRows)), a view at a time.
 */
export function scoreJoint(model: JointModel, vectors: Matrix): JointScores {
  checkMatrix(vectors);
  const { fitted, ranks } = unpackModel(model);
  const columns = fitted.scale.mean.length;
  if (vectors.columns !== columns) {
    throw new QuinceError('BAD_INPUT', `joint vectors require ${columns} columns, got ${vectors.columns}`);
  }
  const byView = partsByView(fitted, ranks, vectors);
  const count = fitted.views.length;
  const score = new Float64Array(vectors.rows);
  byView.forEach((part, at) => {
    score[Math.floor(at / count)]! += part;
  });
  return {
    score,
    lnP: score.map((s) => lnOrderRank(ranks.own, s)),
    views: fitted.views.map(({ name }) => name),
    byView,
    byColumn: partsByColumn(fitted, byView, vectors),
  };
}

function partsByView(fitted: FittedViews, { rows, ranks, excess }: JointRanks, vectors: Matrix): Float64Array {
  const count = fitted.views.length;
  const parts = new Float64Array(vectors.rows * count);
  scoreViews(fitted, vectors).forEach((scores, view) => {
    const ranked = { ascending: ranks.subarray(view * rows, (view + 1) * rows), meanExcess: excess[view]! };
    scores.forEach((s, i) => {
      parts[i * count + view] = rankSurprise(ranked, s);
    });
  });
  return parts;
}

/** Each view's part, shared out as the view says; evenly where it says nothing. */
function partsByColumn({ scale, views }: FittedViews, byView: Float64Array, vectors: Matrix): Float64Array {
  const { rows, columns, values } = standardise(vectors, scale);
  const parts = new Float64Array(rows * columns);
  const shares = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    views.forEach(({ name, arrays }, view) => {
      shares.fill(0);
      VIEWS[name].addShares(arrays, values.subarray(i * columns, (i + 1) * columns), shares);
      const total = shares.reduce((a, b) => a + b, 0);
      const part = byView[i * views.length + view]!;
      shares.forEach((share, j) => {
        parts[i * columns + j]! += part * (total > 0 ? share / total : 1 / columns);
      });
    });
  }
  return parts;
}
