import { type Pair, pairName, type VerdictRow } from '../../tuple/learned.js';
import { ATOM_COUNT, ATOM_NAMES, AtomVector, atom, HOST_ATOM, ROLE_ATOM } from '../factor/atoms.js';
import type { Roles } from '../roles.js';
import { apartKey } from './quarantine.js';

/** A verdict that counts. */
export interface Standing {
  readonly row: VerdictRow;
  /** Without role and hour. */
  readonly v: AtomVector;
}

/** The verdicts in force on a day, and what they accept. */
export class StandingVerdicts {
  private readonly byKey = new Map<string, Standing[]>();

  private constructor(
    /** By their number. */
    readonly list: readonly Standing[],
    private readonly roles: Roles,
  ) {
    for (const standing of list) {
      const key = pairName(apartKey(standing.v));
      this.byKey.set(key, [...(this.byKey.get(key) ?? []), standing]);
    }
  }

  /** @param day UTC day since 1970 of the events that are judged */
  static on(day: number, rows: readonly VerdictRow[], roles: Roles): StandingVerdicts {
    const list = rows
      .filter(({ revoked, untilDay }) => revoked === undefined && day <= untilDay)
      .sort((a, b) => a.id - b.id)
      .map((row) => ({ row, v: vectorOf(row.atoms) }));
    return new StandingVerdicts(list, roles);
  }

  /** The verdicts whose scope holds a signature. @param v what it is made of, with or without a role */
  on(signature: Pair, v: AtomVector): VerdictRow[] {
    if (this.list.length === 0) return [];
    const plain = copyOf(v);
    plain.clear(ROLE_ATOM);
    const host = { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! };
    return (this.byKey.get(pairName(apartKey(plain))) ?? [])
      .filter(({ row }) => {
        if (row.scope === 'host') return same(row.signature, signature);
        return row.scope === 'everywhere' || same(row.role, this.roles.get(host));
      })
      .map(({ row }) => row);
  }
}

export function copyOf(v: AtomVector): AtomVector {
  const copy = new AtomVector();
  copy.lo.set(v.lo);
  copy.hi.set(v.hi);
  copy.has.set(v.has);
  return copy;
}

function same(a: Pair | undefined, b: Pair | undefined): boolean {
  return a !== undefined && b !== undefined && a.lo === b.lo && a.hi === b.hi;
}

/** Atoms of a signature by name, as a verdict keeps them. */
export function atomsOf(v: AtomVector): Record<string, string> {
  const hex = (word: number) => word.toString(16).padStart(8, '0');
  const atoms: Record<string, string> = {};
  for (let a = 0; a < ATOM_COUNT - 1; a++) {
    if (v.has[a] === 1 && a !== ROLE_ATOM) atoms[ATOM_NAMES[a]!] = hex(v.hi[a]!) + hex(v.lo[a]!);
  }
  return atoms;
}

function vectorOf(atoms: VerdictRow['atoms']): AtomVector {
  const v = new AtomVector();
  for (let a = 0; a < ATOM_COUNT; a++) v.clear(a);
  for (const [name, value] of Object.entries(atoms)) {
    v.set(atom(name), Number.parseInt(value.slice(8), 16), Number.parseInt(value.slice(0, 8), 16));
  }
  return v;
}
