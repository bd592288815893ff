import { H, mix } from '../../tuple/hash.js';
import { type Pair, pairName } from '../../tuple/learned.js';
import type { SnapshotCard } from '../card.js';
import type { Constants } from '../factor/spec.js';
import { FlatTable } from '../flat-table.js';
import type { Roles } from '../roles.js';
import type { SectionArray } from '../snapshot.js';
import { isRhythm } from './judge.js';
import { OctaveCounts, octaveOf } from './octaves.js';
import { PART, type PairParts } from './pair.js';
import { lnRegularityRank } from './regularity.js';
import type { JudgedPair, Rhythms } from './rhythms.js';
import { rhythmModel } from './spec.js';

/** Numbers in a row of `rhythm.rows`: ln p of the gate, regularity limit, period in ms, its octave, last beat in ms. */
export const RHYTHM_ROW = 5;
/** Numbers in a row of `rhythm.group.rows`: first and count of its limits. */
export const GROUP_ROW = 2;

/** Key of the pairs of a program, or of all pairs. */
export function rhythmGroup(exe: Pair | undefined): Pair {
  mix(0x72677270, exe === undefined ? 0 : 1, exe?.lo ?? 0, exe?.hi ?? 0);
  return { lo: H.lo, hi: H.hi };
}

/**
 * Judges every pair of enough beats, whether it keeps a rhythm or not. Sections:
 *   rhythm.keys, rhythm.row, rhythm.rows                     by pair, RHYTHM_ROW numbers each
 *   rhythm.group.keys, .row, .rows, rhythm.group.limits      ascending limits of programs of enough pairs, and of all
 *   rhythm.scores                                            ascending scores of the judged pairs, each left out
 * and those of `OctaveCounts`. Costs a gate a changed pair: 34 ms of processor at 1,024 beats, 2 ms at 200.
 */
export function freezeRhythms(
  rhythms: Rhythms,
  roles: Roles,
  factors: Constants,
  sections: Map<string, SectionArray>,
): NonNullable<SnapshotCard['rhythms']> {
  const judged = rhythms.judged();
  const rows = new Float64Array(judged.length * RHYTHM_ROW);
  judged.forEach(({ judgement: { gate, limit, description } }, i) => {
    const { periodMs, lastMs } = description;
    rows.set([gate.lnP, limit, periodMs, octaveOf(periodMs), lastMs], i * RHYTHM_ROW);
  });
  const table = FlatTable.build(
    judged.length,
    (i) => judged[i]!.key,
    (i) => i,
  );
  sections.set('rhythm.keys', table.keys);
  sections.set('rhythm.row', table.values);
  sections.set('rhythm.rows', rows);
  const limits = freezeLimits(judged, rhythms.constants.group_least_pairs, sections);
  const octaves = new OctaveCounts(judged, roles, rhythms.constants, factors);
  octaves.freeze(sections);
  const scores = judged.map((pair) => {
    if (!isRhythm(pair.judgement, rhythms.constants)) return 0;
    const { limit } = pair.judgement;
    return oddness(lnRegularityRank(limit, othersOf(limits(pair.parts), limit)), octaves.leftOutBits(pair));
  });
  sections.set('rhythm.scores', Float64Array.from(scores).sort());
  const kept = judged.filter(({ judgement }) => isRhythm(judgement, rhythms.constants)).length;
  return { model: rhythmModel().hash, pairs: rhythms.size, judged: judged.length, rhythms: kept };
}

/** How odd a rhythm is, nats: its rank and its octave, as if they were independent. */
export function oddness(lnRank: number, bits: number): number {
  return bits * Math.LN2 - lnRank;
}

/** Limits without a pair's own one. */
export function othersOf(limits: Float64Array, own: number | undefined): Float64Array {
  const mine = own === undefined ? -1 : limits.indexOf(own);
  return mine < 0 ? limits : limits.filter((_, i) => i !== mine);
}

/** @returns the limits that a pair is ranked among, its own included */
function freezeLimits(
  judged: readonly JudgedPair[],
  least: number,
  sections: Map<string, SectionArray>,
): (parts: PairParts) => Float64Array {
  const groups = new Map<string, { key: Pair; limits: number[] }>();
  const add = (key: Pair, limit: number) => {
    const group = groups.get(pairName(key)) ?? { key, limits: [] };
    group.limits.push(limit);
    groups.set(pairName(key), group);
  };
  const all = rhythmGroup(undefined);
  for (const { parts, judgement } of judged) {
    add(all, judgement.limit);
    const exe = parts[PART.exe];
    if (exe !== undefined) add(rhythmGroup(exe), judgement.limit);
  }
  const kept = [...groups.values()].filter(
    ({ key, limits }) => pairName(key) === pairName(all) || limits.length >= least,
  );
  const table = FlatTable.build(
    kept.length,
    (i) => kept[i]!.key,
    (i) => i,
  );
  const bounds: number[] = [];
  const limits: number[] = [];
  for (const group of kept) {
    bounds.push(limits.length, group.limits.length);
    limits.push(...group.limits.sort((a, b) => a - b));
  }
  sections.set('rhythm.group.keys', table.keys);
  sections.set('rhythm.group.row', table.values);
  sections.set('rhythm.group.rows', Float64Array.from(bounds));
  sections.set('rhythm.group.limits', Float64Array.from(limits));
  const ascending = new Map(kept.map((group) => [pairName(group.key), Float64Array.from(group.limits)]));
  return (parts) => ascending.get(pairName(rhythmGroup(parts[PART.exe]))) ?? ascending.get(pairName(all))!;
}
