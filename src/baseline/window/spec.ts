import { z } from 'zod';
import { QuinceError } from '../../errors/quince-error.js';
import type { RankRule } from '../../stats/score-ranks.js';
import { type ColumnName, columnPosition, META_SYSCALLS, SYSCALLS } from '../../tuple/columns.js';
import { constantsHash, parseConstants, readConstants } from '../../tuple/constants-file.js';

/** Sizes whose windows of distinct values one exact sum can keep, see `packAdded`. */
const MOST_SIZES = 3;

const share = z.number().min(0).max(1);
const constantsSchema = z.strictObject({
  role_ln_dispersion: z.number(),
  role_ln_dispersion_sd: z.number().positive(),
  subject_ln_dispersion_sd: z.number().positive(),
  distinct_most: z.int().min(16),
  fit_windows: z.number().positive(),
  least_windows: z.number().positive(),
  group_min_units: z.int().positive(),
  close_after_hours: z.int().nonnegative(),
  role_windows: z.number().nonnegative(),
  role_ln_mean_sd: z.number().positive(),
  role_gaps: z.number().nonnegative(),
  hour_min_days: z.int().positive(),
  hour_prior_hours: z.number().positive(),
  volume_nu: z.number().positive(),
  volume_scale_floor: z.number().positive(),
  lower_tail_lost: share,
  loss_classes: z
    .array(share)
    .min(1)
    .refine((ends) => ends.every((e, i) => i === 0 || e > ends[i - 1]!) && ends.at(-1) === 1, 'rising ends up to 1'),
  bins_per_bit: z.int().positive(),
  tail_share: z.number().gt(0).lt(1),
  tail_min_units: z.int().positive(),
  cross_fit_days: z.int().positive(),
  cross_fit_blocks: z.int().min(2),
  cross_fit_rounds: z.int().positive(),
  left_out_folds: z.int().min(2),
});

const column = z
  .string()
  .refine((name) => columnPosition(name) !== undefined, 'a column of the event')
  .transform((name) => name as ColumnName);
const syscall = z.enum(SYSCALLS.filter((s) => !META_SYSCALLS.includes(s)));
const featureSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z_]*$/),
    unit: z.string().min(1),
    aggregation: z.enum(['count', 'distinct', 'sum']),
    columns: z.array(column).min(1).optional(),
    syscalls: z.array(syscall).min(1).optional(),
    errnos: z.array(z.int().positive()).min(1).optional(),
    access: z.enum(['read', 'write']).optional(),
    whose: z.enum(['self', 'parent']).default('self'),
    tail: z.enum(['upper', 'both', 'silence']),
  })
  .refine(
    (f) => (f.aggregation === 'count') === (f.columns === undefined),
    'columns for distinct and sum, none for count',
  )
  .refine((f) => f.aggregation !== 'sum' || f.columns?.length === 1, 'one column for sum')
  .refine((f) => f.tail !== 'silence' || f.aggregation === 'count', 'count for silence');
const fileSchema = z.strictObject({
  version: z.literal(1),
  sizes: z
    .array(z.int().positive())
    .min(1)
    .refine(
      (sizes) => sizes.every((s, i) => i === 0 || s % sizes[i - 1]! === 0),
      'each size a multiple of the one before',
    )
    .refine((sizes) => sizes.length <= MOST_SIZES, `at most ${MOST_SIZES} sizes`)
    .refine((sizes) => sizes[0] === 60, 'a minute as the first size')
    .refine((sizes) => 3600 % sizes.at(-1)! === 0, 'sizes that divide the hour'),
  constants: constantsSchema,
  features: z
    .array(featureSchema)
    .min(1)
    .refine((all) => new Set(all.map((f) => f.name)).size === all.length, 'names of their own'),
});

export type WindowConstants = z.infer<typeof constantsSchema>;
export type Feature = z.infer<typeof featureSchema>;
export type FeatureTail = Feature['tail'];

export interface WindowModel {
  readonly constants: WindowConstants;
  /** Seconds, rising. */
  readonly sizes: readonly number[];
  readonly features: readonly Feature[];
  /** Positions of the features of all events, and of silence. */
  readonly events: number;
  readonly silence: number;
  /** Of the file: baselines of another hash are not comparable. */
  readonly hash: string;
}

/** Parses and checks a window model. Throws BAD_MODEL with what was expected. */
export function parseWindowModel(text: string): WindowModel {
  const file = parseConstants('windows.yaml', fileSchema, text);
  const { constants, sizes, features } = file;
  const events = features.findIndex(
    (f) => f.name === 'events' && f.aggregation === 'count' && f.syscalls === undefined,
  );
  const silence = features.findIndex((f) => f.tail === 'silence');
  if (events < 0 || silence < 0) {
    throw new QuinceError('BAD_MODEL', 'windows.yaml requires events (a count of all) and silence, got neither or one');
  }
  const hash = constantsHash(text);
  return { constants, sizes, features, events, silence, hash };
}

let shipped: WindowModel | undefined;

/** The model in models/windows.yaml, read once. */
export function windowModel(): WindowModel {
  shipped ??= parseWindowModel(readConstants('windows.yaml'));
  return shipped;
}

/** Class of a window by the share of its events that was lost: the first whose end is not below. */
export function lossClass(lost: number, constants: WindowConstants): number {
  return constants.loss_classes.findIndex((end) => lost <= end);
}

/** How scores of windows rank in their group's history. */
export function rankRule(constants: WindowConstants): RankRule {
  const { bins_per_bit: binsPerBit, tail_share: tailShare, tail_min_units: tailMin } = constants;
  return { binsPerBit, tailShare, tailMin };
}

/**
 * Rounds in which the blocks of cross-fitting are dealt out over the seconds learned: as many as leave stretches a whole window.
 * 0 from `cross_fit_days` on: then the history is prequential.
 */
export function crossFitRounds(seconds: number, constants: WindowConstants): number {
  if (seconds >= 86_400 * constants.cross_fit_days) return 0;
  const stretches = Math.floor(seconds / (3600 * constants.cross_fit_blocks));
  return Math.max(1, Math.min(constants.cross_fit_rounds, stretches));
}

/** Windows of this class teach: so little was lost that they count as whole. */
export function teaches(lossClassOf: number, constants: WindowConstants): boolean {
  return constants.loss_classes[lossClassOf]! <= constants.lower_tail_lost;
}
