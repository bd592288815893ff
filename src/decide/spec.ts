import { z } from 'zod';
import { constantsHash, parseConstants, readConstants } from '../tuple/constants-file.js';

const fileSchema = z.strictObject({
  version: z.literal(1),
  constants: z.strictObject({
    p_cap: z.number().gt(0.5).lt(1),
    fold_ln_p: z.number().negative(),
    fold_unit: z.number().positive().max(1),
    decluster_minutes: z.int().positive(),
    alerts_per_day: z.number().positive(),
    eta: z.number().positive(),
    eta_fall: z.number().nonnegative(),
    hour_most: z.int().positive(),
    tail_alerts: z.int().positive(),
    peak_p: z.number().gt(0).lt(1),
    peak_days: z.int().positive(),
    level_step: z.number().positive(),
    evidence_kept: z.int().positive(),
    alpha: z.number().gt(0).lt(1),
    jump: z.number().gt(0).lt(1),
    broken_at: z.number().gt(1),
    trust_after: z.int().positive(),
    broken_trust: z.number().gt(0).max(1),
  }),
});

export type DecisionConstants = z.infer<typeof fileSchema>['constants'];

export interface DecisionModel {
  readonly constants: DecisionConstants;
  /** Of the file. */
  readonly hash: string;
}

/** Parses and checks a decision model. Throws BAD_MODEL with what was expected. */
export function parseDecisionModel(text: string): DecisionModel {
  const file = parseConstants('decision.yaml', fileSchema, text);
  return { constants: file.constants, hash: constantsHash(text) };
}

let shipped: DecisionModel | undefined;

/** The model in models/decision.yaml, read once. */
export function decisionModel(): DecisionModel {
  shipped ??= parseDecisionModel(readConstants('decision.yaml'));
  return shipped;
}
