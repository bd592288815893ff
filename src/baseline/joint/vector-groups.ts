import { type Pair, pairName } from '../../tuple/learned.js';
import type { Roles } from '../roles.js';
import { LEVELS, levelKeys } from '../window/levels.js';
import type { VectorModel } from './settings.js';
import type { EntityVectors, VectorRow } from './vector-rows.js';

/** Whose windows a model is fitted to. */
export interface VectorGroup {
  readonly level: number;
  readonly key: Pair;
  readonly members: readonly EntityVectors[];
}

/**
 * The groups that get a model, coarse to fine: at every level those of enough rows, with all of their members, for a subject
 * that was never learned is judged by its role or program. What is all of the next coarser group needs no model. Of a level's
 * groups those of the most rows come first, up to `most_groups`. O(entities × levels).
 */
export function vectorGroups(entities: readonly EntityVectors[], roles: Roles, model: VectorModel): VectorGroup[] {
  const chosen: VectorGroup[] = [];
  const sizes = new Map<string, number>();
  for (let level = LEVELS.length - 1; level >= 0; level--) {
    const groups = new Map<string, { key: Pair; next: Pair | undefined; members: EntityVectors[] }>();
    for (const one of entities) {
      const keys = levelKeys(one.entity, roles);
      const key = keys[level];
      if (key === undefined) continue;
      const next = keys.slice(level + 1).find((above) => above !== undefined);
      const group = groups.get(pairName(key)) ?? { key, next, members: [] };
      groups.set(pairName(key), group);
      group.members.push(one);
    }
    const fit = [...groups.values()].filter(({ key, next, members }) => {
      sizes.set(pairName(key), members.length);
      const isSame = next !== undefined && sizes.get(pairName(next)) === members.length;
      return !isSame && rowsIn(members) >= model.groupMinRows;
    });
    fit.sort((a, b) => rowsIn(b.members) - rowsIn(a.members) || a.key.hi - b.key.hi || a.key.lo - b.key.lo);
    for (const { key, members } of fit) if (chosen.length < model.mostGroups) chosen.push({ level, key, members });
  }
  return chosen;
}

/** The rows that a group's model is fitted to, in the order of time. */
export function groupRows({ members }: VectorGroup, { groupRows: most }: VectorModel): VectorRow[] {
  const rows = members.flatMap((member) => member.rows);
  const byKey = (a: VectorRow, b: VectorRow) => a.key.hi - b.key.hi || a.key.lo - b.key.lo;
  const drawn = rows.sort((a, b) => a.draw - b.draw || a.from - b.from || byKey(a, b)).slice(0, most);
  return drawn.sort((a, b) => a.from - b.from || byKey(a, b));
}

function rowsIn(members: readonly EntityVectors[]): number {
  return members.reduce((sum, { rows }) => sum + rows.length, 0);
}
