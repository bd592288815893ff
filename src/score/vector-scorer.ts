import { type AtomVector, atom, HOST_ATOM, ROLE_ATOM } from '../baseline/factor/atoms.js';
import { kindKey } from '../baseline/factor/presences.js';
import type { Constants, FactorView } from '../baseline/factor/spec.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { H } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';
import { CalibratedP } from './calibrated-p.js';
import { Surprisal } from './surprisal.js';

const EXE = atom('exe');
const SYSCALL = atom('syscall');

/** Bits and calibrated p of single events against one snapshot. */
export class VectorScorer {
  private readonly surprisal: Surprisal;
  private readonly p: CalibratedP;
  /** Of the last call. */
  bits = 0;
  flags = 0;
  group = -1;
  trust = 1;

  constructor(
    private readonly view: FactorView,
    constants: Constants,
    snapshot: Snapshot,
  ) {
    this.surprisal = new Surprisal(view, constants, snapshot);
    this.p = new CalibratedP(view.name, constants, snapshot);
  }

  /**
   * Writes the bits of each column to `by[from …]`. The host's role is joined where the event has none.
   * @returns ln p
   */
  lnP(v: AtomVector, signature: Pair, by: Float64Array, from: number): number {
    this.surprisal.joinRole(v);
    this.bits = this.surprisal.bits(v, by, from);
    const context = {
      host: { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! },
      exe: { lo: v.lo[EXE]!, hi: v.hi[EXE]! },
      syscall: { lo: v.lo[SYSCALL]!, hi: v.hi[SYSCALL]! },
      mask: this.surprisal.mask,
    };
    const role = v.has[ROLE_ATOM] === 1 ? { lo: v.lo[ROLE_ATOM]!, hi: v.hi[ROLE_ATOM]! } : undefined;
    kindKey(v, this.view.unit);
    const lnP = this.p.lnP(this.bits, context, role, { lo: H.lo, hi: H.hi }, signature);
    this.flags = this.p.flags;
    this.group = this.p.group;
    this.trust = this.p.trust;
    return lnP;
  }

  /** Randomised p of the last call. */
  randomised(u: number): number {
    return this.p.randomised(u);
  }
}
