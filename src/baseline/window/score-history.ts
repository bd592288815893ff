import { lnRank, type RankRule, randomisedRank, rankScores, type ScoreRanks } from '../../stats/score-ranks.js';
import { H } from '../../tuple/hash.js';
import { type ExchangeableGroup, groupExchangeable } from '../exchangeable-groups.js';
import { FlatTable } from '../flat-table.js';
import type { RoleOf } from '../roles.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import type { Entity } from './entities.js';
import { LEVELS, levelKeys } from './levels.js';
import { rankRule, type WindowConstants } from './spec.js';

/** Scores of an entity's minutes: how many by bin, and the highest of each cluster, by the cluster's name, with its weight. */
export interface EntityScores {
  readonly entity: Entity;
  readonly bins: Map<number, number>;
  readonly clusters: Map<string, { readonly bin: number; readonly weight: number }>;
}

/** Numbers of a row of `window.rank.rows`: level, units, total, tail (u, ln share, mean excess; 0 for none), first bin, bins, own weight. */
export const RANK_ROW = 9;

/** Scores of the windows of a minute, of vectors, both of hosts that were left out, or of all that is known of a minute. */
export type RankedScores = 'window' | 'fresh' | 'joint' | 'freshJoint' | 'minute';

type Group = ExchangeableGroup<EntityScores>;

/** Scores of minutes that a score is ranked among: the finest of its entity's levels that has enough of them. */
export class WindowRanks {
  private readonly rule: RankRule;
  private readonly leastUnits: number;

  private constructor(
    private readonly table: FlatTable,
    private readonly rows: Float64Array,
    private readonly bins: Float64Array,
    constants: WindowConstants,
  ) {
    this.rule = rankRule(constants);
    this.leastUnits = constants.group_min_units;
  }

  /** @param finest the first level that counts */
  static of(scores: readonly EntityScores[], roles: RoleOf, constants: WindowConstants, finest = 0): WindowRanks {
    const groups = groupExchangeable(scores, {
      levels: LEVELS.length,
      key: (level, { entity }) => {
        const key = level < finest ? undefined : levelKeys(entity, roles)[level];
        if (key !== undefined) Object.assign(H, key);
        return key !== undefined;
      },
      units: (one) => unitsOf([one]),
      least: constants.group_min_units,
      leastOfRest: constants.tail_min_units,
    });
    return WindowRanks.pack(groups, constants);
  }

  private static pack(groups: readonly Group[], constants: WindowConstants): WindowRanks {
    const rule = rankRule(constants);
    const ranks = groups.map(({ members }) => {
      const counts = sumBins(members);
      return rankScores(counts, rule, peaksOf(members, counts.length));
    });
    const rows = new Float64Array(groups.length * RANK_ROW);
    const bins = new Float64Array(ranks.reduce((n, r) => n + r.atLeast.length, 0));
    let at = 0;
    groups.forEach(({ level, members }, i) => {
      const { atLeast, total, tail, own } = ranks[i]!;
      const { u, lnShare, meanExcess } = tail ?? { u: 0, lnShare: 0, meanExcess: 0 };
      rows.set([level, unitsOf(members), total, u, lnShare, meanExcess, at, atLeast.length, own], i * RANK_ROW);
      bins.set(atLeast, at);
      at += atLeast.length;
    });
    const table = FlatTable.build(
      groups.length,
      (i) => groups[i]!.key,
      (i) => i,
    );
    return new WindowRanks(table, rows, bins, constants);
  }

  /** Row of the group an entity's scores are ranked in, −1 where nothing was ever scored. */
  groupOf(entity: Entity, roles: RoleOf): number {
    for (const key of levelKeys(entity, roles)) {
      const slot = key === undefined ? -1 : this.table.find(key.lo, key.hi);
      if (slot >= 0) return this.table.values[slot]!;
    }
    return -1;
  }

  /** ln p of a score in a group; 0 without one. */
  lnP(group: number, bits: number): number {
    return group < 0 ? 0 : lnRank(this.ranksOf(group), bits, this.rule);
  }

  /** The same of a score of which only the bin is known: its middle. */
  lnPOfBin(group: number, bin: number): number {
    return this.lnP(group, (bin + 0.5) / this.rule.binsPerBit);
  }

  /** Randomised p of a score in a group; u itself without one. */
  randomised(group: number, bits: number, u: number): number {
    return group < 0 ? u : randomisedRank(this.ranksOf(group), bits, this.rule, u);
  }

  /** How many scores a group has, undecayed where they were. */
  units(group: number): number {
    return group < 0 ? 0 : this.rows[group * RANK_ROW + 1]!;
  }

  /** Where a group's scores are ranked, and how far a rank there is to be trusted; undefined without a group. */
  describe(group: number, bits: number): { level: number; few: boolean; extrapolated: boolean } | undefined {
    if (group < 0) return undefined;
    const beyond = Math.max(0, Math.floor(bits * this.rule.binsPerBit)) >= this.ranksOf(group).atLeast.length;
    return { level: this.rows[group * RANK_ROW]!, few: this.units(group) < this.leastUnits, extrapolated: beyond };
  }

  private ranksOf(group: number): ScoreRanks {
    const row = this.rows.subarray(group * RANK_ROW, (group + 1) * RANK_ROW);
    const [, , total, u, lnShare, meanExcess, first, count, own] = row as unknown as number[];
    const tail = meanExcess! > 0 ? { u: u!, lnShare: lnShare!, meanExcess: meanExcess! } : undefined;
    return { atLeast: this.bins.subarray(first!, first! + count!), total: total!, tail, own: own! };
  }

  /** @param of what the scores are of, with which the names of the sections begin */
  freeze(sections: Map<string, SectionArray>, of: RankedScores): void {
    sections.set(`${of}.rank.keys`, this.table.keys);
    sections.set(`${of}.rank.row`, this.table.values);
    sections.set(`${of}.rank.rows`, this.rows);
    sections.set(`${of}.rank.bins`, this.bins);
  }

  static read(snapshot: Snapshot, constants: WindowConstants, of: RankedScores): WindowRanks {
    const table = new FlatTable(snapshot.array(`${of}.rank.keys`, 'u32'), snapshot.array(`${of}.rank.row`, 'f64'));
    const rows = snapshot.array(`${of}.rank.rows`, 'f64');
    return new WindowRanks(table, rows, snapshot.array(`${of}.rank.bins`, 'f64'), constants);
  }
}

function unitsOf(scores: readonly EntityScores[]): number {
  let sum = 0;
  for (const { bins } of scores) for (const n of bins.values()) sum += n;
  return sum;
}

function sumBins(scores: readonly EntityScores[]): Float64Array {
  let top = -1;
  for (const { bins } of scores) for (const bin of bins.keys()) top = Math.max(top, bin);
  const sums = new Float64Array(top + 1);
  for (const { bins } of scores) for (const [bin, n] of bins) sums[bin]! += n;
  return sums;
}

/** By bin the weight of the clusters whose highest score lies there; one that several entities share has one highest. */
function peaksOf(scores: readonly EntityScores[], bins: number): Float64Array {
  const highest = new Map<string, { readonly bin: number; readonly weight: number }>();
  for (const { clusters } of scores) {
    for (const [name, of] of clusters) if (of.bin >= (highest.get(name)?.bin ?? 0)) highest.set(name, of);
  }
  const peaks = new Float64Array(bins);
  for (const { bin, weight } of highest.values()) peaks[bin]! += weight;
  return peaks;
}
