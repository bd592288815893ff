import { SlotView } from '../../columnar/slot-view.js';
import { col, META_SYSCALLS } from '../../tuple/columns.js';
import { H, mix } from '../../tuple/hash.js';
import { hourOf, minuteOf } from '../../tuple/time.js';
import { PairTable } from '../pair-table.js';
import { ATOM_COUNT, AtomReader, AtomVector, atom, HOUR_ATOM } from './atoms.js';

/**
 * What a batch teaches one view: the set of presences (signature, process instance, hour) and what each signature is
 * made of. Sets merge by union, so no order or split of batches can change what is learned.
 */
export interface FactorPartial {
  /** Signatures, distinct within the batch: pairs, and ATOM_COUNT pairs and presence flags each. */
  readonly signatures: Uint32Array;
  readonly atoms: Uint32Array;
  readonly has: Uint8Array;
  /** ATOM_COUNT each: string code or port, by which the owner names the atoms. */
  readonly origins: Uint32Array;
  /** Presences: position in `signatures`, process instance (pair), hours since 1970. */
  readonly signature: Uint32Array;
  readonly proc: Uint32Array;
  readonly hour: Int32Array;
  /** The earliest minute of each presence in the batch, since 1970; presences stand in the order of the input. */
  readonly minute: Int32Array;
  /** Rows without a time or host, which cannot be learned. */
  readonly unusable: number;
  /** Rows from the future: learned, they would age all that is known. */
  readonly future: number;
}

const HOST = atom('host');
const SYSCALL = atom('syscall');
const SADDR = atom('saddr');
const FIVE_ATOMS = new Set(
  [
    'saddr',
    'sport',
    'daddr',
    'dport',
    'proto',
    'host',
    ...[0, 1, 2, 3].flatMap((j) => [`saddr/${j}`, `daddr/${j}`]),
  ].map(atom),
);

/** Keeps of a vector only what a flow log would have (and the host, for the segment). */
export function keepFiveTuple(v: AtomVector): boolean {
  let any = false;
  for (let a = 0; a < ATOM_COUNT; a++) {
    if (!FIVE_ATOMS.has(a)) v.clear(a);
    else if (v.has[a] === 1 && a !== HOST) any = true;
  }
  return any;
}

/**
 * @param metaHashes hashes of the syscalls no baseline learns (`lost`, `clock`)
 * @param endUs rows at or behind this time are from the future
 */
export function learn(
  slot: SharedArrayBuffer,
  rows: number,
  hashes: SharedArrayBuffer,
  unit: 'proc' | 'saddr',
  metaHashes: Uint32Array,
  endUs: bigint,
): FactorPartial {
  const view = new SlotView(slot);
  const reader = new AtomReader(slot, hashes);
  const times = view.values[TS] as BigInt64Array;
  const procs = view.halves('proc');
  const v = new AtomVector();
  const signatures = new PairTable();
  const presences = new PairTable();
  const atoms: number[] = [];
  const has: number[] = [];
  const origins: number[] = [];
  const out = { signature: [] as number[], proc: [] as number[], hour: [] as number[], minute: [] as number[] };
  let unusable = 0;
  let future = 0;
  for (let row = 0; row < rows; row++) {
    reader.read(row, v);
    if (isMeta(v, metaHashes)) continue;
    if (v.has[HOST] === 0 || !view.isValid(TS, row)) {
      unusable++;
      continue;
    }
    if (times[row]! >= endUs) {
      future++;
      continue;
    }
    if (unit === 'saddr' && !keepFiveTuple(v)) continue;
    v.signature();
    const before = signatures.size;
    const s = signatures.insert(H.lo, H.hi);
    if (s === before) {
      for (let a = 0; a < ATOM_COUNT; a++) {
        atoms.push(v.lo[a]!, v.hi[a]!);
        has.push(v.has[a]!);
        origins.push(v.has[a] === 1 && a !== HOUR_ATOM ? reader.origin(a, row) : 0);
      }
    }
    const known = unit === 'proc' && view.isValid(PROC, row);
    if (known) processInstance(procs[2 * row]!, procs[2 * row + 1]!);
    else addressInstance(v);
    const { lo, hi } = H;
    const hour = hourOf(times[row]!);
    mix(s, hour, lo, hi);
    const size = presences.size;
    const p = presences.insert(H.lo, H.hi);
    if (p < size) out.minute[p] = Math.min(out.minute[p]!, minuteOf(times[row]!));
    else {
      out.signature.push(s);
      out.proc.push(lo, hi);
      out.hour.push(hour);
      out.minute.push(minuteOf(times[row]!));
    }
  }
  return {
    signatures: interleave(signatures),
    atoms: Uint32Array.from(atoms),
    has: Uint8Array.from(has),
    origins: Uint32Array.from(origins),
    signature: Uint32Array.from(out.signature),
    proc: Uint32Array.from(out.proc),
    hour: Int32Array.from(out.hour),
    minute: Int32Array.from(out.minute),
    unusable,
    future,
  };
}

const TS = col('ts');
const PROC = col('proc');

/** Leaves in H what stands for a process instance: a hash, for a file may name its processes as it likes. */
export function processInstance(lo: number, hi: number): void {
  mix(0x70726f63, 0, lo, hi);
}

/**
 * Leaves in H what stands for a process instance where none is known (flow logs, five-tuples): the source address on its
 * host. An address means another thing on another host (127.0.0.1), and a presence goes into its host's segment.
 */
export function addressInstance(v: AtomVector): void {
  mix(v.lo[HOST]!, v.hi[HOST]!, v.lo[SADDR]!, v.hi[SADDR]!);
}

export function isMeta(v: AtomVector, metaHashes: Uint32Array): boolean {
  for (let i = 0; i < META_SYSCALLS.length; i++) {
    if (v.lo[SYSCALL] === metaHashes[2 * i] && v.hi[SYSCALL] === metaHashes[2 * i + 1]) return true;
  }
  return false;
}

/** UTC days (since 1970) with presences, ascending. */
export function daysOf(partial: FactorPartial): number[] {
  return [...new Set(Array.from(partial.hour, (hour) => Math.floor(hour / 24)))].sort((a, b) => a - b);
}

/** The presences of one day, with all signatures; unusable and future rows belong to no day. */
export function ofDay(partial: FactorPartial, day: number): FactorPartial {
  const rows = Array.from(partial.hour.keys()).filter((i) => Math.floor(partial.hour[i]! / 24) === day);
  return {
    ...partial,
    signature: Uint32Array.from(rows, (i) => partial.signature[i]!),
    proc: Uint32Array.from(rows.flatMap((i) => [partial.proc[2 * i]!, partial.proc[2 * i + 1]!])),
    hour: Int32Array.from(rows, (i) => partial.hour[i]!),
    minute: Int32Array.from(rows, (i) => partial.minute[i]!),
    unusable: 0,
    future: 0,
  };
}

function interleave(table: PairTable): Uint32Array {
  const out = new Uint32Array(table.size * 2);
  for (let i = 0; i < table.size; i++) {
    out[2 * i] = table.keyLo[i]!;
    out[2 * i + 1] = table.keyHi[i]!;
  }
  return out;
}
