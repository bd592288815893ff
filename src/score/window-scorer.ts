import { FlatTable } from '../baseline/flat-table.js';
import type { BaselineModel } from '../baseline/model.js';
import { type RoleOf, Roles } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { type Entity, entityKey } from '../baseline/window/entities.js';
import { readSubjects } from '../baseline/window/freeze-windows.js';
import { activeMinutes, type HostHour } from '../baseline/window/host-hour.js';
import { judgeHour, type MinuteScore } from '../baseline/window/judge.js';
import { Laws } from '../baseline/window/laws.js';
import type { WindowPartial } from '../baseline/window/learn.js';
import { levelKeys } from '../baseline/window/levels.js';
import { WindowRanks } from '../baseline/window/score-history.js';
import { lnWindowP } from '../baseline/window/tails.js';
import { WindowFold } from '../baseline/window/window-fold.js';
import { pairName } from '../tuple/learned.js';

/** A minute of a subject or host with its p, or a silence with the last minute of the hour. */
export interface ScoredMinute extends MinuteScore {
  readonly lnP: number;
  /** How many minutes it was ranked among; of a silence, how long silences weigh. */
  readonly units: number;
}

interface HostClock {
  /** Hours in which the host did something. */
  hours: number;
  /** When each subject was last heard, by that clock. */
  readonly heard: Map<string, number>;
}

/**
 * Scores the windows of one input against one snapshot: a fold of partials in input order, which gives the minutes of each
 * hour of a host when it closes. Silences are judged once an hour, from the beginning of the input on.
 */
export class WindowScorer {
  private readonly fold: WindowFold;
  private readonly laws: Laws;
  private readonly ranks: WindowRanks;
  private readonly fresh: WindowRanks;
  private readonly hosts: FlatTable;
  private readonly known = new Map<string, Entity[]>();
  private readonly clocks = new Map<string, HostClock>();
  private isOver = false;

  constructor(
    private readonly model: BaselineModel,
    snapshot: Snapshot,
    private readonly onScores: (scores: readonly ScoredMinute[]) => void,
    private readonly roles: RoleOf = Roles.read(snapshot),
  ) {
    this.laws = Laws.read(snapshot);
    this.ranks = WindowRanks.read(snapshot, model.windows.constants, 'rank');
    this.fresh = WindowRanks.read(snapshot, model.windows.constants, 'fresh');
    this.hosts = new FlatTable(snapshot.array('host.keys', 'u32'), snapshot.array('host.row', 'f64'));
    for (const subject of readSubjects(snapshot)) {
      const host = pairName(subject.host);
      this.known.set(host, [...(this.known.get(host) ?? []), subject]);
    }
    this.fold = new WindowFold(
      model.windows,
      () => false,
      (hour) => this.score(hour),
    );
  }

  /** What came after its hour had closed. */
  get late(): number {
    return this.fold.late;
  }

  beginStream(): void {
    this.fold.beginStream();
  }

  take(partial: WindowPartial): void {
    this.fold.merge(partial);
    this.fold.closeBehind();
  }

  /** Closes what is open. The last hours may be cut short, so nothing is silent in them. */
  finish(): void {
    this.isOver = true;
    this.fold.closeThrough(Number.POSITIVE_INFINITY);
  }

  private score(hour: HostHour): void {
    if (hour.entities[0]!.series.length === 0) return;
    const { windows, constants } = this.model;
    const scores = judgeHour(hour, this.laws, this.roles, windows, constants.hour_zone).map((score) => {
      const { ranks, group } = this.groupOf(score.entity);
      return { ...score, lnP: ranks.lnP(group, score.bits), units: ranks.units(group) };
    });
    this.onScores([...scores, ...this.silences(hour)]);
  }

  /** A host that nothing was learned of is ranked among those that were left out, where there are any. */
  private groupOf(entity: Entity): { ranks: WindowRanks; group: number } {
    if (this.hosts.find(entity.host.lo, entity.host.hi) < 0) {
      const group = this.fresh.groupOf(entity, this.roles);
      if (group >= 0) return { ranks: this.fresh, group };
    }
    return { ranks: this.ranks, group: this.ranks.groupOf(entity, this.roles) };
  }

  /** The subjects that are known and did nothing in an hour in which their host did something. */
  private silences({ host, hour, entities, lost }: HostHour): ScoredMinute[] {
    const name = pairName(host);
    const clock = this.clocks.get(name) ?? { hours: 0, heard: new Map<string, number>() };
    this.clocks.set(name, clock);
    for (const { key, series } of entities) {
      if (activeMinutes(series, this.model.windows.events).length > 0) clock.heard.set(pairName(key), clock.hours);
    }
    clock.hours++;
    if (this.isOver) return [];
    const minute = hour * 60 + 59;
    const shares = { lost: lost.at(-1)!.at(-1)!, hour: 0, open: true };
    return (this.known.get(name) ?? []).flatMap((entity) => {
      const key = entityKey(entity);
      const since = clock.hours - (clock.heard.get(pairName(key)) ?? -1);
      const feature = this.model.windows.silence;
      const row = this.laws.find(levelKeys(entity, this.roles), feature, 0);
      if (row < 0 || since < 2) return [];
      const seen = { ...shares, value: 3600 * since };
      const lnP = lnWindowP(this.laws.fits, row, 'silence', seen, this.model.windows.constants);
      const worst = { feature, size: 0, value: seen.value, typical: 3600, lnP };
      return [{ key, entity, minute, bits: -lnP / Math.LN2, worst, lost: seen.lost, lnP, units: 0 }];
    });
  }
}
