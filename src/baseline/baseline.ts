import type { CellColumns, LearnedTables, NameRow, Pair, SegmentRow, VerdictRow } from '../tuple/learned.js';
import { CellTable, pairAt } from './cells.js';
import type { GeneralValue } from './factor/atoms.js';
import { buildTree } from './factor/build-tree.js';
import type { CalibratedUnits } from './factor/calibrated-units.js';
import { binOf } from './factor/calibration.js';
import type { FactorPartial } from './factor/learn.js';
import type { CountTree } from './factor/tree.js';
import type { ViewLearner } from './factor/view-learner.js';
import { freezeBaseline } from './freeze-baseline.js';
import { type LearnedDelta, type LearnedState, VIEWS, type ViewName } from './learned-state.js';
import { type Learners, openLearners } from './learners.js';
import type { Holding } from './learning/holding.js';
import type { Sighting } from './learning/quarantine.js';
import { findRamps, type Ramp } from './learning/ramps.js';
import { learningModel } from './learning/spec.js';
import { StandingVerdicts } from './learning/verdicts.js';
import { findWindowRamps, type WindowRamp } from './learning/window-ramps.js';
import { Ledger } from './ledger.js';
import { mergeCells } from './merge-cells.js';
import { MinuteJudge } from './minute/minute-judge.js';
import type { BaselineModel } from './model.js';
import type { Rhythms } from './rhythm/rhythms.js';
import { HostRoles } from './role/host-roles.js';
import { Roles } from './roles.js';
import type { Segments } from './segments.js';
import type { Snapshot } from './snapshot.js';
import { pick } from './tables/cell-sums.js';
import type { WindowLearner } from './window/window-learner.js';

/**
 * The owner of learned state: the only place where order over time matters. It folds the partials of workers into open
 * hours, closes hours behind the newest event and freezes a snapshot of both. What is closed is the ledger's.
 */
export class Baseline implements Learners {
  private readonly ledger: Ledger;
  readonly roles: HostRoles;
  readonly learners: Record<ViewName, ViewLearner>;
  readonly windows: WindowLearner;
  readonly rhythms: Rhythms;
  readonly units: CalibratedUnits;
  readonly holding: Holding;
  private readonly verdicts: readonly VerdictRow[];

  /** @param key secret under which values were hashed */
  constructor(
    readonly model: BaselineModel,
    private readonly key: Uint8Array,
    state?: LearnedState,
  ) {
    this.ledger = new Ledger(model.constants.leave_out_days, state);
    this.roles = new HostRoles(model, key, this.ledger, state);
    const { learners, windows, rhythms, units, holding } = openLearners(model, this.ledger, state);
    this.learners = learners;
    this.windows = windows;
    this.rhythms = rhythms;
    this.units = units;
    this.holding = holding;
    this.verdicts = state?.verdicts ?? [];
    this.holdVerdicts(this.newestDay);
  }

  /** Verdicts that are in force on a day keep nothing of what they accept in quarantine. */
  private holdVerdicts(day: number): void {
    const roles = this.verdicts.length === 0 ? new Roles() : this.roles.named();
    this.holding.verdicts = StandingVerdicts.on(day, this.verdicts, roles);
  }

  /** @param held by presence of the partial: 1 for those that wait for a decision */
  merge(
    view: ViewName,
    partial: FactorPartial,
    value: (code: number) => GeneralValue | undefined,
    held?: Uint8Array,
  ): void {
    this.learners[view].merge(partial, value, (i, signature) => {
      if (held?.[i] !== 1) return false;
      const { proc, hour } = partial;
      this.holding.setAside(view, { signature, hour: hour[i]!, lo: proc[2 * i]!, hi: proc[2 * i + 1]! });
      return true;
    });
  }

  /** The host and UTC day of each segment that is stored or closed. */
  hostDays(): readonly SegmentRow[] {
    return this.ledger.segments.rows;
  }

  /** Learns what quarantine released, then closes the hours before the day before. */
  beginDay(day: number): void {
    this.holdVerdicts(day);
    this.holding.beginDay(day, () => this.ledger.parts());
    // A day of grace: hosts, files and batches need not keep pace with each other.
    this.closeThrough((day - 1) * 24 - 1);
  }

  /** The snapshot in force on a day: it knows what was learned of the days before. Undefined when nothing was. */
  freezeBefore(day: number): Snapshot | undefined {
    this.holdVerdicts(day);
    // Open hours name their segments.
    const [all] = this.parts(false);
    const segments = this.ledger.segments.before(day);
    const parts = [pick(all!, (i) => segments.find(pairAt(all!.segment, i)) !== undefined)];
    const { roles } = this.roles.learned(parts, segments, day);
    this.holding.countFleet(roles, segments);
    return this.freezeParts(parts, segments, roles);
  }

  /**
   * The minutes of a day are scored by the snapshot in force on it before they are learned.
   * @param withQuarantine false only where one asks what would happen without it
   */
  judgeWindows(day: number, snapshot: Snapshot, withQuarantine = true): void {
    const judge = new MinuteJudge(snapshot, this.model, this.roles.on(day, snapshot));
    this.windows.judgeDay(day, (hour) => judge.judge(hour, withQuarantine));
  }

  /** Closes all open hours up to `hour`. */
  closeThrough(hour: number): void {
    for (const name of VIEWS) this.learners[name].closeThrough(hour);
    this.windows.open.closeThrough(hour);
  }

  /** At the end of a run: closes the hours that lie far enough behind the newest event. */
  advance(): void {
    for (const name of VIEWS) {
      const newest = this.learners[name].newestHour;
      this.learners[name].closeThrough(newest - 1 - this.model.constants.close_after_hours);
    }
    this.windows.open.advance();
  }

  /** Day of the newest event learned, −∞ before the first. */
  get newestDay(): number {
    const days = VIEWS.map((name) => Math.floor(this.learners[name].newestHour / 24));
    return Math.max(...days, this.ledger.segments.days().at(-1) ?? Number.NEGATIVE_INFINITY);
  }

  /** Presences that came after their hour had closed; the five-tuple's are the same rows again. */
  get late(): number {
    return this.learners.fifteen.late;
  }

  /** Notes a unit that was scored and is held. @param mask of the factors that spoke */
  hold(view: ViewName, sighting: Sighting, bits: number, mask: number): void {
    this.holding.hold(view, sighting, binOf(bits, this.model.constants.bins_per_bit), mask);
  }

  /** Cells of closed hours, and of open ones as if they closed now; with what was released and waits for the next day. */
  private parts(withReleased = true): CellColumns[] {
    const open = new CellTable();
    const into = this.ledger.closingInto(open);
    for (const name of VIEWS) this.learners[name].provisional(into);
    this.windows.provisional(into);
    // One sorted table: sums of decayed weights and the layout of hash tables must not depend on what a run added.
    const all = mergeCells([...this.ledger.parts(), open.sorted()]);
    if (!withReleased) return [all];
    const late = new CellTable();
    this.holding.provisional(() => [mergeCells([all, late.sorted()])], this.ledger.closingInto(late));
    return [mergeCells([all, late.sorted()])];
  }

  /** All that is learned, open hours as if they closed now. @param names texts of the values that were stored before */
  tables(names: readonly NameRow[]): LearnedTables {
    const cells = new CellTable();
    for (const part of [...this.parts(), this.rhythms.cells()]) cells.addAll(part);
    const { contexts, segments, names: known } = this.ledger;
    for (const { value, text } of names) known.add(value, text);
    return { cells: cells.sorted(), contexts: contexts.sorted(), segments: segments.rows, names: known.takeNew() };
  }

  /** Freezes what is learned, open hours included. Undefined before anything was learned. */
  freeze(): Snapshot | undefined {
    // What is open is judged as it will be when it closes.
    for (const day of this.windows.unjudged()) {
      const snapshot = this.freezeBefore(day);
      if (snapshot !== undefined) this.judgeWindows(day, snapshot);
    }
    this.holdVerdicts(this.newestDay);
    const parts = this.parts();
    const { segments, names: known } = this.ledger;
    const { roles, names } = this.roles.learned(parts, segments);
    for (const { value, text } of names) known.add(value, text);
    return this.freezeParts(parts, segments, roles, this.rhythms);
  }

  private freezeParts(parts: CellColumns[], segments: Segments, roles: Roles, rhythms?: Rhythms): Snapshot | undefined {
    const isHeld = (view: ViewName, signature: Pair) => this.holding.isHeld(view, signature);
    const verdicts = this.holding.verdicts.list;
    const asked = { isHeld, roles, verdicts, ...(rhythms === undefined ? {} : { rhythms }) };
    return freezeBaseline(this.model, this.key, parts, this.ledger.contexts, segments, asked);
  }

  /** The counts on all rungs that `freeze` would freeze, for explanations. */
  tree(view: ViewName): { tree: CountTree; roles: Roles } {
    const parts = this.parts();
    const { contexts, segments, dayOf } = this.ledger;
    const { roles } = this.roles.learned(parts, segments);
    const asOf = segments.days().at(-1) ?? 0;
    const { tree } = buildTree(this.model.views[view], parts, contexts, dayOf, roles, asOf, this.model.constants);
    return { tree, roles };
  }

  /** Slow ramps that were seen on days from `since` on; the newest day is not whole and does not count. */
  ramps(since: number): Ramp[] {
    const { contexts, segments } = this.ledger;
    const { bins_per_bit } = this.model.constants;
    const { constants } = learningModel();
    const found = findRamps(this.ledger.parts(), contexts, segments, this.newestDay, constants, bins_per_bit);
    return found.filter((ramp) => ramp.day >= since);
  }

  /** The same of how much subjects and hosts do. */
  windowRamps(since: number): WindowRamp[] {
    const { contexts, segments } = this.ledger;
    const { windows } = this.model;
    const { constants } = learningModel();
    const found = findWindowRamps(this.ledger.parts(), contexts, segments, this.newestDay, constants, windows);
    return found.filter((ramp) => ramp.day >= since);
  }

  /** What to store after this run. */
  delta(): LearnedDelta {
    this.holding.forget(this.newestDay);
    const waiting = this.holding.waitingRows();
    const open = VIEWS.flatMap((name) => this.learners[name].openPresences());
    const openWindows = this.windows.openRows();
    const beats = new CellTable();
    this.rhythms.addDelta(beats);
    return {
      ...this.ledger.added(),
      cells: [mergeCells([this.ledger.cells.sorted(), beats.sorted()])],
      open,
      openWindows,
      held: { decisions: this.holding.decisions.changes(), waiting },
    };
  }
}
