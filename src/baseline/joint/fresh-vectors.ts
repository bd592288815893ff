import { type Pair, pairName } from '../../tuple/learned.js';
import { dealHosts, NOBODY } from '../deal-hosts.js';
import type { Roles } from '../roles.js';
import { levelKeys } from '../window/levels.js';
import { ScoreBins, scoreBin } from '../window/score-bins.js';
import type { EntityScores } from '../window/score-history.js';
import { fitJoint } from './fit-joint.js';
import { JointGroups } from './joint-groups.js';
import { scoreJoint } from './score-joint.js';
import { groupRows, type VectorGroup, vectorGroups } from './vector-groups.js';
import type { EntityVectors } from './vector-rows.js';
import { jointBits, type VectorModels, vectorTable } from './vectors.js';

/**
 * Scores of the vectors of hosts of which only the role is known, by models of which they are no part: as `freshScores` of windows.
 * O(deals × groups of roles and programs) fits.
 *
 * @param leftOut hosts that are left out, of `chooseHosts`
 */
export function freshVectors(
  entities: readonly EntityVectors[],
  leftOut: readonly Pair[],
  roles: Roles,
  models: VectorModels,
): EntityScores[] {
  const bins = new ScoreBins();
  const { constants } = models.windows;
  for (const hosts of dealHosts(leftOut, roles, constants.left_out_folds)) {
    const isOut = ({ entity }: EntityVectors) => hosts.has(pairName(entity.host));
    const groups = vectorGroups(
      entities.filter((one) => !isOut(one)),
      roles,
      models.vectors,
    );
    for (const [at, members] of judged(entities.filter(isOut), groups, roles)) {
      const table = (rows: readonly { values: Float64Array }[]) =>
        vectorTable(
          rows.map(({ values }) => values),
          models.windows,
        );
      const model = fitJoint(table(groupRows(groups[at]!, models.vectors)), models.vectors.settings);
      for (const { key, entity, rows } of members) {
        for (const score of scoreJoint(model, table(rows)).score) {
          bins.add(key, entity, scoreBin(jointBits(score), constants), 1, pairName(entity.host));
        }
      }
    }
  }
  return bins.scores;
}

/** Who is judged by each group's model, by what is named of their hosts. */
function judged(
  entities: readonly EntityVectors[],
  groups: readonly VectorGroup[],
  roles: Roles,
): Map<number, EntityVectors[]> {
  const places = JointGroups.of(
    groups.map(({ key }) => key),
    [],
  );
  const by = new Map<number, EntityVectors[]>();
  for (const one of entities) {
    const role = roles.named(one.entity.host);
    const at = places.find(levelKeys({ ...one.entity, host: NOBODY }, { get: () => role }));
    if (at < 0) continue;
    const members = by.get(at) ?? [];
    members.push(one);
    by.set(at, members);
  }
  return by;
}
