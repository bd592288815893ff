import { z } from 'zod';
import { constantsHash, parseConstants, readConstants } from '../../tuple/constants-file.js';
import { windowModel } from '../window/spec.js';

const isFeature = (name: string) => windowModel().features.some((feature) => feature.name === name);

const fileSchema = z.strictObject({
  version: z.literal(1),
  constants: z
    .strictObject({
      hold_p: z.number().gt(0).lt(1),
      release_p: z.number().gt(0).lt(1),
      release_days: z.int().min(2),
      peer_hosts: z.int().min(2),
      peer_share: z.number().min(0).max(1),
      peer_days: z.int().positive(),
      most_waiting: z.int().positive(),
      burst_share: z.number().gt(0).max(1),
      burst_least: z.number().positive(),
      window_burst_least: z.number().nonnegative(),
      shift_days: z.int().positive(),
      slow_half_life_days: z.number().positive(),
      ramp_min_days: z.int().min(3),
      ramp_allowance: z.number().nonnegative(),
      ramp_limit: z.number().positive(),
      ramp_least_spread: z.number().positive(),
      ramp_features: z.array(z.string()).refine((names) => names.every(isFeature), 'features of models/windows.yaml'),
      verdict_presences: z.number().positive(),
      verdict_most_days: z.int().positive(),
    })
    .refine(
      (c) => c.release_p < c.hold_p,
      'release_p below hold_p: else nothing that is held is ever released by days',
    ),
});

export type LearningConstants = z.infer<typeof fileSchema>['constants'];

export interface LearningModel {
  readonly constants: LearningConstants;
  /** Of the file. */
  readonly hash: string;
}

/** Parses and checks a learning model. Throws BAD_MODEL with what was expected. */
export function parseLearningModel(text: string): LearningModel {
  const file = parseConstants('learning.yaml', fileSchema, text);
  return { constants: file.constants, hash: constantsHash(text) };
}

let shipped: LearningModel | undefined;

/** The model in models/learning.yaml, read once. */
export function learningModel(): LearningModel {
  shipped ??= parseLearningModel(readConstants('learning.yaml'));
  return shipped;
}
