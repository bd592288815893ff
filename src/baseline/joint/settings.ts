import { z } from 'zod';
import { QuinceError } from '../../errors/quince-error.js';
import { constantsHash, parseConstants, readConstants } from '../../tuple/constants-file.js';
import { LEAST_ROWS } from './check-sample.js';

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

const views = z.array(z.enum(VIEW_NAMES));
const windowsSchema = z.strictObject({
  size_s: z.int().positive(),
  views,
  samples: z.int(),
  sample_rows: z.int(),
  neighbour: z.int(),
  whitened_neighbour: z.int(),
  day_rows: z.int().positive(),
  group_min_rows: z.int().min(LEAST_ROWS),
  group_rows: z.int().min(LEAST_ROWS),
  most_groups: z.int().positive(),
});
const fileSchema = z.strictObject({
  version: z.literal(1),
  views,
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
  windows: windowsSchema,
});

/** How vectors of windows are learned and judged. */
export interface VectorModel {
  readonly settings: JointSettings;
  /** Seconds of a window. */
  readonly size: number;
  /** Windows kept of each entity and UTC day. */
  readonly dayRows: number;
  /** Rows that a group needs, rows that its model is fitted to at most, and models at most. */
  readonly groupMinRows: number;
  readonly groupRows: number;
  readonly mostGroups: number;
  /** Of the file: baselines of another hash are not comparable. */
  readonly hash: string;
}

/** Parses and checks settings, of tables and of windows. Throws BAD_MODEL, or BAD_ARGUMENT for a value out of its range. */
export function parseJointFile(text: string): { readonly tables: JointSettings; readonly windows: VectorModel } {
  const { version: _, windows, ...file } = parseConstants('joint.yaml', fileSchema, text);
  const { size_s: size, day_rows, group_min_rows, group_rows, most_groups, ...own } = windows;
  const tables = camelCased(file) as unknown as JointSettings;
  const settings = { ...tables, ...camelCased(own) };
  for (const one of [tables, settings]) checkSettings(one);
  const hash = constantsHash(text);
  const limits = { dayRows: day_rows, groupMinRows: group_min_rows, groupRows: group_rows, mostGroups: most_groups };
  return { tables, windows: { settings, size, ...limits, hash } };
}

function camelCased(file: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const camel = (name: string) => name.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(file).map(([name, value]) => [camel(name), value]));
}

let shipped: ReturnType<typeof parseJointFile> | undefined;

function shippedFile(): ReturnType<typeof parseJointFile> {
  shipped ??= parseJointFile(readConstants('joint.yaml'));
  return shipped;
}

/** The settings of tables in models/joint.yaml, read once. */
export function jointSettings(): JointSettings {
  return shippedFile().tables;
}

/** How vectors of windows are judged by models/joint.yaml, read once. */
export function vectorModel(): VectorModel {
  return shippedFile().windows;
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
