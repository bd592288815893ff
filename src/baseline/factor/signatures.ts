import { PairTable } from '../pair-table.js';
import { ATOM_COUNT, type AtomVector } from './atoms.js';
import type { FactorPartial } from './learn.js';

/** What signatures are made of: signature hash → atoms. Insert-only. */
export class SignatureTable {
  readonly keys = new PairTable();
  private atoms = new Uint32Array(64 * ATOM_COUNT * 2);
  private has = new Uint8Array(64 * ATOM_COUNT);

  get size(): number {
    return this.keys.size;
  }

  find(lo: number, hi: number): number {
    return this.keys.find(lo, hi);
  }

  insert(lo: number, hi: number, v: AtomVector): number {
    const before = this.keys.size;
    const i = this.keys.insert(lo, hi);
    if (i < before) return i;
    if ((i + 1) * ATOM_COUNT > this.has.length) this.grow();
    for (let a = 0; a < ATOM_COUNT; a++) {
      this.atoms[2 * (i * ATOM_COUNT + a)] = v.lo[a]!;
      this.atoms[2 * (i * ATOM_COUNT + a) + 1] = v.hi[a]!;
      this.has[i * ATOM_COUNT + a] = v.has[a]!;
    }
    return i;
  }

  read(i: number, into: AtomVector): void {
    for (let a = 0; a < ATOM_COUNT; a++) {
      into.lo[a] = this.atoms[2 * (i * ATOM_COUNT + a)]!;
      into.hi[a] = this.atoms[2 * (i * ATOM_COUNT + a) + 1]!;
      into.has[a] = this.has[i * ATOM_COUNT + a]!;
    }
  }

  private grow(): void {
    const atoms = new Uint32Array(this.atoms.length * 2);
    atoms.set(this.atoms);
    this.atoms = atoms;
    const has = new Uint8Array(this.has.length * 2);
    has.set(this.has);
    this.has = has;
  }
}

/** Reads signature `s` of a partial. */
export function readPartial(partial: FactorPartial, s: number, into: AtomVector): void {
  for (let a = 0; a < ATOM_COUNT; a++) {
    into.lo[a] = partial.atoms[2 * (s * ATOM_COUNT + a)]!;
    into.hi[a] = partial.atoms[2 * (s * ATOM_COUNT + a) + 1]!;
    into.has[a] = partial.has[s * ATOM_COUNT + a]!;
  }
}
