import { createHash } from 'node:crypto';
import { type DecisionModel, decisionModel } from '../decide/spec.js';
import { type FactorModel, factorModel } from './factor/spec.js';
import { type VectorModel, vectorModel } from './joint/settings.js';
import { type RhythmModel, rhythmModel } from './rhythm/spec.js';
import { type RoleModel, roleModel } from './role/spec.js';
import { type WindowModel, windowModel } from './window/spec.js';

/** All that decides how a baseline is learned. */
export interface BaselineModel extends FactorModel {
  readonly windows: WindowModel;
  readonly rhythms: RhythmModel;
  readonly decision: DecisionModel;
  readonly vectors: VectorModel;
  readonly roles: RoleModel;
  /** Of all files together: baselines of another hash are not comparable. */
  readonly hash: string;
}

let shipped: BaselineModel | undefined;

/** The model in models/, read once. */
export function baselineModel(): BaselineModel {
  if (shipped === undefined) {
    const factor = factorModel();
    const windows = windowModel();
    const rhythms = rhythmModel();
    const vectors = vectorModel();
    const roles = roleModel();
    const decision = decisionModel();
    const hashes = [factor, windows, rhythms, vectors, roles, decision].map(({ hash }) => hash);
    const hash = createHash('sha256').update(hashes.join(' ')).digest('hex').slice(0, 16);
    shipped = { ...factor, windows, rhythms, vectors, roles, decision, hash };
  }
  return shipped;
}
