import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
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

const fileSchema = z.strictObject({
  version: z.literal(1),
  views: z.array(z.enum(VIEW_NAMES)),
  folds: z.int(),
  order: z.enum(['shuffled', 'given']),
  trim_share: z.number(),
  trim_steps: z.int(),
  samples: z.int(),
  sample_rows: z.int(),
  neighbour: z.int(),
  whitened_neighbour: z.int(),
  trees: z.int(),
  tree_rows: z.int(),
  constant_scale: z.number(),
  seed: z.int(),
});

/** Parses and checks settings. Throws BAD_MODEL, or BAD_ARGUMENT for a value out of its range. */
export function parseJointSettings(text: string): JointSettings {
  const result = fileSchema.safeParse(parse(text));
  if (!result.success) throw new QuinceError('BAD_MODEL', `joint.yaml requires: ${z.prettifyError(result.error)}`);
  const { version: _, ...file } = result.data;
  const camel = (name: string) => name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
  const settings = Object.fromEntries(Object.entries(file).map(([name, value]) => [camel(name), value]));
  checkSettings(settings as unknown as JointSettings);
  return settings as unknown as JointSettings;
}

let shipped: JointSettings | undefined;

/** The settings in models/joint.yaml, read once. */
export function jointSettings(): JointSettings {
  shipped ??= parseJointSettings(readFileSync(new URL('../../../models/joint.yaml', import.meta.url), 'utf8'));
  return shipped;
}

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
