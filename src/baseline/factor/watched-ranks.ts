import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { LEVELS } from './calibration.js';

/** Bins of a randomised p: the watch bets on its half, and within a bin it is drawn again. */
export const RANK_BINS = 16;

/** A unit's rank as the value of a cell: bin of its p, and level of the group it was ranked in. */
export function packRank(level: number, p: number): Pair {
  return { lo: Math.min(RANK_BINS - 1, Math.floor(p * RANK_BINS)), hi: level };
}

export function strangeRank({ lo, hi }: Pair): boolean {
  return lo >= RANK_BINS || hi >= LEVELS.length;
}

/** In [0, 1), where a unit stands among those of its day: an order without meaning. */
export function unitOrder(signature: Pair, day: number): number {
  mix(signature.lo, signature.hi, day, 0x77617463);
  return H.hi / 2 ** 32;
}
