import { type Baseline, VIEWS, type ViewName } from '../baseline/baseline.js';
import { daysOf, ofDay } from '../baseline/factor/learn.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { daysOfWindows, windowsOfDay } from '../baseline/window/learn.js';
import { windowJudge } from '../baseline/window/window-judge.js';
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
  ) {
    this.day = baseline.newestDay;
  }

  get unusable(): number {
    return this.baseline.learners.fifteen.unusable;
  }

  take(result: LearnResult, value: Parameters<Baseline['merge']>[2]): void {
    const days = new Set([...daysOf(result.fifteen), ...daysOfWindows(result.windows)]);
    for (const day of [...days].sort((a, b) => a - b)) {
      if (this.goesOn) this.judgeOpenBefore(day);
      if (day > this.day) this.beginDay(day);
      else if (this.goesOn) this.putInForce();
      this.baseline.windows.merge(windowsOfDay(result.windows, day), (code) => value(code)?.whole);
      for (const view of VIEWS) {
        const partial = ofDay(result[view], day);
        const held = this.judges?.[view].judge(partial);
        this.baseline.merge(view, partial, value, held);
      }
    }
    this.baseline.rhythms.merge(result.rhythm, value);
    for (const view of VIEWS) {
      this.baseline.learners[view].unusable += result[view].unusable;
      this.baseline.learners[view].future += result[view].future;
    }
  }

  /** Hours that an earlier run left open are judged by what was in force on their day. */
  private judgeOpenBefore(day: number): void {
    for (const open of this.baseline.windows.open.days()) {
      const snapshot = open < day ? this.baseline.freezeBefore(open) : undefined;
      if (snapshot !== undefined) this.baseline.judgeDay(open, windowJudge(snapshot, this.baseline.model));
    }
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
    this.baseline.judgeDay(this.day, windowJudge(snapshot, this.baseline.model));
    const make = (view: ViewName) => new Judge(this.baseline, view, snapshot, this.withQuarantine);
    this.judges = { fifteen: make('fifteen'), five: make('five') };
  }
}
