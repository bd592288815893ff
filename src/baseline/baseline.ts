import type { CellColumns, LearnedTables, NameRow, Pair, SegmentRow, VerdictRow } from '../tuple/learned.js';
import { CellTable, KIND, pairAt, segmentOf } from './cells.js';
import { ContextTable } from './contexts.js';
import { atomText, type GeneralValue, ROLE_ATOM } from './factor/atoms.js';
import { buildTree } from './factor/build-tree.js';
import { CalibratedUnits } from './factor/calibrated-units.js';
import { binOf } from './factor/calibration.js';
import type { Closing } from './factor/close-hour.js';
import type { FactorPartial } from './factor/learn.js';
import { Presences, readSignatures } from './factor/presences.js';
import type { CountTree } from './factor/tree.js';
import { ViewLearner } from './factor/view-learner.js';
import { freezeBaseline } from './freeze-baseline.js';
import { type LearnedDelta, type LearnedState, VIEWS, type ViewName } from './learned-state.js';
import { Holding } from './learning/holding.js';
import type { Sighting } from './learning/quarantine.js';
import { findRamps, type Ramp } from './learning/ramps.js';
import { learningModel } from './learning/spec.js';
import { StandingVerdicts } from './learning/verdicts.js';
import { findWindowRamps, type WindowRamp } from './learning/window-ramps.js';
import { mergeCells } from './merge-cells.js';
import { MinuteJudge } from './minute/minute-judge.js';
import type { BaselineModel } from './model.js';
import { Names } from './names.js';
import { Rhythms } from './rhythm/rhythms.js';
import { type LearnedRoles, learnRolesOf } from './role/learned-roles.js';
import type { RolePartial } from './role/partial.js';
import { type RoleOf, Roles } from './roles.js';
import { Segments } from './segments.js';
import type { Snapshot } from './snapshot.js';
import { pick } from './tables/cell-sums.js';
import { WindowLearner } from './window/window-learner.js';

/**
 * The owner of learned state: the only place where order over time matters. It folds the partials of workers into open
 * hours, closes hours behind the newest event, keeps cells, contexts, segments and names, and freezes a snapshot.
 */
export class Baseline {
  private readonly before: readonly CellColumns[];
  private readonly keptFrom: number;
  private readonly cells = new CellTable();
  private readonly contexts = new ContextTable();
  private readonly segments = new Segments();
  private readonly names = new Names();
  private readonly hostNames = new Names();
  private readonly roleRules: Pair | undefined;
  private readonly storedContexts: number;
  private readonly storedSegments: number;
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
    this.before = (state?.cells ?? []).map((part) => pick(part, (i) => part.kind[i] !== KIND.rhythm));
    this.keptFrom = state?.presencesFrom ?? Number.NEGATIVE_INFINITY;
    this.roleRules = state?.roleRules;
    for (const { value, text } of state?.hostNames ?? []) this.hostNames.add(value, text);
    if (state !== undefined) {
      this.contexts.addAll(state.contexts);
      for (const { segment, host, day } of state.segments) this.segments.add(segment, host, day);
      for (const { value, text } of state.names) this.names.add(value, text);
      this.names.markStored();
    }
    this.storedContexts = this.contexts.size;
    this.storedSegments = this.segments.rows.length;
    const closing: Closing = {
      cells: this.cells,
      contexts: this.contexts,
      segment: (segment, host, day) => this.segments.add(segment, host, day),
    };
    // A day whose presences were forgotten is closed as a whole.
    const forgotten = this.segments.before(this.presencesFrom());
    const isForgotten = (hour: number, host: Pair) =>
      forgotten.find(segmentOf(host, Math.floor(hour / 24))) !== undefined;
    const learner = (name: ViewName) => {
      const view = model.views[name];
      const signatures = readSignatures(view, this.contexts);
      return new ViewLearner(view, model.constants, signatures, this.names, closing, isForgotten);
    };
    this.learners = { fifteen: learner('fifteen'), five: learner('five') };
    this.units = new CalibratedUnits(model.constants, closing);
    const { hour_zone } = model.constants;
    this.windows = new WindowLearner(model, hour_zone, closing, this.names, isForgotten);
    this.rhythms = new Rhythms(model.rhythms.constants, state?.cells ?? [], this.contexts, this.segments, this.names);
    this.holding = new Holding(this.learners, model.constants, closing, state?.held);
    this.verdicts = state?.verdicts ?? [];
    if (state !== undefined) this.restore(state);
    this.holdVerdicts(this.newestDay);
  }

  /** The role of a host, as far as is known. */
  roleOf(host: Pair): Pair | undefined {
    return Roles.from(this.contexts, this.roleRules).get(host);
  }

  /** Verdicts that are in force on a day keep nothing of what they accept in quarantine. */
  private holdVerdicts(day: number): void {
    const roles = this.verdicts.length === 0 ? new Roles() : Roles.from(this.contexts, this.roleRules);
    this.holding.verdicts = StandingVerdicts.on(day, this.verdicts, roles);
  }

  private restore(state: LearnedState): void {
    for (const name of VIEWS) {
      const learner = this.learners[name];
      const presences = new Presences(learner.view, this.before, learner.signatures, (s) => this.dayOf(s));
      for (const { host, hour } of presences.hostHours()) learner.markClosed(hour, host);
      const open = state.open.filter((row) => row.dims === learner.view.dims);
      for (const row of open) learner.restore(row);
      for (const { signature, hour } of [...presences.rows(), ...open]) {
        this.units.mark(learner.view.dims, signature, Math.floor(hour / 24));
      }
    }
    this.units.markHeld(this.before, (s) => this.dayOf(s));
    const from = this.presencesFrom();
    this.windows.restore(
      this.before,
      state.openWindows ?? [],
      (s) => this.dayOf(s),
      (s) => this.dayOf(s) >= from,
    );
  }

  /** First day whose presences are kept; nothing is forgotten before there is a newest day. */
  private presencesFrom(): number {
    const newest = this.segments.days().at(-1) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.keptFrom, newest - this.model.constants.leave_out_days + 1);
  }

  private dayOf(segment: Pair): number {
    return this.segments.find(segment)?.day ?? 0;
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

  /** Notes the roles that a batch names. @param value generalised text of a string code of the batch */
  rememberRoles(partial: RolePartial, value: (code: number) => GeneralValue | undefined): void {
    const { host, role, code, day, configured } = partial;
    for (let i = 0; i < day.length; i++) {
      const named = pairAt(role, i);
      if (!this.names.has(named)) this.nameRole(named, atomText(ROLE_ATOM, code[i]!, value));
      this.rememberRole(pairAt(host, i), named, day[i]!, configured[i] === 1);
    }
  }

  nameRole(role: Pair, text: string): void {
    this.names.add(role, text);
  }

  /** The host and UTC day of each segment that is stored or closed. */
  hostDays(): readonly SegmentRow[] {
    return this.segments.rows;
  }

  /** @param configured whether the rules in force gave it; else an event brought it */
  rememberRole(host: Pair, role: Pair, day: number, configured: boolean): void {
    if (!configured) Roles.remember(this.contexts, host, role, day);
    else if (this.roleRules !== undefined) Roles.rememberConfigured(this.contexts, this.roleRules, host, role, day);
  }

  /** Roles of a day's hosts: what was named up to then, and what the snapshot knows beside. Asked when the day closes. */
  rolesOn(day: number, snapshot: Snapshot): RoleOf {
    let named: Roles | undefined;
    const known = Roles.read(snapshot);
    return {
      get: (host) => {
        named ??= Roles.from(this.contexts, this.roleRules, day + 1);
        return named.get(host) ?? known.get(host);
      },
    };
  }

  /** Learns what quarantine released, then closes the hours before the day before. */
  beginDay(day: number): void {
    this.holdVerdicts(day);
    this.holding.beginDay(day, () => [...this.before, this.cells.sorted()]);
    // A day of grace: hosts, files and batches need not keep pace with each other.
    this.closeThrough((day - 1) * 24 - 1);
  }

  /** The snapshot in force on a day: it knows what was learned of the days before. Undefined when nothing was. */
  freezeBefore(day: number): Snapshot | undefined {
    this.holdVerdicts(day);
    // Open hours name their segments.
    const [all] = this.parts(false);
    const segments = this.segments.before(day);
    const parts = [pick(all!, (i) => segments.find(pairAt(all!.segment, i)) !== undefined)];
    const { roles } = this.rolesOf(parts, segments, day);
    this.holding.countFleet(roles, segments);
    return this.freezeParts(parts, segments, roles);
  }

  /**
   * The minutes of a day are scored by the snapshot in force on it before they are learned.
   * @param withQuarantine false only where one asks what would happen without it
   */
  judgeWindows(day: number, snapshot: Snapshot, withQuarantine = true): void {
    const judge = new MinuteJudge(snapshot, this.model, this.rolesOn(day, snapshot));
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
    return Math.max(...days, this.segments.days().at(-1) ?? Number.NEGATIVE_INFINITY);
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
    const into: Closing = {
      cells: open,
      contexts: this.contexts,
      segment: (segment, host, day) => this.segments.add(segment, host, day),
    };
    for (const name of VIEWS) this.learners[name].provisional(into);
    this.windows.provisional(into);
    // One sorted table: sums of decayed weights and the layout of hash tables must not depend on what a run added.
    const all = mergeCells([...this.before, this.cells.sorted(), open.sorted()]);
    if (!withReleased) return [all];
    const late = new CellTable();
    this.holding.provisional(() => [mergeCells([all, late.sorted()])], { ...into, cells: late });
    return [mergeCells([all, late.sorted()])];
  }

  /** All that is learned, open hours as if they closed now. @param names texts of the values that were stored before */
  tables(names: readonly NameRow[]): LearnedTables {
    const cells = new CellTable();
    for (const part of [...this.parts(), this.rhythms.cells()]) cells.addAll(part);
    for (const { value, text } of names) this.names.add(value, text);
    return {
      cells: cells.sorted(),
      contexts: this.contexts.sorted(),
      segments: this.segments.rows,
      names: this.names.takeNew(),
    };
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
    const { roles, names } = this.rolesOf(parts, this.segments);
    for (const { value, text } of names) this.names.add(value, text);
    return this.freezeParts(parts, this.segments, roles, this.rhythms);
  }

  private freezeParts(parts: CellColumns[], segments: Segments, roles: Roles, rhythms?: Rhythms): Snapshot | undefined {
    const isHeld = (view: ViewName, signature: Pair) => this.holding.isHeld(view, signature);
    const verdicts = this.holding.verdicts.list;
    const asked = { isHeld, roles, verdicts, ...(rhythms === undefined ? {} : { rhythms }) };
    return freezeBaseline(this.model, this.key, parts, this.contexts, segments, asked);
  }

  /** Roles that were named (only on days before `before`), and of the other hosts those that their cells say. */
  private rolesOf(parts: readonly CellColumns[], segments: Segments, before?: number): LearnedRoles {
    const named = Roles.from(this.contexts, this.roleRules, before);
    const textOf = (host: Pair) => this.names.text(host) ?? this.hostNames.text(host);
    return learnRolesOf(named, { parts, contexts: this.contexts, segments, textOf, key: this.key }, this.model);
  }

  /** The counts on all rungs that `freeze` would freeze, for explanations. */
  tree(view: ViewName): { tree: CountTree; roles: Roles } {
    const parts = this.parts();
    const { roles } = this.rolesOf(parts, this.segments);
    const days = this.segments.days();
    const { tree } = buildTree(
      this.model.views[view],
      parts,
      this.contexts,
      (s) => this.dayOf(s),
      roles,
      days[days.length - 1] ?? 0,
      this.model.constants,
    );
    return { tree, roles };
  }

  /** Slow ramps that were seen on days from `since` on; the newest day is not whole and does not count. */
  ramps(since: number): Ramp[] {
    const { bins_per_bit } = this.model.constants;
    const parts = [...this.before, this.cells.sorted()];
    const found = findRamps(
      parts,
      this.contexts,
      this.segments,
      this.newestDay,
      learningModel().constants,
      bins_per_bit,
    );
    return found.filter((ramp) => ramp.day >= since);
  }

  /** The same of how much subjects and hosts do. */
  windowRamps(since: number): WindowRamp[] {
    const parts = [...this.before, this.cells.sorted()];
    const { windows } = this.model;
    const { constants } = learningModel();
    const found = findWindowRamps(parts, this.contexts, this.segments, this.newestDay, constants, windows);
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
      cells: [mergeCells([this.cells.sorted(), beats.sorted()])],
      contexts: this.contexts.sorted(this.storedContexts),
      segments: this.segments.rows.slice(this.storedSegments),
      names: this.names.takeNew(),
      open,
      openWindows,
      presencesFrom: this.presencesFrom(),
      held: { decisions: this.holding.decisions.changes(), waiting },
    };
  }
}
