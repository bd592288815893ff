import { H, mix } from '../../tuple/hash.js';
import type { CellColumns } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { type ContextTable, factorCode, SIGNATURE_FACTOR } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import { AtomVector, HOST_ATOM } from './atoms.js';
import { bucketKey } from './open-hours.js';
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

/** A process instance in one hour: the signatures it showed there, by bucket. */
export interface ProcHour {
  readonly hour: number;
  readonly signatures: number[];
  readonly buckets: number[];
}

/** The presences of one unit of leaving out (a process instance; of five-tuples a source address). */
export interface Unit {
  readonly lo: number;
  readonly hi: number;
  readonly hours: ProcHour[];
}

/** Presences by process instance, and the process instances by (bucket, hour), in the order in which they count. */
export class Presences {
  readonly units: Unit[] = [];
  private readonly unitOf = new PairTable();
  private readonly places = new PairTable();
  private readonly inPlace: number[][] = [];
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
        bucketKey(v, view.unit);
        const bucket = { lo: H.lo, hi: H.hi };
        const day = dayOf(pairAt(cells.segment, i));
        for (let h = 0, bits = cells.s[i]!; bits > 0; h++, bits = Math.floor(bits / 2)) {
          if (bits % 2 === 1) this.enter(signature, bucket, day * 24 + h, pairAt(cells.value, i));
        }
      }
    }
    for (const list of this.inPlace) {
      list.sort((a, b) => this.units[a]!.hi - this.units[b]!.hi || this.units[a]!.lo - this.units[b]!.lo);
    }
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

  /** Unit positions in a (bucket, hour), the ones that count first. */
  place(place: number): readonly number[] {
    return this.inPlace[place]!;
  }

  private enter(
    signature: number,
    bucket: { lo: number; hi: number },
    hour: number,
    proc: { lo: number; hi: number },
  ): void {
    const u = this.unitOf.insert(proc.lo, proc.hi);
    if (u === this.units.length) this.units.push({ lo: proc.lo, hi: proc.hi, hours: [] });
    mix(bucket.lo, bucket.hi, hour, 0);
    const place = this.places.insert(H.lo, H.hi);
    if (place === this.inPlace.length) this.inPlace.push([]);
    if (!this.inPlace[place]!.includes(u)) this.inPlace[place]!.push(u);
    mix(u, hour, 0, 0);
    const size = this.unitHours.size;
    const at = this.byUnitHour[this.unitHours.insert(H.lo, H.hi)] ?? { hour, signatures: [], buckets: [] };
    if (this.unitHours.size > size) {
      this.byUnitHour.push(at);
      this.units[u]!.hours.push(at);
    }
    at.signatures.push(signature);
    at.buckets.push(place);
  }
}
