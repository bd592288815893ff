import { type CellColumns, type Pair, type PresenceRow, pairName } from '../../tuple/learned.js';
import { KIND, segmentOf } from '../cells.js';
import { AtomVector, HOST_ATOM } from '../factor/atoms.js';
import { type Closing, keepSignature } from '../factor/close-hour.js';
import type { Constants } from '../factor/spec.js';
import type { ViewLearner } from '../factor/view-learner.js';
import type { HeldState, ViewName } from '../learned-state.js';
import { Roles } from '../roles.js';
import type { Segments } from '../segments.js';
import { HeldPresences, type Waiting } from './held-presences.js';
import { learnLate } from './late-presences.js';
import { Quarantine, type Sighting } from './quarantine.js';
import { learningModel } from './spec.js';
import { StandingVerdicts } from './verdicts.js';

/**
 * The filter before learning: presences whose signature is held wait here and are learned when it is released, those of its
 * day at once, older ones when the next day begins, so that the snapshot in force is the one frozen at midnight even when a
 * run ends and another goes on. What is older than presences are kept is dropped.
 */
export class Holding {
  readonly decisions: Quarantine;
  private readonly waiting: Record<ViewName, HeldPresences>;
  /** Presences dropped before their signature was released. */
  dropped = 0;
  /** In force on the day: what they accept is not held. */
  verdicts = StandingVerdicts.on(0, [], new Roles());
  private readonly v = new AtomVector();

  constructor(
    private readonly learners: Readonly<Record<ViewName, ViewLearner>>,
    private readonly constants: Constants,
    private readonly into: Closing,
    state?: HeldState,
  ) {
    this.decisions = new Quarantine(learningModel().constants, state?.decisions);
    const make = () => new HeldPresences(constants.presence_cap + 1);
    this.waiting = { fifteen: make(), five: make() };
    for (const { dims, signature, hour, proc } of state?.waiting ?? []) {
      const view = dims === 15 ? 'fifteen' : 'five';
      const at = learners[view].signatures.find(signature.lo, signature.hi);
      if (at >= 0) this.waiting[view].add({ signature: at, hour, lo: proc.lo, hi: proc.hi });
    }
  }

  /** Notes a unit with a low p and that it was held when its score calibrated. @param bin of its score @param mask of it */
  hold(view: ViewName, sighting: Sighting, bin: number, mask: number): void {
    const { v, signature, day, dims } = sighting;
    const host = { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! };
    const kind = dims === 15 ? KIND.held15 : KIND.held5;
    this.into.cells.add(kind, segmentOf(host, day), signature, { lo: bin, hi: mask }, 1, 0);
    keepSignature(this.learners[view].view, signature, v, this.into.contexts);
    for (const released of this.decisions.see(sighting)) this.learnDay(view, released, day);
  }

  /** Learns what waits of a signature since a day began. */
  private learnDay(view: ViewName, { lo, hi }: Pair, day: number): void {
    const learner = this.learners[view];
    const at = learner.signatures.find(lo, hi);
    if (at < 0) return;
    for (const row of this.waiting[view].take(at, day * 24)) learner.addPresence(at, row, row.hour);
  }

  /** Lets out a signature that an announced change covers. @returns false when it was not held that day, or a person rejected it */
  announce(view: ViewName, signature: Pair, day: number): boolean {
    if (!this.decisions.announce(this.learners[view].view.dims, signature, day)) return false;
    this.learnDay(view, signature, day);
    return true;
  }

  isHeld(view: ViewName, signature: Pair): boolean {
    const { view: of, signatures } = this.learners[view];
    if (!this.decisions.isHeld(of.dims, signature)) return false;
    const at = this.verdicts.list.length === 0 ? -1 : signatures.find(signature.lo, signature.hi);
    if (at < 0) return true;
    signatures.read(at, this.v);
    return !this.accepts(view, signature, this.v);
  }

  /** Whether a verdict accepts a signature. @param v what it is made of */
  accepts(view: ViewName, signature: Pair, v: AtomVector): boolean {
    return view === 'fifteen' && this.verdicts.on(signature, v).length > 0;
  }

  setAside(view: ViewName, presence: Waiting): void {
    this.waiting[view].add(presence);
  }

  /** Tells the sizes of roles, as the day began. */
  countFleet(roles: Roles, segments: Segments): void {
    this.decisions.beginDay(fleetOf(roles, segments));
  }

  /**
   * Learns what was released, before the hours of the day before close.
   * @param day that begins
   * @param parts everything learned so far
   */
  beginDay(day: number, parts: () => CellColumns[]): void {
    for (const view of ['fifteen', 'five'] as const) {
      const learner = this.learners[view];
      const late: Waiting[] = [];
      for (const row of this.released(view)) {
        this.waiting[view].take(row.signature, 0);
        if (learner.isClosed(row.hour, learner.hostOf(row.signature))) late.push(row);
        else learner.addPresence(row.signature, row, row.hour);
      }
      if (late.length === 0) continue;
      learnLate(learner.view, this.constants, learner.signatures, late, parts(), this.into);
    }
    this.forget(day);
  }

  /** What was released and not yet learned, as if the next day began now. */
  provisional(parts: () => CellColumns[], into: Closing): void {
    for (const view of ['fifteen', 'five'] as const) {
      const { view: of, signatures } = this.learners[view];
      const late = this.released(view);
      if (late.length > 0) learnLate(of, this.constants, signatures, late, parts(), into);
    }
  }

  /** Drops what is so old that presences of its day are no longer kept. @param newest day */
  forget(newest: number): void {
    const from = (newest - this.constants.leave_out_days + 1) * 24;
    const most = learningModel().constants.most_waiting;
    for (const view of ['fifteen', 'five'] as const) this.dropped += this.waiting[view].drop(from, most);
  }

  /** What waits, for the store; keeps in `contexts` what the signatures are made of. */
  waitingRows(): PresenceRow[] {
    const v = new AtomVector();
    return (['fifteen', 'five'] as const).flatMap((name) => {
      const { view, signatures } = this.learners[name];
      const rows = this.waiting[name].rows().map(({ signature: at, hour, lo, hi }) => {
        const signature = { lo: signatures.keys.keyLo[at]!, hi: signatures.keys.keyHi[at]! };
        signatures.read(at, v);
        keepSignature(view, signature, v, this.into.contexts);
        return { dims: view.dims, hour, signature, proc: { lo, hi } };
      });
      return rows.sort((a, b) => a.hour - b.hour || a.signature.hi - b.signature.hi || a.signature.lo - b.signature.lo);
    });
  }

  private released(view: ViewName): Waiting[] {
    const { signatures } = this.learners[view];
    const { keyLo, keyHi } = signatures.keys;
    return this.waiting[view].rows().filter(({ signature }) => {
      return !this.isHeld(view, { lo: keyLo[signature]!, hi: keyHi[signature]! });
    });
  }
}

/** Hosts by role, '' for those without. */
function fleetOf(roles: Roles, segments: Segments): Map<string, number> {
  const hosts = new Map(segments.rows.map(({ host }) => [pairName(host), host]));
  const fleet = new Map<string, number>();
  for (const host of hosts.values()) {
    const role = roles.get(host);
    const name = role === undefined ? '' : pairName(role);
    fleet.set(name, (fleet.get(name) ?? 0) + 1);
  }
  return fleet;
}
