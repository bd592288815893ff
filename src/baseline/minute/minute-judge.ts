import { addEvidence, evidenceOf, NO_EVIDENCE, scoreOfSums } from '../../decide/evidence-sums.js';
import { lnCauchyP } from '../../stats/cauchy-combination.js';
import type { BaselineModel } from '../model.js';
import { Roles } from '../roles.js';
import type { Snapshot } from '../snapshot.js';
import type { Entity } from '../window/entities.js';
import type { HostHour } from '../window/host-hour.js';
import { judgeHour, type MinuteScore } from '../window/judge.js';
import { Laws } from '../window/laws.js';
import { WindowRanks } from '../window/score-history.js';

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

/** Judges the minutes of subjects and hosts by what a snapshot knows: their windows, and with them what events tell. */
export class MinuteJudge {
  readonly roles: Roles;
  readonly laws: Laws;
  private readonly windows: WindowRanks;
  private readonly minutes: WindowRanks;

  constructor(
    private readonly snapshot: Snapshot,
    private readonly model: BaselineModel,
  ) {
    this.laws = Laws.read(snapshot);
    this.roles = Roles.read(snapshot);
    this.windows = WindowRanks.read(snapshot, model.windows.constants);
    this.minutes = WindowRanks.read(snapshot, model.windows.constants, 'minute');
  }

  /** The windows of an hour, minute by minute. */
  windowsOf(hour: HostHour): MinuteScore[] {
    return judgeHour(hour, this.laws, this.roles, this.model.windows, this.model.constants.hour_zone);
  }

  /** p of the windows of a minute, and among how many minutes it was ranked. */
  windowRank({ entity, bits }: MinuteScore): { readonly lnP: number; readonly units: number } {
    const group = this.windows.groupOf(entity, this.roles);
    return { lnP: this.windows.lnP(group, bits), units: this.windows.units(group) };
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
    return this.windowsOf(hour).map((minute) => {
      if (!decides) return { ...minute, score: undefined, lnP: 0 };
      const own = evidenceOf(this.windowRank(minute).lnP, constants);
      const score = scoreOfSums(addEvidence(minute.evidence ?? NO_EVIDENCE, own), constants);
      return { ...minute, score, lnP: this.rank(minute.entity, score).lnP };
    });
  }
}
