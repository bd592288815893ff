import { SlotView } from '../../columnar/slot-view.js';
import { BEAT_SYSCALLS, col } from '../../tuple/columns.js';
import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { AtomReader, AtomVector, atom } from '../factor/atoms.js';
import { PairTable } from '../pair-table.js';
import { PART, PART_ATOMS, PART_COUNT, pairKey } from './pair.js';

/** The beats of a batch: a set, so that no order or split of batches can change what is learned. */
export interface RhythmPartial {
  /** Keys of pairs, distinct within the batch, and PART_COUNT parts each; a part's origin names it (0: unknown). */
  readonly pairs: Uint32Array;
  readonly parts: Uint32Array;
  readonly has: Uint8Array;
  readonly origins: Uint32Array;
  /** Beats, distinct, in the order of the rows: position in `pairs`, event time in whole ms. */
  readonly pair: Uint32Array;
  readonly ms: Float64Array;
}

const TS = col('ts');
const SYSCALL = atom('syscall');

/**
 * Who called whom, and when: each row that connects or sends, with a time, a host and a destination. Where the program is
 * known the source address is left out, for a connection that fails has none. O(rows).
 *
 * @param beatHashes hashes of the syscalls that are beats
 * @param endUs rows at or behind this time are from the future; without it all times count
 */
export function learnBeats(
  slot: SharedArrayBuffer,
  rows: number,
  hashes: SharedArrayBuffer,
  beatHashes: Uint32Array,
  endUs?: bigint,
): RhythmPartial {
  const view = new SlotView(slot);
  const reader = new AtomReader(slot, hashes);
  const times = view.values[TS] as BigInt64Array;
  const v = new AtomVector();
  const pairs = new PairTable();
  const beats = new PairTable();
  const out = { parts: [] as number[], has: [] as number[], origins: [] as number[] };
  const pair: number[] = [];
  const ms: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (!view.isValid(TS, row) || times[row]! < 0n || (endUs !== undefined && times[row]! >= endUs)) continue;
    reader.read(row, v);
    if (!isBeat(v, beatHashes)) continue;
    const parts = partsOf(v);
    if (parts[PART.host] === undefined || parts[PART.daddr] === undefined) continue;
    pairKey(parts);
    const before = pairs.size;
    const at = pairs.insert(H.lo, H.hi);
    if (at === before) {
      parts.forEach((part, i) => {
        out.parts.push(part?.lo ?? 0, part?.hi ?? 0);
        out.has.push(part === undefined ? 0 : 1);
        out.origins.push(part === undefined ? 0 : reader.origin(PART_ATOMS[i]!, row));
      });
    }
    const t = Number(times[row]! / 1000n);
    mix(at, 0, t % 2 ** 32, Math.floor(t / 2 ** 32));
    const known = beats.size;
    if (beats.insert(H.lo, H.hi) < known) continue;
    pair.push(at);
    ms.push(t);
  }
  const keys = new Uint32Array(2 * pairs.size);
  for (let i = 0; i < pairs.size; i++) keys.set([pairs.keyLo[i]!, pairs.keyHi[i]!], 2 * i);
  return {
    pairs: keys,
    parts: Uint32Array.from(out.parts),
    has: Uint8Array.from(out.has),
    origins: Uint32Array.from(out.origins),
    pair: Uint32Array.from(pair),
    ms: Float64Array.from(ms),
  };
}

function isBeat(v: AtomVector, beatHashes: Uint32Array): boolean {
  for (let i = 0; i < BEAT_SYSCALLS.length; i++) {
    if (v.lo[SYSCALL] === beatHashes[2 * i] && v.hi[SYSCALL] === beatHashes[2 * i + 1]) return true;
  }
  return false;
}

function partsOf(v: AtomVector): (Pair | undefined)[] {
  const parts = PART_ATOMS.map((a) => (v.has[a] === 1 ? { lo: v.lo[a]!, hi: v.hi[a]! } : undefined));
  if (parts[PART.exe] !== undefined) parts[PART.saddr] = undefined;
  return parts;
}

/** Parts of pair `i` of a partial. */
export function partsAt(partial: RhythmPartial, i: number): (Pair | undefined)[] {
  return PART_ATOMS.map((_, part) => {
    const at = i * PART_COUNT + part;
    return partial.has[at] === 0 ? undefined : { lo: partial.parts[2 * at]!, hi: partial.parts[2 * at + 1]! };
  });
}
