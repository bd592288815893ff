import { H, mix } from '../../tuple/hash.js';
import { type AtomVector, END_LO, HOST_ATOM, NULL_LO, ROLE_ATOM } from './atoms.js';
import type { Factor, FactorView } from './spec.js';

const MAX_RUNGS = 8;

/** Seed of a factor's context keys: view and factor, so that no two share a context; left in H. */
export function ladderSeed(dims: number, id: number): void {
  mix(0x66616374, dims, id, 1);
}

/**
 * The context keys of one event on one factor's ladder, coarse to fine. A stored key never holds the role: the keys of
 * the rungs above it are made as if its rung were not there.
 */
export class Ladder {
  readonly lo = new Uint32Array(MAX_RUNGS);
  readonly hi = new Uint32Array(MAX_RUNGS);
  /** 1 where the key holds no null, so that scoring may use the rung. */
  readonly usable = new Uint8Array(MAX_RUNGS);
  rungs = 0;

  climb(view: FactorView, factor: Factor, v: AtomVector): void {
    ladderSeed(view.dims, factor.id);
    let lo = H.lo;
    let hi = H.hi;
    let usable = 1;
    this.rungs = factor.rungs.length;
    for (let k = 0; k < this.rungs; k++) {
      const a = factor.rungs[k]!;
      if (a === ROLE_ATOM) {
        mix(lo ^ ROLE_ATOM, hi, v.lo[a]!, v.hi[a]!);
        this.lo[k] = H.lo;
        this.hi[k] = H.hi;
        this.usable[k] = usable & v.has[a]!;
        continue;
      }
      if (a >= 0) {
        mix(lo, hi, v.lo[a]!, v.hi[a]!);
        lo = H.lo;
        hi = H.hi;
        usable &= v.has[a]!;
      }
      this.lo[k] = lo;
      this.hi[k] = hi;
      this.usable[k] = usable;
    }
  }

  get finest(): number {
    return this.rungs - 1;
  }
}

/** Key of the role's rung over the coarser key (lo, hi); left in H. */
export function roleKey(lo: number, hi: number, roleLo: number, roleHi: number): void {
  mix(lo ^ ROLE_ATOM, hi, roleLo, roleHi);
}

/** Key of a cell: context and value; left in H. */
export function cellKey(ctxLo: number, ctxHi: number, valueLo: number, valueHi: number): void {
  mix(ctxLo, ctxHi, valueLo ^ 0x63656c6c, valueHi);
}

/**
 * The value an event has on a factor, left in H. False when the factor does not speak of this event: a step behind the
 * end of a path, or behind a null.
 */
export function factorValue(factor: Factor, v: AtomVector): boolean {
  if (v.has[factor.value] === 1) {
    H.lo = v.lo[factor.value]!;
    H.hi = v.hi[factor.value]!;
    return true;
  }
  if (factor.step > 0) {
    if (factor.base !== 'path' || v.has[factor.value - 1] === 0) return false;
    H.lo = END_LO;
    H.hi = 0;
    return true;
  }
  H.lo = NULL_LO;
  H.hi = 0;
  return true;
}

/**
 * Whether a string is not judged because even its coarsest context is new (or null): the arguments of a program never
 * seen, the rest of a path below a directory never seen. Together they are one unseen string, whose price was paid where
 * it began. Ports and address bytes have a base measure of their own and are judged anywhere.
 *
 * @param knows whether a value was ever seen in the coarsest context
 */
export function isBehindUnseen(factor: Factor, ladder: Ladder, knows: () => boolean): boolean {
  if (factor.base !== 'string' && factor.base !== 'path') return false;
  return factor.rungs[0] !== -1 && (ladder.usable[0] === 0 || !knows());
}

export function isNullValue(lo: number, hi: number): boolean {
  return lo === NULL_LO && hi === 0;
}

export { HOST_ATOM };
