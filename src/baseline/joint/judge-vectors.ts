import { type Pair, pairName } from '../../tuple/learned.js';
import type { RoleOf } from '../roles.js';
import type { HostHour } from '../window/host-hour.js';
import { levelKeys } from '../window/levels.js';
import type { JointGroups } from './joint-groups.js';
import {
  columnFeatures,
  columnValue,
  jointBits,
  type VectorModels,
  vectorMinutes,
  vectorsOf,
  vectorTable,
  type WindowVector,
} from './vectors.js';

/** What a feature adds to the score of a vector. */
export interface VectorPart {
  readonly feature: number;
  /** Parts sum to the score. */
  readonly bits: number;
  readonly value: number;
  /** The middle of the group's windows, and what goes with the vector's other columns. */
  readonly typical: number;
  readonly expected: number;
}

/** An entity's window, judged as one vector. */
export interface JudgedVector {
  readonly key: Pair;
  /** Minutes since 1970 of its last minute. */
  readonly minute: number;
  /** A score, to be ranked. */
  readonly bits: number;
  /** Of every feature, the largest first. */
  readonly parts: readonly VectorPart[];
}

/** Judges the windows of an hour that were recorded whole, by the finest model of who did it. */
export function judgeVectors(hour: HostHour, groups: JointGroups, roles: RoleOf, models: VectorModels): JudgedVector[] {
  const byGroup = new Map<number, WindowVector[]>();
  for (const vector of vectorsOf(hour, models)) {
    const group = vector.whole ? groups.find(levelKeys(vector.entity, roles)) : -1;
    if (group < 0) continue;
    const list = byGroup.get(group);
    if (list === undefined) byGroup.set(group, [vector]);
    else list.push(vector);
  }
  return [...byGroup].flatMap(([group, vectors]) => judgeGroup(group, vectors, groups, models));
}

function judgeGroup(
  group: number,
  vectors: readonly WindowVector[],
  groups: JointGroups,
  models: VectorModels,
): JudgedVector[] {
  const { windows } = models;
  const features = columnFeatures(windows);
  const table = vectorTable(
    vectors.map(({ values }) => values),
    windows,
  );
  const { score, byColumn } = groups.score(group, table);
  const usual = groups.typical(group, table);
  const last = vectorMinutes(models) - 1;
  return vectors.map(({ key, from, values }, i) => {
    const parts = features.map((feature, j): VectorPart => {
      const at = i * features.length + j;
      const typical = columnValue(j, usual.typical[j]!, windows);
      const expected = columnValue(j, usual.expected[at]!, windows);
      return { feature, bits: jointBits(byColumn[at]!), value: values[j]!, typical, expected };
    });
    parts.sort((a, b) => b.bits - a.bits || a.feature - b.feature);
    return { key, minute: from + last, bits: jointBits(score[i]!), parts };
  });
}

/** Name of an entity's minute. */
export function minuteName(key: Pair, minute: number): string {
  return `${pairName(key)}@${minute}`;
}
