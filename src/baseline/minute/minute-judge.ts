import { addEvidence, evidenceOf, NO_EVIDENCE, scoreOfSums } from '../../decide/evidence-sums.js';
import { lnCauchyP } from '../../stats/cauchy-combination.js';
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
  private readonly vectors: WindowRanks;
  private readonly minutes: WindowRanks;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly model: BaselineModel,
    readonly roles: RoleOf = Roles.read(snapshot),
  ) {
    this.laws = Laws.read(snapshot);
    this.groups = JointGroups.read(snapshot);
    this.windows = WindowRanks.read(snapshot, model.windows.constants);
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
    return this.rankIn(this.windows, entity, bits);
  }

  /** Randomised p of the windows of a minute. */
  randomisedWindow({ entity, bits }: MinuteScore, u: number): number {
    return this.windows.randomised(this.windows.groupOf(entity, this.roles), bits, u);
  }

  vectorRank(entity: Entity, { bits }: JudgedVector): Ranked {
    return this.rankIn(this.vectors, entity, bits);
  }

  private rankIn(ranks: WindowRanks, entity: Entity, bits: number): Ranked {
    const group = ranks.groupOf(entity, this.roles);
    return { lnP: ranks.lnP(group, bits), units: ranks.units(group) };
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
