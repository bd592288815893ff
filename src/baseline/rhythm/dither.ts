import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';

/** Resolutions of clocks and logs, ms, coarse to fine. */
const RESOLUTIONS = [1000, 100, 10, 1];

/** The coarsest resolution that all times are multiples of, ms. */
export function resolution(times: ArrayLike<number>): number {
  return RESOLUTIONS.find((r) => everyMultiple(times, r)) ?? 1;
}

function everyMultiple(times: ArrayLike<number>, r: number): boolean {
  for (let i = 0; i < times.length; i++) if (times[i]! % r !== 0) return false;
  return true;
}

/**
 * Times spread evenly over what their resolution leaves open, so that rounding makes neither ties nor a rhythm of its own.
 * The same time of the same pair moves by the same: a hash of both. Keeps the order of distinct times. O(n).
 *
 * @param times ascending, distinct, ms
 */
export function dither(times: ArrayLike<number>, pair: Pair): Float64Array {
  const width = resolution(times);
  return Float64Array.from(times, (t) => {
    mix(pair.lo, pair.hi, t % 2 ** 32, Math.floor(t / 2 ** 32));
    return t + (width * (H.hi + 0.5)) / 2 ** 32;
  });
}
