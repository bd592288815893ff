import type { Baseline } from '../baseline/baseline.js';
import { segmentOf } from '../baseline/cells.js';
import { ATOM_COUNT, AtomVector, atom, HOST_ATOM, ROLE_ATOM } from '../baseline/factor/atoms.js';
import { hourOfWeek } from '../baseline/factor/hours.js';
import type { FactorPartial } from '../baseline/factor/learn.js';
import { kindKey } from '../baseline/factor/presences.js';
import { readPartial } from '../baseline/factor/signatures.js';
import type { ViewName } from '../baseline/learned-state.js';
import type { Announcements } from '../baseline/learning/announcements.js';
import { learningModel } from '../baseline/learning/spec.js';
import type { Snapshot } from '../baseline/snapshot.js';
import type { Entity } from '../baseline/window/entities.js';
import { type EvidenceSums, evidenceOf } from '../decide/evidence-sums.js';
import { CalibratedP } from '../score/calibrated-p.js';
import { rowUniform } from '../score/row-uniform.js';
import { Surprisal } from '../score/surprisal.js';
import { H } from '../tuple/hash.js';
import { type Pair, pairName } from '../tuple/learned.js';
import { US_PER_HOUR } from '../tuple/time.js';

/** Where a unit is evidence, in minutes since 1970. */
interface Placed {
  minute: number;
  readonly subject: Entity;
  readonly evidence: EvidenceSums;
}

const EXE = atom('exe');
const SYSCALL = atom('syscall');
const USER = atom('user');

/** Who a unit is of: the subject whose minute it is evidence of. */
function subjectOf(v: AtomVector): Entity {
  const part = (a: number): Pair | undefined => (v.has[a] === 0 ? undefined : { lo: v.lo[a]!, hi: v.hi[a]! });
  return { kind: 'subject', host: part(HOST_ATOM)!, exe: part(EXE), user: part(USER) };
}

/**
 * Scores the units of a day by the snapshot in force, before they are learned: every score calibrates, and a unit with a
 * low p is held. Nothing is held until calibration is prequential, for until then there is too little to judge by.
 */
export class Judge {
  private readonly surprisal: Surprisal;
  private readonly p: CalibratedP | undefined;
  private readonly by = new Float64Array(64);
  private readonly v = new AtomVector();
  /** Evidence by signature and day: it is of the first minute, whatever order the batches come in. */
  private readonly placed = new Map<string, Placed>();
  /** Signatures that were held when the day began. */
  private readonly heldBefore: ReadonlySet<string>;
  /** The hour calibrates before it counts: of its factor the column and the bit, where it does not count yet. */
  private readonly uncounted: { readonly by: number; readonly bit: number } | undefined;

  /**
   * @param day that is judged
   * @param withQuarantine false only where one asks what would happen without it
   */
  constructor(
    private readonly baseline: Baseline,
    private readonly view: ViewName,
    day: number,
    snapshot: Snapshot,
    private readonly withQuarantine: boolean,
    private readonly announced: Announcements,
  ) {
    const { views, constants } = baseline.model;
    const held = baseline.holding.decisions.heldBefore(views[view].dims, day);
    this.heldBefore = new Set(held.map(pairName));
    this.surprisal = new Surprisal(views[view], constants, snapshot, true);
    if (!snapshot.card.hourCalibrated) this.uncounted = views[view].factors.find((f) => f.base === 'hour');
    if (snapshot.card.calibration === 'prequential') this.p = new CalibratedP(view, constants, snapshot);
  }

  /**
   * @param partial of one day
   * @param text generalised text of a string code of its batch
   * @returns by presence, 1 for those that are held
   */
  judge(partial: FactorPartial, text: (code: number) => string | undefined): Uint8Array {
    const { signature, hour, minute, signatures } = partial;
    const { dims } = this.baseline.model.views[this.view];
    const pairOf = (i: number): Pair => ({
      lo: signatures[2 * signature[i]!]!,
      hi: signatures[2 * signature[i]! + 1]!,
    });
    for (let i = 0; i < signature.length; i++) {
      const pair = pairOf(i);
      const day = Math.floor(hour[i]! / 24);
      if (this.baseline.units.has(dims, pair, day)) {
        this.placeEarlier(pair, day, minute[i]!);
        continue;
      }
      readPartial(partial, signature[i]!, this.v);
      this.scoreUnit(pair, hour[i]!, minute[i]!);
    }
    if (!this.announced.isEmpty) this.letOut(partial, pairOf, text);
    return Uint8Array.from(signature, (_, i) => (this.baseline.holding.isHeld(this.view, pairOf(i)) ? 1 : 0));
  }

  /** What is held and comes while an announced change covers it is learned at once. */
  private letOut(
    partial: FactorPartial,
    pairOf: (i: number) => Pair,
    text: (code: number) => string | undefined,
  ): void {
    const { signature, hour, origins } = partial;
    for (let i = 0; i < signature.length; i++) {
      const of = (a: number) => text(origins[signature[i]! * ATOM_COUNT + a]!);
      const from = BigInt(hour[i]!) * US_PER_HOUR;
      if (!this.announced.within(from, from + US_PER_HOUR)) continue;
      const id = this.announced.covers(of(HOST_ATOM), of(EXE), from, from + US_PER_HOUR);
      if (id === undefined || !this.baseline.holding.announce(this.view, pairOf(i), Math.floor(hour[i]! / 24)))
        continue;
      if (this.view === 'fifteen') this.announced.count(id, { units: 1 });
    }
  }

  private scoreUnit(signature: Pair, hour: number, minute: number): void {
    const { baseline, view, v, surprisal } = this;
    const { dims, unit } = baseline.model.views[view];
    const day = Math.floor(hour / 24);
    v.setHour(hourOfWeek(hour, baseline.model.constants.hour_zone));
    surprisal.joinRole(v);
    const bits = surprisal.bits(v, this.by, 0);
    const at = (a: number): Pair => ({ lo: v.lo[a]!, hi: v.hi[a]! });
    const context = { host: at(HOST_ATOM), exe: at(EXE), syscall: at(SYSCALL), mask: surprisal.mask };
    const made = { dims, signature, segment: segmentOf(context.host, day), day };
    baseline.units.calibrate(made, context, bits);
    if (this.p === undefined) return;
    kindKey(v, unit);
    const role = v.has[ROLE_ATOM] === 1 ? at(ROLE_ATOM) : undefined;
    const { counted, mask } = this.asScored(bits, context.mask);
    const lnP = this.p.lnP(counted, { ...context, mask }, role, { lo: H.lo, hi: H.hi }, signature);
    if (view === 'fifteen') {
      const { trust, level } = this.p;
      const evidence = evidenceOf(trust * lnP, baseline.model.decision.constants);
      this.place(signature, day, { minute, subject: subjectOf(v), evidence });
      const u = rowUniform(signature, { lo: day, hi: 0 });
      if (level >= 0) baseline.units.rank(made, context, level, this.p.randomised(u));
    }
    if (!this.withQuarantine) return;
    const { holding } = baseline;
    const isOdd = lnP <= Math.log(learningModel().constants.hold_p);
    if (!isOdd && !holding.isHeld(view, signature) && !holding.decisions.isHeldElsewhere(dims, v)) return;
    if (holding.accepts(view, signature, v)) return;
    baseline.hold(view, { dims, signature, v, day, lnP }, bits, surprisal.mask);
  }

  /** What is held was evidence on its first day: again and again it would make such minutes usual. */
  private place(signature: Pair, day: number, placed: Placed): void {
    if (this.heldBefore.has(pairName(signature))) return;
    this.placed.set(unitName(signature, day), placed);
    this.baseline.windows.open.addEvidence(placed.subject, placed.minute, placed.evidence);
  }

  private placeEarlier(signature: Pair, day: number, minute: number): void {
    const placed = this.placed.get(unitName(signature, day));
    if (placed === undefined || minute >= placed.minute) return;
    this.baseline.windows.open.moveEvidence(placed.subject, placed.minute, minute, placed.evidence);
    placed.minute = minute;
  }

  private asScored(bits: number, mask: number): { counted: number; mask: number } {
    if (this.uncounted === undefined) return { counted: bits, mask };
    const { by, bit } = this.uncounted;
    return { counted: bits - this.by[by]!, mask: mask & ~(1 << bit) };
  }
}

function unitName(signature: Pair, day: number): string {
  return `${day} ${pairName(signature)}`;
}
