import { distinctCount } from '../../stats/distinct-count.js';
import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { type ContextTable, factorCode, SIGNATURE_FACTOR } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import { AtomVector, atom, HOST_ATOM } from './atoms.js';
import { SignatureTable } from './signatures.js';
import type { FactorView } from './spec.js';

/** Signatures again, from the rows of `contexts` that hold their parts. */
export function readSignatures(view: FactorView, contexts: ContextTable): SignatureTable {
  const code = factorCode(view.dims, SIGNATURE_FACTOR);
  const vectors = new PairTable();
  const list: AtomVector[] = [];
  for (let i = 0; i < contexts.size; i++) {
    if (contexts.factor(i) !== code) continue;
    const { lo, hi } = contexts.context(i);
    const at = vectors.insert(lo, hi);
    if (at === list.length) {
      const v = new AtomVector();
      for (let a = 0; a < v.lo.length; a++) v.clear(a);
      list.push(v);
    }
    const value = contexts.value(i);
    list[at]!.set(contexts.rung(i), value.lo, value.hi);
  }
  const table = new SignatureTable();
  list.forEach((v, i) => {
    table.insert(vectors.keyLo[i]!, vectors.keyHi[i]!, v);
  });
  return table;
}

/** A process instance in one hour: the signatures it showed there. */
export interface ProcHour {
  readonly hour: number;
  readonly signatures: number[];
  /** Position of (signature, hour), and of (kind of process, hour), of each. */
  readonly places: number[];
  readonly kinds: number[];
}

/** The presences of one unit of leaving out (a process instance; of five-tuples a source address). */
export interface Unit {
  readonly lo: number;
  readonly hi: number;
  readonly hours: ProcHour[];
}

/** A kind of process that is sampled in calibration, and how many process instances each of the sample stands for. */
export interface KindWeight extends Pair {
  readonly weight: number;
}

/** What makes processes alike. Of five-tuples each source address is a kind of its own. */
const KIND_ATOMS = {
  proc: [atom('host'), atom('exe'), atom('user'), atom('parent_exe')],
  saddr: [atom('host'), atom('saddr')],
};

/**
 * Units by a key, in ascending order of their hashes: of the signatures kept in an hour, those that count come first; of a
 * kind of process in an hour, the first ones are a fair sample, all of whose signatures are kept.
 */
class UnitLists {
  private readonly keys = new PairTable();
  readonly lists: number[][] = [];

  /** @returns the position of the key's list */
  add(lo: number, hi: number, hour: number, unit: number): number {
    mix(lo, hi, hour, 0);
    const at = this.keys.insert(H.lo, H.hi);
    if (at === this.lists.length) this.lists.push([]);
    if (this.lists[at]!.at(-1) !== unit) this.lists[at]!.push(unit);
    return at;
  }

  /** Sorts and leaves each unit once. */
  settle(units: readonly Unit[]): void {
    this.lists.forEach((list, i) => {
      list.sort((a, b) => units[a]!.hi - units[b]!.hi || units[a]!.lo - units[b]!.lo);
      this.lists[i] = list.filter((unit, k) => unit !== list[k - 1]);
    });
  }
}

/** Presences by process instance, and the process instances by signature and by kind. */
export class Presences {
  readonly units: Unit[] = [];
  private readonly unitOf = new PairTable();
  private readonly places = new UnitLists();
  private readonly kinds = new UnitLists();
  private readonly kindKeys: Pair[] = [];
  private readonly unitHours = new PairTable();
  private readonly byUnitHour: ProcHour[] = [];

  constructor(
    view: FactorView,
    parts: readonly CellColumns[],
    readonly signatures: SignatureTable,
    dayOf: (segment: { lo: number; hi: number }) => number,
  ) {
    const kind = view.dims === 15 ? KIND.presence15 : KIND.presence5;
    const v = new AtomVector();
    for (const cells of parts) {
      for (let i = 0; i < cells.length; i++) {
        if (cells.kind[i] !== kind) continue;
        const context = pairAt(cells.context, i);
        const signature = signatures.find(context.lo, context.hi);
        if (signature < 0) continue;
        signatures.read(signature, v);
        kindKey(v, view.unit);
        const like = { lo: H.lo, hi: H.hi };
        const day = dayOf(pairAt(cells.segment, i));
        for (let h = 0, bits = cells.s[i]!; bits > 0; h++, bits = Math.floor(bits / 2)) {
          if (bits % 2 === 1) this.enter(signature, like, day * 24 + h, pairAt(cells.value, i));
        }
      }
    }
    this.places.settle(this.units);
    this.kinds.settle(this.units);
  }

  /** The hours that hold presences of each host: those that were closed. */
  *hostHours(): Generator<{ host: { lo: number; hi: number }; hour: number }> {
    const v = new AtomVector();
    const seen = new Set<string>();
    for (const unit of this.units) {
      for (const { hour, signatures } of unit.hours) {
        for (const s of signatures) {
          this.signatures.read(s, v);
          const key = `${hour}:${v.lo[HOST_ATOM]}:${v.hi[HOST_ATOM]}`;
          if (seen.has(key)) continue;
          seen.add(key);
          yield { host: { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! }, hour };
        }
      }
    }
  }

  /** Each presence: signature and hour since 1970. */
  *rows(): Generator<{ signature: { lo: number; hi: number }; hour: number }> {
    const { keyLo, keyHi } = this.signatures.keys;
    for (const unit of this.units) {
      for (const { hour, signatures } of unit.hours) {
        for (const s of signatures) yield { signature: { lo: keyLo[s]!, hi: keyHi[s]! }, hour };
      }
    }
  }

  /** Unit positions of a (signature, hour), the ones that count first. */
  place(place: number): readonly number[] {
    return this.places.lists[place]!;
  }

  /** Unit positions of a (kind of process, hour), the sample first. */
  kind(kind: number): readonly number[] {
    return this.kinds.lists[kind]!;
  }

  /**
   * About how many process instances of a kind in an hour each one of a sample of `size` stands for: 1 where there were
   * fewer. Else not all are known (of those that are alike in all only the sample is), so their number is estimated from its hashes.
   */
  standsFor(kind: number, size: number): number {
    const alike = this.kind(kind);
    if (alike.length < size) return 1;
    return Math.max(alike.length, distinctCount(size, this.units[alike[size - 1]!]!)) / size;
  }

  /** Of the kinds of which only a sample is left out, over all their hours. */
  kindWeights(size: number): KindWeight[] {
    const keys = new PairTable();
    const sampled: number[] = [];
    const all: number[] = [];
    this.kinds.lists.forEach((alike, kind) => {
      const { lo, hi } = this.kindKeys[kind]!;
      const at = keys.insert(lo, hi);
      const n = Math.min(alike.length, size);
      sampled[at] = (sampled[at] ?? 0) + n;
      all[at] = (all[at] ?? 0) + n * this.standsFor(kind, size);
    });
    const weights = all.map((n, i) => ({ lo: keys.keyLo[i]!, hi: keys.keyHi[i]!, weight: n / sampled[i]! }));
    return weights.filter(({ weight }) => weight > 1);
  }

  private enter(signature: number, like: Pair, hour: number, proc: Pair): void {
    const u = this.unitOf.insert(proc.lo, proc.hi);
    if (u === this.units.length) this.units.push({ lo: proc.lo, hi: proc.hi, hours: [] });
    const { keyLo, keyHi } = this.signatures.keys;
    const place = this.places.add(keyLo[signature]!, keyHi[signature]!, hour, u);
    const kind = this.kinds.add(like.lo, like.hi, hour, u);
    this.kindKeys[kind] = like;
    mix(u, hour, 0, 0);
    const size = this.unitHours.size;
    const at = this.byUnitHour[this.unitHours.insert(H.lo, H.hi)] ?? { hour, signatures: [], places: [], kinds: [] };
    if (this.unitHours.size > size) {
      this.byUnitHour.push(at);
      this.units[u]!.hours.push(at);
    }
    at.signatures.push(signature);
    at.places.push(place);
    at.kinds.push(kind);
  }
}

/** Leaves in H the key of a kind of process. */
export function kindKey(v: AtomVector, unit: 'proc' | 'saddr'): void {
  let lo = 0x6b696e64;
  let hi = 0;
  for (const a of KIND_ATOMS[unit]) {
    mix(lo, hi, v.lo[a]!, v.hi[a]!);
    lo = H.lo;
    hi = H.hi;
  }
  H.lo = lo;
  H.hi = hi;
}
