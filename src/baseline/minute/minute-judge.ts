import { addEvidence, evidenceOf, NO_EVIDENCE, scoreOfSums } from '../../decide/evidence-sums.js';
import { lnCauchyP } from '../../stats/cauchy-combination.js';
import { type Pair, pairName } from '../../tuple/learned.js';
import { FlatTable } from '../flat-table.js';
import { JointGroups } from '../joint/joint-groups.js';
import { type JudgedVector, judgeVectors, minuteName } from '../joint/judge-vectors.js';
import { learningModel } from '../learning/spec.js';
import type { BaselineModel } from '../model.js';
import { type RoleOf, Roles } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { Entity } from '../window/entities.js';
import type { HostHour } from '../window/host-hour.js';
import { MINUTES } from '../window/hour-series.js';
import { judgeHour, type MinuteScore, type TellWindow } from '../window/judge.js';
import { Laws } from '../window/laws.js';
import { WindowRanks } from '../window/score-history.js';

/** p of a score, and among how many it was ranked. */
export interface Ranked {
  readonly lnP: number;
  readonly units: number;
}

/** Where scores of an entity are ranked. */
export interface RankGroup {
  readonly ranks: WindowRanks;
  readonly group: number;
}

/** How a minute's score ranks. */
export interface MinuteRank {
  readonly lnP: number;
  /** Too little is known to rank it: by the closed form of the combination, which assumes valid p-values. */
  readonly closedForm: boolean;
}

/** A minute as history keeps it. */
export interface JudgedMinute extends MinuteScore {
  /** Of its windows. */
  readonly windowLnP: number;
  /** They have p at or below the level of quarantine. */
  readonly isOdd: boolean;
  /** Its score with what its events tell, nats; undefined on days whose events have no p. */
  readonly score: number | undefined;
  readonly lnP: number;
}

/** An hour judged before it is learned. */
export interface JudgedHour {
  readonly minutes: readonly JudgedMinute[];
  /** Whether a window that ended in a minute of the hour would alone have made that minute odd. */
  readonly isOdd: (entity: Pair, feature: number, size: number, minute: number) => boolean;
}

export type HourJudge = (hour: HostHour) => JudgedHour;

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
  private readonly freshVectors: WindowRanks;
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
    this.freshVectors = WindowRanks.read(snapshot, model.windows.constants, 'freshJoint');
    this.minutes = WindowRanks.read(snapshot, model.windows.constants, 'minute');
  }

  /** The windows of an hour, minute by minute. @param tell takes each window that is judged */
  judgeWindows(hour: HostHour, tell?: TellWindow): MinuteScore[] {
    const { groups, roles, laws, model } = this;
    const vectors = new Map(
      judgeVectors(hour, groups, roles, model).map((vector) => [minuteName(vector.key, vector.minute), vector]),
    );
    const options = tell === undefined ? {} : { tell };
    return judgeHour(hour, laws, roles, model.windows, model.constants.hour_zone, options).map((score) => {
      const joint = vectors.get(minuteName(score.key, score.minute));
      return joint === undefined ? score : { ...score, joint };
    });
  }

  windowRank({ entity, bits }: MinuteScore): Ranked {
    const { ranks, group } = this.windowGroup(entity);
    return { lnP: ranks.lnP(group, bits), units: ranks.units(group) };
  }

  windowGroup(entity: Entity): RankGroup {
    return this.groupAmong(entity, this.windows, this.fresh);
  }

  /** A host that nothing was learned of is ranked among those that were left out, where there are any. */
  private groupAmong(entity: Entity, learned: WindowRanks, fresh: WindowRanks): RankGroup {
    if (this.hosts.find(entity.host.lo, entity.host.hi) < 0) {
      const group = fresh.groupOf(entity, this.roles);
      if (group >= 0) return { ranks: fresh, group };
    }
    return { ranks: learned, group: learned.groupOf(entity, this.roles) };
  }

  /** Randomised p of the windows of a minute. */
  randomisedWindow({ entity, bits }: MinuteScore, u: number): number {
    const { ranks, group } = this.windowGroup(entity);
    return ranks.randomised(group, bits, u);
  }

  vectorRank(entity: Entity, { bits }: JudgedVector): Ranked {
    const { ranks, group } = this.groupAmong(entity, this.vectors, this.freshVectors);
    return { lnP: ranks.lnP(group, bits), units: ranks.units(group) };
  }

  /** p of a minute by its score. @param score of `combine`, nats */
  rank(entity: Entity, score: number): MinuteRank {
    const { ranks, group } = this.minuteGroup(entity);
    const closedForm = ranks.units(group) < this.model.windows.constants.group_min_units;
    return { lnP: closedForm ? lnCauchyP(score) : ranks.lnP(group, score / Math.LN2), closedForm };
  }

  /** Among whose minutes those of a subject or host are ranked. */
  minuteGroup(entity: Entity): { readonly ranks: WindowRanks; readonly group: number } {
    return { ranks: this.minutes, group: this.minutes.groupOf(entity, this.roles) };
  }

  /**
   * An hour for the history, each minute scored before it is learned. Nothing is odd until the history of windows is
   * prequential: until then there is too little to judge by.
   * @param withQuarantine false only where one asks what would happen without it
   */
  judge(hour: HostHour, withQuarantine = true): JudgedHour {
    const { constants } = this.model.decision;
    const { calibration, windows } = this.snapshot.card;
    const line =
      withQuarantine && windows.history === 'prequential' ? Math.log(learningModel().constants.hold_p) : -Infinity;
    const odd = new Set<string>();
    const groups = new Map(hour.entities.map(({ key, entity }) => [pairName(key), this.windowGroup(entity)]));
    const tell: TellWindow = (key, minute, { feature, size, window }) => {
      if (window === undefined || (minute + 1) % (this.model.windows.sizes[size]! / 60) !== 0) return;
      const { ranks, group } = groups.get(pairName(key))!;
      if (ranks.lnP(group, -window.lnP / Math.LN2) <= line) odd.add(windowName(key, feature, size, minute % MINUTES));
    };
    const minutes = this.judgeWindows(hour, line === -Infinity ? undefined : tell).map((minute): JudgedMinute => {
      const { entity, joint } = minute;
      const { lnP: windowLnP } = this.windowRank(minute);
      const judged = { ...minute, windowLnP, isOdd: windowLnP <= line };
      if (calibration !== 'prequential') return { ...judged, score: undefined, lnP: 0 };
      const own = [windowLnP, ...(joint === undefined ? [] : [this.vectorRank(entity, joint).lnP])];
      const sums = own.map((lnP) => evidenceOf(lnP, constants)).reduce(addEvidence, minute.evidence ?? NO_EVIDENCE);
      const score = scoreOfSums(sums, constants);
      return { ...judged, score, lnP: this.rank(entity, score).lnP };
    });
    return { minutes, isOdd: (entity, ...window) => odd.has(windowName(entity, ...window)) };
  }
}

function windowName(entity: Pair, feature: number, size: number, minute: number): string {
  return `${pairName(entity)} ${feature} ${size} ${minute}`;
}
