import type { BaselineModel } from '../model.js';
import type { RoleOf } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { HostHour } from './host-hour.js';
import { judgeHour, type MinuteScore } from './judge.js';
import { Laws } from './laws.js';

/** Judges hours by what a snapshot knows, and the roles at hand. */
export function windowJudge(
  snapshot: Snapshot,
  roles: RoleOf,
  model: BaselineModel,
): (hour: HostHour) => MinuteScore[] {
  const laws = Laws.read(snapshot);
  return (hour) => judgeHour(hour, laws, roles, model.windows, model.constants.hour_zone);
}
