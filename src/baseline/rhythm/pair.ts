import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { atom } from '../factor/atoms.js';

/** What tells one pair that may keep a rhythm from another: atoms, in the order of their rungs in `contexts`. */
export const PARTS = ['host', 'exe', 'user', 'saddr', 'daddr', 'dport'] as const;
export type PartName = (typeof PARTS)[number];
export const PART_ATOMS: readonly number[] = PARTS.map(atom);
export const PART_COUNT = PARTS.length;
export const PART = Object.fromEntries(PARTS.map((name, i) => [name, i])) as Readonly<Record<PartName, number>>;

/** The hashes of a pair's parts; undefined where unknown. The source address is known only where no program is. */
export type PairParts = readonly (Pair | undefined)[];

/** Hash of a pair; left in H. */
export function pairKey(parts: PairParts): void {
  let lo = 0x72687974;
  let hi = 0;
  for (let i = 0; i < PART_COUNT; i++) {
    const part = parts[i];
    if (part === undefined) continue;
    mix(lo ^ i, hi, part.lo, part.hi);
    lo = H.lo;
    hi = H.hi;
  }
  H.lo = lo;
  H.hi = hi;
}
