import { addEvidence, evidenceOf, NO_EVIDENCE, scoreOfSums } from '../../decide/evidence-sums.js';
import { lnCauchyP } from '../../stats/cauchy-combination.js';
import { FlatTable } from '../flat-table.js';
import { JointGroups } from '../joint/joint-groups.js';
import { type JudgedVector, judgeVectors, minuteName } from '../joint/judge-vectors.js';
import type { BaselineModel } from '../model.js';
import { type RoleOf, Roles } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { Entity } from '../window/entities.js';
import type { HostHour } from '../window/host-hour.js';
import { judgeHour, type MinuteScore } from '../window/judge.js';
import { Laws } from '../window/laws.js';
import { WindowRanks } from '../window/score-history.js';

/** p of a score, and among how many it was ranked. */
export interface Ranked {
  readonly lnP: number;
  readonly units: number;
}

/** How a minute's score ranks. */
export interface MinuteRank {
  readonly lnP: number;
  /** Too little is known to rank it: by the closed form of the combination, which assumes valid p-values. */
  readonly closedForm: boolean;
}

/** A minute as history keeps it. */
export interface JudgedMinute extends MinuteScore {
  /** Its score with what its events tell, nats; undefined on days whose events have no p. */
  readonly score: number | undefined;
  readonly lnP: number;
}

/**
 * Judges the minutes of subjects and hosts by what a snapshot knows: their windows one by one, the vector that ends with a
 * minute, and with them what events tell.
 */
export class MinuteJudge {
  readonly laws: Laws;
  private readonly groups: JointGroups;
  private readonly windows: WindowRanks;
  private readonly fresh: WindowRanks;
  private readonly hosts: FlatTable;
  private readonly vectors: WindowRanks;
  private readonly minutes: WindowRanks;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly model: BaselineModel,
    readonly roles: RoleOf = Roles.read(snapshot),
  ) {
    this.laws = Laws.read(snapshot);
    this.groups = JointGroups.read(snapshot);
    this.windows = WindowRanks.read(snapshot, model.windows.constants, 'window');
    this.fresh = WindowRanks.read(snapshot, model.windows.constants, 'fresh');
    this.hosts = new FlatTable(snapshot.array('host.keys', 'u32'), snapshot.array('host.row', 'f64'));
    this.vectors = WindowRanks.read(snapshot, model.windows.constants, 'joint');
    this.minutes = WindowRanks.read(snapshot, model.windows.constants, 'minute');
  }

  /** The windows of an hour, minute by minute. */
  judgeWindows(hour: HostHour): MinuteScore[] {
    const { groups, roles, laws, model } = this;
    const vectors = new Map(
      judgeVectors(hour, groups, roles, model).map((vector) => [minuteName(vector.key, vector.minute), vector]),
    );
    return judgeHour(hour, laws, roles, model.windows, model.constants.hour_zone).map((score) => {
      const joint = vectors.get(minuteName(score.key, score.minute));
      return joint === undefined ? score : { ...score, joint };
    });
  }

  windowRank({ entity, bits }: MinuteScore): Ranked {
    const { ranks, group } = this.windowGroup(entity);
    return { lnP: ranks.lnP(group, bits), units: ranks.units(group) };
  }

  /** A host that nothing was learned of is ranked among those that were left out, where there are any. */
  windowGroup(entity: Entity): { readonly ranks: WindowRanks; readonly group: number } {
    if (this.hosts.find(entity.host.lo, entity.host.hi) < 0) {
      const group = this.fresh.groupOf(entity, this.roles);
      if (group >= 0) return { ranks: this.fresh, group };
    }
    return { ranks: this.windows, group: this.windows.groupOf(entity, this.roles) };
  }

  /** Randomised p of the windows of a minute. */
  randomisedWindow({ entity, bits }: MinuteScore, u: number): number {
    const { ranks, group } = this.windowGroup(entity);
    return ranks.randomised(group, bits, u);
  }

  vectorRank(entity: Entity, { bits }: JudgedVector): Ranked {
    const group = this.vectors.groupOf(entity, this.roles);
    return { lnP: this.vectors.lnP(group, bits), units: this.vectors.units(group) };
  }

  /** p of a minute by its score. @param score of `combine`, nats */
  rank(entity: Entity, score: number): MinuteRank {
    const group = this.minutes.groupOf(entity, this.roles);
    const closedForm = this.minutes.units(group) < this.model.windows.constants.group_min_units;
    return { lnP: closedForm ? lnCauchyP(score) : this.minutes.lnP(group, score / Math.LN2), closedForm };
  }

  /** An hour for the history, each minute scored before it is learned. */
  judge(hour: HostHour): JudgedMinute[] {
    const { constants } = this.model.decision;
    const decides = this.snapshot.card.calibration === 'prequential';
    return this.judgeWindows(hour).map((minute) => {
      if (!decides) return { ...minute, score: undefined, lnP: 0 };
      const { entity, joint } = minute;
      const own = [this.windowRank(minute), ...(joint === undefined ? [] : [this.vectorRank(entity, joint)])];
      const sums = own.map(({ lnP }) => evidenceOf(lnP, constants)).reduce(addEvidence, minute.evidence ?? NO_EVIDENCE);
      const score = scoreOfSums(sums, constants);
      return { ...minute, score, lnP: this.rank(entity, score).lnP };
    });
  }
}
