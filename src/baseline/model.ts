import { createHash } from 'node:crypto';
import { type FactorModel, factorModel } from './factor/spec.js';
import { type RhythmModel, rhythmModel } from './rhythm/spec.js';
import { type RoleModel, roleModel } from './role/spec.js';
import { type WindowModel, windowModel } from './window/spec.js';

/** All that decides how a baseline is learned. */
export interface BaselineModel extends FactorModel {
  readonly windows: WindowModel;
  readonly rhythms: RhythmModel;
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
    const roles = roleModel();
    const hashes = [factor, windows, rhythms, roles].map(({ hash }) => hash);
    const hash = createHash('sha256').update(hashes.join(' ')).digest('hex').slice(0, 16);
    shipped = { ...factor, windows, rhythms, roles, hash };
  }
  return shipped;
}
