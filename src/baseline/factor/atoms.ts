import { SlotView } from '../../columnar/slot-view.js';
import { StringHashes } from '../../columnar/string-hashes.js';
import { type ColumnName, col } from '../../tuple/columns.js';
import { H, mix } from '../../tuple/hash.js';
import { isEphemeral } from '../../tuple/ports.js';
import { MAX_PARTS } from '../../tuple/string-layout.js';
import { hourHash, portHash } from './values.js';

/**
 * An atom is one generalised value of an event as a 64-bit hash: what factors and their ladders are made of. Addresses
 * and paths have one atom a prefix, beside the whole.
 */
const WHOLE = [
  'host',
  'role',
  'syscall',
  'exe',
  'parent_exe',
  'comm',
  'user',
  'group',
  'args',
  'ancestors',
  'proto',
  'saddr',
  'daddr',
  'path',
  'flags',
] as const satisfies readonly ColumnName[];
const PORTS = ['sport', 'dport'] as const satisfies readonly ColumnName[];
const PREFIXED = [
  { name: 'saddr', parts: 4 },
  { name: 'daddr', parts: 4 },
  { name: 'path', parts: MAX_PARTS },
  { name: 'flags', parts: 1 },
] as const;

function nameAtoms(): string[] {
  const names: string[] = [...WHOLE, ...PORTS];
  for (const { name, parts } of PREFIXED) for (let j = 0; j < parts; j++) names.push(`${name}/${j}`);
  names.push('hour_of_week');
  return names;
}

export const ATOM_NAMES: readonly string[] = nameAtoms();
export const ATOM_COUNT = ATOM_NAMES.length;
export const HOUR_ATOM = ATOM_COUNT - 1;

const positions = new Map(ATOM_NAMES.map((name, i) => [name, i]));

export function atom(name: string): number {
  const position = positions.get(name);
  if (position === undefined) throw new RangeError(`atom requires a known name, got ${name}`);
  return position;
}

export const HOST_ATOM = atom('host');
export const ROLE_ATOM = atom('role');

/** The value hash of a null, and of "the path ends here". */
export const NULL_LO = 0x6e756c6c;
export const END_LO = 0x656e6421;
/** The value of a `comm` that is the name of its program. */
export const SAME_LO = 0x73616d65;
export const SAME_NAME = '(its program’s name)';

/** One event's atoms. An absent one has NULL_LO and 0; `has` tells it from a value. */
export class AtomVector {
  readonly lo = new Uint32Array(ATOM_COUNT);
  readonly hi = new Uint32Array(ATOM_COUNT);
  readonly has = new Uint8Array(ATOM_COUNT);

  clear(a: number): void {
    this.lo[a] = NULL_LO;
    this.hi[a] = 0;
    this.has[a] = 0;
  }

  set(a: number, lo: number, hi: number): void {
    this.lo[a] = lo;
    this.hi[a] = hi;
    this.has[a] = 1;
  }

  setHour(hourOfWeek: number): void {
    hourHash(hourOfWeek);
    this.set(HOUR_ATOM, H.lo, H.hi);
  }

  /** Leaves in H the hash of all atoms but role (joined in freeze) and hour (a presence has it beside). */
  signature(): void {
    let lo = 0x7369676e;
    let hi = 0;
    for (let a = 0; a < HOUR_ATOM; a++) {
      if (a === ROLE_ATOM || this.has[a] === 0) continue;
      mix(lo ^ a, hi, this.lo[a]!, this.hi[a]!);
      lo = H.lo;
      hi = H.hi;
    }
    H.lo = lo;
    H.hi = hi;
  }
}

/** Reads the atoms of rows of one slot. */
export class AtomReader {
  private readonly view: SlotView;
  private readonly hashes: StringHashes;
  private readonly whole: Uint32Array[];
  private readonly ports: { values: Uint16Array; column: number }[];
  private readonly prefixed: { codes: Uint32Array; first: number; parts: number }[];

  constructor(slot: SharedArrayBuffer, hashes: SharedArrayBuffer) {
    this.view = new SlotView(slot);
    this.hashes = new StringHashes(hashes);
    this.whole = WHOLE.map((name) => this.view.codes(name));
    this.ports = PORTS.map((name) => ({ values: this.view.values[col(name)] as Uint16Array, column: col(name) }));
    this.prefixed = PREFIXED.map(({ name, parts }) => ({
      codes: this.view.codes(name),
      first: atom(`${name}/0`),
      parts,
    }));
  }

  /** Fills all atoms of `row` but the hour. */
  read(row: number, into: AtomVector): void {
    const { whole, parts, partCount, base } = this.hashes;
    for (let a = 0; a < WHOLE.length; a++) {
      const code = this.whole[a]![row]!;
      if (code === 0) into.clear(a);
      else into.set(a, whole[2 * code]!, whole[2 * code + 1]!);
    }
    const exe = this.whole[EXE]![row]!;
    if (into.has[COMM] === 1 && exe !== 0) {
      if (base[2 * exe] === into.lo[COMM] && base[2 * exe + 1] === into.hi[COMM]) into.set(COMM, SAME_LO, 0);
    }
    for (let p = 0; p < PORTS.length; p++) {
      const { values, column } = this.ports[p]!;
      if (!this.view.isValid(column, row)) into.clear(WHOLE.length + p);
      else {
        portHash(values[row]!);
        into.set(WHOLE.length + p, H.lo, H.hi);
      }
    }
    for (const { codes, first, parts: most } of this.prefixed) {
      const code = codes[row]!;
      const count = code === 0 ? 0 : Math.min(partCount[code]!, most);
      for (let j = 0; j < most; j++) {
        if (j >= count) into.clear(first + j);
        else into.set(first + j, parts[2 * (MAX_PARTS * code + j)]!, parts[2 * (MAX_PARTS * code + j) + 1]!);
      }
    }
    into.clear(HOUR_ATOM);
  }

  /** Where atom `a` of `row` comes from: a string code, a port, or 0. With it the owner finds the text of a hash. */
  origin(a: number, row: number): number {
    if (a < WHOLE.length) return this.whole[a]![row]!;
    if (a < WHOLE.length + PORTS.length) return this.ports[a - WHOLE.length]!.values[row]!;
    return this.prefixed.find((p) => a >= p.first && a < p.first + p.parts)?.codes[row] ?? 0;
  }
}

const EXE = atom('exe');
const COMM = atom('comm');

/** What a port is called. */
export function portText(port: number): string {
  return isEphemeral(port) ? 'ephemeral' : String(port);
}

/** Text of an atom, from the generalised value it came from. */
export function atomText(a: number, origin: number, value: (code: number) => GeneralValue | undefined): string {
  if (a >= WHOLE.length && a < WHOLE.length + PORTS.length) return portText(origin);
  const general = value(origin);
  if (general === undefined) return '';
  if (a < WHOLE.length) return general.whole;
  const prefixed = PREFIXED.find(({ name, parts }) => a >= atom(`${name}/0`) && a < atom(`${name}/0`) + parts)!;
  return general.prefixes[a - atom(`${prefixed.name}/0`)] ?? '';
}

export interface GeneralValue {
  readonly whole: string;
  readonly prefixes: readonly string[];
}
