import { type Baseline, VIEWS, type ViewName } from '../baseline/baseline.js';
import { segmentOf } from '../baseline/cells.js';
import { AtomVector, atom, HOST_ATOM } from '../baseline/factor/atoms.js';
import { hourOfWeek } from '../baseline/factor/hours.js';
import { daysOf, type FactorPartial, ofDay } from '../baseline/factor/learn.js';
import { readPartial } from '../baseline/factor/signatures.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { daysOfWindows, windowsOfDay } from '../baseline/window/learn.js';
import { windowJudge } from '../baseline/window/window-judge.js';
import { Surprisal } from '../score/surprisal.js';
import type { LearnResult } from './worker.js';

const EXE = atom('exe');
const SYSCALL = atom('syscall');

/**
 * Folds results into a baseline in input order; from the second day on it scores each unit before it is learned, by a
 * snapshot frozen at the UTC midnight before. A batch that crosses midnight is taken a day at a time, so that where a
 * batch ends changes neither the snapshot nor which units are scored.
 */
export class Trainer {
  private day: number;
  private scorers: Record<ViewName, Surprisal> | undefined;
  private readonly by = new Float64Array(64);
  private readonly v = new AtomVector();

  constructor(private readonly baseline: Baseline) {
    this.day = baseline.newestDay;
  }

  get unusable(): number {
    return this.baseline.learners.fifteen.unusable;
  }

  take(result: LearnResult, value: Parameters<Baseline['merge']>[2]): void {
    const days = new Set([...daysOf(result.fifteen), ...daysOfWindows(result.windows)]);
    for (const day of [...days].sort((a, b) => a - b)) {
      if (day > this.day) this.beginDay(day);
      this.baseline.windows.merge(windowsOfDay(result.windows, day), (code) => value(code)?.whole);
      this.baseline.windows.open.closeBehind();
      for (const view of VIEWS) {
        const partial = ofDay(result[view], day);
        if (this.scorers !== undefined) this.calibrate(view, partial, this.scorers[view]);
        this.baseline.merge(view, partial, value);
      }
    }
    this.baseline.rhythms.merge(result.rhythm, value);
    for (const view of VIEWS) {
      this.baseline.learners[view].unusable += result[view].unusable;
      this.baseline.learners[view].future += result[view].future;
    }
  }

  private beginDay(day: number): void {
    // A day of grace: hosts, files and batches need not keep pace with each other.
    this.baseline.closeThrough((day - 1) * 24 - 1);
    const snapshot = this.day > Number.NEGATIVE_INFINITY ? this.baseline.freezeEvents() : undefined;
    this.scorers = snapshot === undefined ? undefined : this.prepare(snapshot);
    if (snapshot !== undefined) this.baseline.judgeDay(day, windowJudge(snapshot, this.baseline.model));
    this.day = day;
  }

  private prepare(snapshot: Snapshot): Record<ViewName, Surprisal> {
    const { views, constants } = this.baseline.model;
    const make = (view: ViewName) => new Surprisal(views[view], constants, snapshot, true);
    return { fifteen: make('fifteen'), five: make('five') };
  }

  private calibrate(view: ViewName, partial: FactorPartial, surprisal: Surprisal): void {
    const { v } = this;
    for (let i = 0; i < partial.signature.length; i++) {
      const s = partial.signature[i]!;
      const hour = partial.hour[i]!;
      const day = Math.floor(hour / 24);
      const signature = { lo: partial.signatures[2 * s]!, hi: partial.signatures[2 * s + 1]! };
      if (this.baseline.isCalibrated(view, signature, day)) continue;
      readPartial(partial, s, v);
      v.setHour(hourOfWeek(hour, this.baseline.model.constants.hour_zone));
      surprisal.joinRole(v);
      const bits = surprisal.bits(v, this.by, 0);
      const at = (a: number) => ({ lo: v.lo[a]!, hi: v.hi[a]! });
      const context = { host: at(HOST_ATOM), exe: at(EXE), syscall: at(SYSCALL), mask: surprisal.mask };
      this.baseline.calibrate(view, signature, segmentOf(context.host, day), day, context, bits);
    }
  }
}
