import { JointGroups } from '../joint/joint-groups.js';
import { judgeVectors, minuteName } from '../joint/judge-vectors.js';
import type { BaselineModel } from '../model.js';
import { Roles } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { HostHour } from './host-hour.js';
import { judgeHour, type MinuteScore } from './judge.js';
import { Laws } from './laws.js';

/** Judges hours by what a snapshot knows: each minute by its windows one by one, and those that end a vector by that too. */
export function windowJudge(snapshot: Snapshot, model: BaselineModel): (hour: HostHour) => MinuteScore[] {
  const laws = Laws.read(snapshot);
  const roles = Roles.read(snapshot);
  const groups = JointGroups.read(snapshot);
  return (hour) => {
    const vectors = new Map(
      judgeVectors(hour, groups, roles, model).map((vector) => [minuteName(vector.key, vector.minute), vector]),
    );
    const scores = judgeHour(hour, laws, roles, model.windows, model.constants.hour_zone);
    return scores.map((score) => {
      const joint = vectors.get(minuteName(score.key, score.minute));
      return joint === undefined ? score : { ...score, joint };
    });
  };
}
