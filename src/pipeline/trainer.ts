import type { Baseline } from '../baseline/baseline.js';
import { daysOf, ofDay } from '../baseline/factor/learn.js';
import { VIEWS, type ViewName } from '../baseline/learned-state.js';
import { Announcements } from '../baseline/learning/announcements.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { Judge } from './judge.js';
import type { LearnResult } from './worker.js';

/**
 * Folds results into a baseline in input order; from the second day on it scores each unit before it is learned, by a
 * snapshot frozen at the UTC midnight before. A batch that crosses midnight is taken a day at a time, so that where a
 * batch ends changes neither the snapshot nor which units are scored.
 */
export class Trainer {
  private day: number;
  private judges: Record<ViewName, Judge> | undefined;
  /** Whether the day goes on that an earlier run began: its midnight is frozen again when something of it comes. */
  private goesOn = true;
  /** The snapshot by which the day is scored; undefined on the first. */
  inForce: Snapshot | undefined;

  /** @param withQuarantine false only where one asks what would happen without it */
  constructor(
    private readonly baseline: Baseline,
    private readonly withQuarantine = true,
    private readonly announced = new Announcements([]),
  ) {
    this.day = baseline.newestDay;
  }

  get unusable(): number {
    return this.baseline.learners.fifteen.unusable;
  }

  take(result: LearnResult, value: Parameters<Baseline['merge']>[2]): void {
    const days = daysOf(result.fifteen);
    this.baseline.roles.observe(result.roles, value);
    if (this.goesOn && days.length > 0) this.judgeOpen(days[0]!);
    // A day's snapshot takes only days before it, so windows and rhythms need no cut at midnight.
    this.baseline.windows.merge(result.windows, (code) => value(code)?.whole);
    this.baseline.rhythms.merge(result.rhythm, value);
    for (const day of days) {
      if (day > this.day) this.beginDay(day);
      else if (this.goesOn) this.putInForce();
      for (const view of VIEWS) {
        const partial = ofDay(result[view], day);
        const held = this.judges?.[view].judge(partial, (code) => value(code)?.whole);
        this.baseline.merge(view, partial, value, held);
      }
    }
    for (const view of VIEWS) {
      this.baseline.learners[view].unusable += result[view].unusable;
      this.baseline.learners[view].future += result[view].future;
    }
  }

  /** Hours that an earlier run left open are judged by what was in force on their day. @param first day that comes */
  private judgeOpen(first: number): void {
    for (const day of this.baseline.windows.open.days()) {
      if (day < first) this.judgeWindows(day, this.baseline.freezeBefore(day));
    }
  }

  private judgeWindows(day: number, snapshot: Snapshot | undefined): void {
    if (snapshot !== undefined) this.baseline.judgeWindows(day, snapshot, this.withQuarantine);
  }

  private beginDay(day: number): void {
    this.baseline.beginDay(day);
    this.day = day;
    this.putInForce();
  }

  private putInForce(): void {
    this.goesOn = false;
    const snapshot = this.baseline.freezeBefore(this.day);
    if (snapshot === undefined) return;
    this.inForce = snapshot;
    this.judgeWindows(this.day, snapshot);
    const make = (view: ViewName) =>
      new Judge(this.baseline, view, this.day, snapshot, this.withQuarantine, this.announced);
    this.judges = { fifteen: make('fifteen'), five: make('five') };
  }
}
