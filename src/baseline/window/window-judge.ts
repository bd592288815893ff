import type { BaselineModel } from '../model.js';
import { Roles } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { HostHour } from './host-hour.js';
import { judgeHour, type MinuteScore } from './judge.js';
import { Laws } from './laws.js';

/** Judges hours by what a snapshot knows. */
export function windowJudge(snapshot: Snapshot, model: BaselineModel): (hour: HostHour) => MinuteScore[] {
  const laws = Laws.read(snapshot);
  const roles = Roles.read(snapshot);
  return (hour) => judgeHour(hour, laws, roles, model.windows, model.constants.hour_zone);
}
