import {
  binOf,
  type CalibrationContext,
  calibrationKey,
  FRESH_LEVEL,
  LEVELS,
  levelKey,
} from '../baseline/factor/calibration.js';
import { GROUP_ROW } from '../baseline/factor/freeze.js';
import type { Constants } from '../baseline/factor/spec.js';
import { FlatTable } from '../baseline/flat-table.js';
import { ownKey } from '../baseline/learning/held-units.js';
import { roleModel } from '../baseline/role/spec.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { lnTail } from '../stats/exponential-tail.js';
import { randomisedP, rankP } from '../stats/rank-p.js';
import { H } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';

/** Flags of a score. */
export const FLAG = {
  /** ln p lies beyond the data, on the exponential tail. */
  extrapolated: 1,
  /** The calibration group holds fewer units than a group should. */
  few: 2,
  /** The row was not scored: it is about the recording, or has none of the view's dimensions. */
  unscored: 4,
} as const;

/** ln p of a score among the units of its calibration group. */
export class CalibratedP {
  private readonly keys: FlatTable;
  private readonly kinds: FlatTable;
  /** Of signatures in quarantine; a snapshot made before there was one has none. */
  private readonly held: FlatTable | undefined;
  /** Hosts that were learned, and the groups of those that were not. */
  private readonly hosts: FlatTable;
  private readonly fresh: FlatTable;
  private readonly freshMask: number;
  private readonly rows: Float64Array;
  private readonly bins: Float64Array;
  /** Contexts whose p counts for less. */
  private readonly trusts: FlatTable | undefined;
  /** Of the last call: the group's row, flags, how much p counts, and the group's level, −1 of a signature in quarantine and of a new host. */
  group = -1;
  flags = 0;
  trust = 1;
  level = -1;
  /** Of the last call: weights above and at least the score, of all, and its own. */
  private above = 0;
  private atLeast = 0;
  private total = 0;
  private own = 1;
  /** Bits that do not count in it. */
  private slack = 0;

  constructor(
    view: string,
    private readonly constants: Constants,
    snapshot: Snapshot,
  ) {
    this.keys = new FlatTable(snapshot.array(`${view}.group.keys`, 'u32'), snapshot.array(`${view}.group.row`, 'f64'));
    this.kinds = new FlatTable(
      snapshot.array(`${view}.kind.keys`, 'u32'),
      snapshot.array(`${view}.kind.weight`, 'f64'),
    );
    if (snapshot.has(`${view}.held.keys`)) {
      this.held = new FlatTable(snapshot.array(`${view}.held.keys`, 'u32'), snapshot.array(`${view}.held.row`, 'f64'));
    }
    if (snapshot.has(`${view}.trust.keys`)) {
      this.trusts = new FlatTable(
        snapshot.array(`${view}.trust.keys`, 'u32'),
        snapshot.array(`${view}.trust.value`, 'f64'),
      );
    }
    this.hosts = new FlatTable(snapshot.array('host.keys', 'u32'), snapshot.array('host.row', 'f64'));
    this.fresh = new FlatTable(snapshot.array(`${view}.fresh.keys`, 'u32'), snapshot.array(`${view}.fresh.row`, 'f64'));
    this.freshMask = snapshot.array(`${view}.fresh.mask`, 'u32')[0]!;
    this.rows = snapshot.array(`${view}.group.rows`, 'f64');
    this.bins = snapshot.array(`${view}.group.bins`, 'f64');
  }

  /**
   * The rank among the group's units while the score lies within the data; beyond it the exponential tail, never above
   * the smallest rank, so that ln p falls with the score throughout. A signature in quarantine is ranked among the others.
   *
   * @param kind key of the kind of process: one of many alike weighs as each of the sample of them does
   */
  lnP(bits: number, context: CalibrationContext, role: Pair | undefined, kind: Pair, signature?: Pair): number {
    this.level = -1;
    this.trust = this.trustOf(context);
    this.slack = 0;
    this.group = this.ownRow(signature, context.mask) ?? this.find(context, role);
    this.flags = 0;
    const at = this.group * GROUP_ROW;
    const counted = bits - this.slack;
    const bin = binOf(counted, this.constants.bins_per_bit);
    this.rank(at, bin, kind);
    if (this.group < 0) {
      this.flags = FLAG.few;
      return 0;
    }
    if (this.rows[at + 8]! < this.constants.group_min_units) this.flags |= FLAG.few;
    const byRank = Math.log(rankP(this.atLeast, this.total, this.own));
    if (bin < this.rows[at + 7]!) return byRank;
    this.flags |= FLAG.extrapolated;
    const tail = { u: this.rows[at + 3]!, lnShare: this.rows[at + 4]!, meanExcess: this.rows[at + 5]! };
    return tail.meanExcess > 0 ? Math.min(byRank, lnTail(tail, counted)) : byRank;
  }

  /** Randomised p of the last score, uniform while its group is honest; u itself where nothing was ever scored. */
  randomised(u: number): number {
    return randomisedP(this.above, this.atLeast, this.total, u, this.own);
  }

  private rank(at: number, bin: number, kind: Pair): void {
    const first = this.group < 0 ? 0 : this.rows[at + 6]!;
    const count = this.group < 0 ? 0 : this.rows[at + 7]!;
    this.total = this.group < 0 ? 0 : this.rows[at + 1]!;
    this.atLeast = bin < count ? this.bins[first + bin]! : 0;
    this.above = bin + 1 < count ? this.bins[first + bin + 1]! : 0;
    const slot = this.kinds.find(kind.lo, kind.hi);
    this.own = slot < 0 ? 1 : this.kinds.values[slot]!;
  }

  private trustOf(context: CalibrationContext): number {
    if (this.trusts === undefined) return 1;
    calibrationKey(context);
    const slot = this.trusts.find(H.lo, H.hi);
    return slot < 0 ? 1 : this.trusts.values[slot]!;
  }

  private ownRow(signature: Pair | undefined, mask: number): number | undefined {
    if (this.held === undefined || signature === undefined) return undefined;
    ownKey(signature, mask);
    const slot = this.held.find(H.lo, H.hi);
    return slot < 0 ? undefined : this.held.values[slot]!;
  }

  private find(context: CalibrationContext, role: Pair | undefined): number {
    if (this.hosts.find(context.host.lo, context.host.hi) < 0) {
      const mask = context.mask & this.freshMask;
      const row = findGroup(this.fresh, FRESH_LEVEL, { ...context, mask }, role);
      if (row >= 0) {
        this.slack = roleModel().constants.left_out_slack_bits;
        return row;
      }
    }
    const row = findGroup(this.keys, 0, context, role);
    if (row >= 0) this.level = this.rows[row * GROUP_ROW]!;
    return row;
  }
}

function findGroup(groups: FlatTable, finest: number, context: CalibrationContext, role: Pair | undefined): number {
  for (let level = finest; level < LEVELS.length; level++) {
    if (!levelKey(level, context, role)) continue;
    const slot = groups.find(H.lo, H.hi);
    if (slot >= 0) return groups.values[slot]!;
  }
  return -1;
}
