import { QuinceError } from '../../errors/quince-error.js';

/** What judges a vector, each in its own way; the order is part of a model. */
export const VIEW_NAMES = ['mahalanobis', 'neighbours', 'whitened', 'isolation', 'histogram'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

/** How a joint model is fitted. */
export interface JointSettings {
  /** Which views are summed. */
  readonly views: readonly ViewName[];
  /** Blocks of cross-fitting. */
  readonly folds: number;
  /** `given`: a block is a run of rows, for rows in order of time that resemble those next to them. */
  readonly order: 'shuffled' | 'given';
  /** Share of the rows that the covariance is made of, and in how many steps they are found. */
  readonly trimShare: number;
  readonly trimSteps: number;
  /** Samples of rows among which neighbours are sought, rows of each (at most half of all), and which neighbour. */
  readonly samples: number;
  readonly sampleRows: number;
  readonly neighbour: number;
  /** The same neighbour's number in whitened columns. */
  readonly whitenedNeighbour: number;
  readonly trees: number;
  readonly treeRows: number;
  /** What counts as one spread in a column that never varied, in the column's unit. */
  readonly constantScale: number;
  /** 32 bits. */
  readonly seed: number;
}

/**
 * The best of the settings on fifteen public tables over four seeds (bench/joint.mjs --seeds 4). The nearest neighbour among
 * 32 rows ranks nearly alike at a quarter of the cost, but hangs more on the draw. It weighs columns alike and does not know
 * which go together; `neighbours` with `whitened` does (bench/joint-power.mjs), for one point of AUROC.
 */
export const JOINT_SETTINGS: JointSettings = {
  views: ['neighbours'],
  folds: 8,
  order: 'shuffled',
  trimShare: 0.75,
  trimSteps: 3,
  samples: 16,
  sampleRows: 128,
  neighbour: 5,
  whitenedNeighbour: 5,
  trees: 100,
  treeRows: 256,
  constantScale: 1,
  seed: 1,
};

/** Throws BAD_ARGUMENT for the first setting out of its range. */
export function checkSettings(settings: JointSettings): void {
  const { views, trimShare, constantScale } = settings;
  const fail = (what: string, rule: string, got: unknown) =>
    new QuinceError('BAD_ARGUMENT', `joint ${what} requires ${rule}, got ${String(got)}`);
  const strange = views.find((view) => !VIEW_NAMES.includes(view));
  if (strange !== undefined) throw fail('views', `one of ${VIEW_NAMES.join(', ')}`, strange);
  if (views.length === 0 || new Set(views).size !== views.length)
    throw fail('views', 'each at most once, one at least', views);
  if (!(trimShare >= 0.5 && trimShare <= 1)) throw fail('trimShare', '0.5 to 1', trimShare);
  if (!(constantScale > 0 && constantScale < Number.POSITIVE_INFINITY)) {
    throw fail('constantScale', 'a number above 0', constantScale);
  }
  const least = { folds: 2, trimSteps: 0, samples: 1, sampleRows: 1, neighbour: 1, whitenedNeighbour: 1 };
  for (const [name, low] of Object.entries({ ...least, trees: 1, treeRows: 2 })) {
    const value = settings[name as keyof typeof least];
    if (!Number.isInteger(value) || value < low) throw fail(name, `a whole number from ${low}`, value);
  }
}
