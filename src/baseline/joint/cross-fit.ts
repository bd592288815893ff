import { type Matrix, takeRows } from '../../stats/matrix.js';
import { orderScores, ownRankSurprise } from '../../stats/rank-surprise.js';
import { UniformStream } from '../../stats/uniform-stream.js';
import { checkSample } from './check-sample.js';
import { checkSettings, type JointSettings } from './settings.js';
import { fitViews, scoreViews } from './views.js';

/** What tells the stream of the shuffle from those of samples and trees. */
const SHUFFLE_STREAM = 0x5f0d;

/**
 * Scores of the sample's own rows by view, each row by a model of the blocks it does not lie in: a model knows its own
 * rows too well, so that ranks among their scores would call too much anomalous. One array of scores a view, in the order
 * of `settings.views`.
 */
export function crossFit(sample: Matrix, settings: JointSettings): Float64Array[] {
  checkSettings(settings);
  checkSample(sample);
  const n = sample.rows;
  const folds = Math.min(settings.folds, n);
  const order =
    settings.order === 'given'
      ? Uint32Array.from({ length: n }, (_, i) => i)
      : UniformStream.seeded(settings.seed, SHUFFLE_STREAM).sample(n, n);
  const bounded = boundSamples(n, settings);
  const scores = settings.views.map(() => new Float64Array(n));
  for (let fold = 0; fold < folds; fold++) {
    const [from, to] = [Math.floor((fold * n) / folds), Math.floor(((fold + 1) * n) / folds)];
    const inside = order.subarray(from, to);
    const others = order.filter((_, i) => i < from || i >= to).sort();
    const found = scoreViews(fitViews(takeRows(sample, others), bounded), takeRows(sample, inside));
    found.forEach((of, view) => {
      of.forEach((score, i) => {
        scores[view]![inside[i]!] = score;
      });
    });
  }
  return scores;
}

/** Samples no larger than the smallest of the blocks' models can give, so that all models compare like with like. */
export function boundSamples(n: number, settings: JointSettings): JointSettings {
  const least = n - Math.ceil(n / Math.min(settings.folds, n));
  return {
    ...settings,
    sampleRows: Math.max(1, Math.min(settings.sampleRows, Math.floor(least / 2))),
    treeRows: Math.min(settings.treeRows, least),
  };
}

/** −ln rank of each row's score among the others' by one view. O(n log n). */
export function ownSurprises(scores: Float64Array): Float64Array {
  const ranked = orderScores(scores);
  return scores.map((score) => ownRankSurprise(ranked, score));
}
