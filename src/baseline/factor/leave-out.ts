import { H } from '../../tuple/hash.js';
import type { Roles } from '../roles.js';
import { AtomVector, atom, HOST_ATOM, ROLE_ATOM } from './atoms.js';
import { RUNG_GROUPS } from './build-tree.js';
import { binOf, ScoreHistograms } from './calibration.js';
import { factorValue, Ladder } from './ladder.js';
import type { Presences, ProcHour, Unit } from './presences.js';
import type { Constants, Factor, FactorView } from './spec.js';
import type { CountTree } from './tree.js';
import { TreeScorer } from './tree-score.js';

const EXE = atom('exe');
const SYSCALL = atom('syscall');

/**
 * Calibration of a young baseline: each process instance is scored by a model that has seen everything but that
 * instance, which takes with it all its presences on every rung. Single rows would not do: rows of one process
 * resemble each other, and the row left out would be expected by its siblings.
 *
 * Process instances that were never seen to start (they ran before learning began and, as a rule, run on) give no
 * units: they are not exchangeable with the instances that come. Where nothing is ever seen to start, all count.
 */
export class LeaveOut {
  private readonly v = new AtomVector();
  private readonly ladder = new Ladder();
  /** Finest cells by signature and factor; −1 where the factor does not speak. */
  private readonly cellsOf: Int32Array;
  private readonly scorer: TreeScorer;

  /** @param startHashes hashes of the syscalls that start a process instance (pairs) */
  constructor(
    private readonly view: FactorView,
    private readonly tree: CountTree,
    private readonly presences: Presences,
    private readonly roles: Roles,
    private readonly constants: Constants,
    private readonly startHashes: Uint32Array,
  ) {
    this.scorer = new TreeScorer(view, tree, constants);
    const { signatures } = presences;
    this.cellsOf = new Int32Array(signatures.size * view.factors.length).fill(-1);
    for (let s = 0; s < signatures.size; s++) this.findCells(s);
  }

  run(): ScoreHistograms {
    const histograms = new ScoreHistograms();
    const started = this.presences.units.map((unit) => this.view.unit === 'saddr' || this.startSeen(unit));
    const all = !started.includes(true);
    this.presences.units.forEach((unit, u) => {
      if (!all && !started[u]) return;
      // Of a five-tuple the unit is (source address, hour); of a process instance all its hours together.
      const parts = this.view.unit === 'saddr' ? unit.hours.map((h) => [h]) : [unit.hours];
      for (const hours of parts) this.scoreLeftOut(u, hours, histograms);
    });
    return histograms;
  }

  private startSeen(unit: Unit): boolean {
    return unit.hours.some((h) =>
      h.signatures.some((s) => {
        this.presences.signatures.read(s, this.v);
        for (let i = 0; i < this.startHashes.length; i += 2) {
          if (this.v.lo[SYSCALL] === this.startHashes[i] && this.v.hi[SYSCALL] === this.startHashes[i + 1]) return true;
        }
        return false;
      }),
    );
  }

  private scoreLeftOut(u: number, hours: readonly ProcHour[], histograms: ScoreHistograms): void {
    const changes = new Map<number, number>();
    for (const hour of hours) {
      this.collect(hour, (place) => this.counts(u, place), -1, changes);
      this.admitReserves(u, hour, changes);
    }
    for (const [cell, by] of changes) this.tree.change(cell, by);
    for (const [s, weight] of this.unitsOf(u, hours)) {
      this.readWithRole(s);
      const { v } = this;
      const bits = this.scorer.bits(v);
      const context = {
        host: { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! },
        exe: { lo: v.lo[EXE]!, hi: v.hi[EXE]! },
        syscall: { lo: v.lo[SYSCALL]!, hi: v.hi[SYSCALL]! },
        mask: this.scorer.mask,
      };
      histograms.add(context, binOf(bits, this.constants.bins_per_bit), weight, 1, 1);
    }
    for (const [cell, by] of changes) this.tree.change(cell, -by);
  }

  /**
   * The signatures that make units, and how many each stands for (Horvitz and Thompson 1952): they come from a sample of
   * each kind of process, for of the other instances only the signatures that few have are kept. The unit is the first
   * occurrence; behind an hour of which not all is known, none can be told from the second.
   */
  private unitsOf(u: number, hours: readonly ProcHour[]): Map<number, number> {
    const size = this.constants.presence_cap + 1;
    const first = new Map<number, number>();
    for (const hour of hours.toSorted((a, b) => a.hour - b.hour)) {
      let whole = true;
      hour.signatures.forEach((s, i) => {
        const kind = hour.kinds[i]!;
        if (!this.presences.kind(kind).slice(0, size).includes(u)) whole = false;
        else if (!first.has(s)) first.set(s, this.presences.standsFor(kind, size));
      });
      if (!whole) break;
    }
    return first;
  }

  private counts(u: number, place: number): boolean {
    return this.presences.place(place).indexOf(u) < this.constants.presence_cap;
  }

  /** Adds `by` for each distinct finest cell that the unit holds in that hour through the places that are asked for. */
  private collect(hour: ProcHour, through: (place: number) => boolean, by: number, into: Map<number, number>): void {
    const cells = new Set<number>();
    hour.signatures.forEach((s, i) => {
      if (!through(hour.places[i]!)) return;
      const from = s * this.view.factors.length;
      for (let f = 0; f < this.view.factors.length; f++)
        if (this.cellsOf[from + f]! >= 0) cells.add(this.cellsOf[from + f]!);
    });
    for (const cell of cells) into.set(cell, (into.get(cell) ?? 0) + by);
  }

  /** Where a counted unit leaves full places, those in reserve there count in its stead. */
  private admitReserves(u: number, hour: ProcHour, changes: Map<number, number>): void {
    const admitted = new Map<number, Set<number>>();
    for (const place of new Set(hour.places)) {
      const reserve = this.presences.place(place)[this.constants.presence_cap];
      if (reserve === undefined || !this.counts(u, place)) continue;
      const places = admitted.get(reserve);
      if (places === undefined) admitted.set(reserve, new Set([place]));
      else places.add(place);
    }
    for (const [reserve, places] of admitted) {
      const at = this.presences.units[reserve]!.hours.find((h) => h.hour === hour.hour)!;
      const before = new Map<number, number>();
      const after = new Map<number, number>();
      this.collect(at, (p) => this.counts(reserve, p), 1, before);
      this.collect(at, (p) => places.has(p) || this.counts(reserve, p), 1, after);
      for (const cell of after.keys()) if (!before.has(cell)) changes.set(cell, (changes.get(cell) ?? 0) + 1);
    }
  }

  private readWithRole(s: number): void {
    const { v } = this;
    this.presences.signatures.read(s, v);
    const role = this.roles.get({ lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! });
    if (role === undefined) v.clear(ROLE_ATOM);
    else v.set(ROLE_ATOM, role.lo, role.hi);
  }

  private findCells(s: number): void {
    this.readWithRole(s);
    for (const factor of this.view.factors) {
      if (factor.base === 'hour' || !factorValue(factor, this.v)) continue;
      const value = { lo: H.lo, hi: H.hi };
      this.ladder.climb(this.view, factor, this.v);
      this.cellsOf[s * this.view.factors.length + factor.id] = this.tree.cellAt(this.finestContext(factor), value);
    }
  }

  /** The finest context of the event on the ladder, made with count 0 where only one in reserve has it. */
  private finestContext(factor: Factor): number {
    const { ladder, tree } = this;
    let context = -1;
    factor.rungs.forEach((a, k) => {
      if (a === ROLE_ATOM && this.v.has[ROLE_ATOM] === 0) return;
      context = tree.contextAt(ladder.lo[k]!, ladder.hi[k]!, factor.id * RUNG_GROUPS + k, context);
    });
    return context;
  }
}
