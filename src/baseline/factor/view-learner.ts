import { H, mix } from '../../tuple/hash.js';
import type { Pair, PresenceRow } from '../../tuple/learned.js';
import type { Names } from '../names.js';
import { PairTable } from '../pair-table.js';
import { ATOM_COUNT, AtomVector, atom, atomText, type GeneralValue, HOST_ATOM, HOUR_ATOM, SAME_NAME } from './atoms.js';
import { type Closing, closeHour, keepSignature } from './close-hour.js';
import { hourOfWeek } from './hours.js';
import type { FactorPartial } from './learn.js';
import { OpenHour } from './open-hours.js';
import { readPartial, type SignatureTable } from './signatures.js';
import type { Constants, FactorView } from './spec.js';

const COMM = atom('comm');

/**
 * The open hours of one view: a fold of partials, in whatever order they come. An hour closes once; presences of a
 * host's closed hour that come later are counted as late and not learned.
 */
export class ViewLearner {
  private readonly open = new Map<number, OpenHour>();
  private readonly closed = new PairTable();
  private readonly v = new AtomVector();
  private newest = Number.NEGATIVE_INFINITY;
  late = 0;
  unusable = 0;
  future = 0;

  constructor(
    readonly view: FactorView,
    private readonly constants: Constants,
    readonly signatures: SignatureTable,
    private readonly names: Names,
    private readonly into: Closing,
    /** Whether a host's hour is so old that its presences were forgotten, and it with them. */
    private readonly isForgotten: (hour: number, host: Pair) => boolean,
  ) {}

  /**
   * @param value generalised text of a string code of the partial's batch
   * @param setAside whether presence `i` of the partial is not to be learned now, told the position of its signature
   */
  merge(
    partial: FactorPartial,
    value: (code: number) => GeneralValue | undefined,
    setAside?: (i: number, signature: number) => boolean,
  ): void {
    const v = new AtomVector();
    const positions: number[] = [];
    for (let s = 0; s < partial.signatures.length / 2; s++) {
      readPartial(partial, s, v);
      const before = this.signatures.size;
      const at = this.signatures.insert(partial.signatures[2 * s]!, partial.signatures[2 * s + 1]!, v);
      positions.push(at);
      if (at === before) this.nameAtoms(partial, s, v, value);
    }
    for (let i = 0; i < partial.signature.length; i++) {
      const signature = positions[partial.signature[i]!]!;
      if (setAside?.(i, signature)) continue;
      this.addPresence(signature, { lo: partial.proc[2 * i]!, hi: partial.proc[2 * i + 1]! }, partial.hour[i]!);
    }
    this.unusable += partial.unusable;
    this.future += partial.future;
  }

  /** Learns one presence, unless its hour is closed. @param signature position */
  addPresence(signature: number, proc: Pair, hour: number): void {
    if (this.isClosed(hour, this.hostOf(signature))) {
      this.late++;
      return;
    }
    let open = this.open.get(hour);
    if (open === undefined) {
      open = new OpenHour(this.constants.presence_cap);
      this.open.set(hour, open);
    }
    open.add(this.signatures, signature, proc.lo, proc.hi);
    this.newest = Math.max(this.newest, hour);
  }

  /** @param signature position */
  hostOf(signature: number): Pair {
    this.signatures.read(signature, this.v);
    return { lo: this.v.lo[HOST_ATOM]!, hi: this.v.hi[HOST_ATOM]! };
  }

  isClosed(hour: number, host: Pair): boolean {
    mix(0x636c6f73, hour, host.lo, host.hi);
    return this.closed.find(H.lo, H.hi) >= 0 || this.isForgotten(hour, host);
  }

  markClosed(hour: number, host: Pair): void {
    mix(0x636c6f73, hour, host.lo, host.hi);
    this.closed.insert(H.lo, H.hi);
  }

  /** The newest hour learned; −∞ before the first. */
  get newestHour(): number {
    return this.newest;
  }

  /** Closes all open hours up to `hour`, oldest first. */
  closeThrough(hour: number): void {
    for (const h of [...this.open.keys()].filter((h) => h <= hour).sort((a, b) => a - b)) {
      this.close(h, this.into);
      const v = new AtomVector();
      for (const presence of this.open.get(h)!.entries()) {
        this.signatures.read(presence.signature, v);
        this.markClosed(h, { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! });
      }
      this.open.delete(h);
    }
  }

  /** What the open hours would be if they closed now; nothing is closed. */
  provisional(into: Closing): void {
    for (const hour of [...this.open.keys()].sort((a, b) => a - b)) this.close(hour, into);
  }

  private close(hour: number, into: Closing): void {
    const week = hourOfWeek(hour, this.constants.hour_zone);
    closeHour(this.view, hour, week, this.open.get(hour)!, this.signatures, into);
  }

  /** The open hours as rows for the store; keeps in `contexts` what their signatures are made of. */
  openPresences(): PresenceRow[] {
    const rows: PresenceRow[] = [];
    const v = new AtomVector();
    for (const [hour, open] of [...this.open].sort(([a], [b]) => a - b)) {
      for (const presence of open.entries()) {
        const signature = {
          lo: this.signatures.keys.keyLo[presence.signature]!,
          hi: this.signatures.keys.keyHi[presence.signature]!,
        };
        this.signatures.read(presence.signature, v);
        keepSignature(this.view, signature, v, this.into.contexts);
        rows.push({ dims: this.view.dims, hour, signature, proc: { lo: presence.lo, hi: presence.hi } });
      }
    }
    return rows;
  }

  /** Takes up an open hour that the store kept. */
  restore(row: PresenceRow): void {
    const signature = this.signatures.find(row.signature.lo, row.signature.hi);
    if (signature >= 0) this.addPresence(signature, row.proc, row.hour);
  }

  private nameAtoms(
    partial: FactorPartial,
    s: number,
    v: AtomVector,
    value: (code: number) => GeneralValue | undefined,
  ): void {
    for (let a = 0; a < ATOM_COUNT; a++) {
      if (v.has[a] === 0 || a === HOUR_ATOM) continue;
      const hash = { lo: v.lo[a]!, hi: v.hi[a]! };
      if (this.names.has(hash)) continue;
      const same = a === COMM && hash.hi === 0;
      this.names.add(hash, same ? SAME_NAME : atomText(a, partial.origins[s * ATOM_COUNT + a]!, value));
    }
  }
}
