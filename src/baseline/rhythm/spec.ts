import { z } from 'zod';
import { QuinceError } from '../../errors/quince-error.js';
import { constantsHash, parseConstants, readConstants } from '../../tuple/constants-file.js';

const share = z.number().gt(0).lt(1);
const constantsSchema = z.strictObject({
  beats_kept: z.int().positive(),
  least_beats: z.int().min(4),
  delta_least_s: z.number().positive(),
  delta_from: share,
  delta_from_gaps: z.int().positive(),
  delta_to: share,
  longest_gap_s: z.number().positive(),
  period_shortest: z.number().positive(),
  period_longest: z.number().positive(),
  longest_phase_s: z.number().positive(),
  oversampling: z.int().positive(),
  block_beats: z.int().min(4),
  block_growth: z.int().min(2),
  single_share: share,
  missed_in_row: z.int().positive(),
  shape_level: share,
  pairs_kept: z.int().positive(),
  gate_p: share,
  group_least_pairs: z.int().positive(),
  finding_nats: z.number().positive(),
  finding_share: share,
});
const fileSchema = z.strictObject({ version: z.literal(1), constants: constantsSchema });

export type RhythmConstants = z.infer<typeof constantsSchema>;

export interface RhythmModel {
  readonly constants: RhythmConstants;
  /** Of the file: baselines of another hash are not comparable. */
  readonly hash: string;
}

/** Parses and checks a rhythm model. Throws BAD_MODEL with what was expected. */
export function parseRhythmModel(text: string): RhythmModel {
  const file = parseConstants('rhythms.yaml', fileSchema, text);
  const { constants } = file;
  for (const [low, high] of [
    ['delta_from', 'delta_to'],
    ['period_shortest', 'period_longest'],
  ] as const) {
    if (constants[low] >= constants[high]) {
      throw new QuinceError('BAD_MODEL', `${low} requires less than ${high}, got ${constants[low]}`);
    }
  }
  return { constants, hash: constantsHash(text) };
}

let shipped: RhythmModel | undefined;

/** The model in models/rhythms.yaml, read once. */
export function rhythmModel(): RhythmModel {
  shipped ??= parseRhythmModel(readConstants('rhythms.yaml'));
  return shipped;
}
