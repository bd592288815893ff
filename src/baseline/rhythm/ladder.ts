import type { RhythmConstants } from './spec.js';

/** What is left of a pair's times at one δ. */
export interface Rung {
  readonly delta: number;
  readonly times: Float64Array;
  /** gap − δ, all > 0. */
  readonly excess: Float64Array;
}

/** Times without those that follow the last kept one within δ. O(n). */
export function thin(times: ArrayLike<number>, delta: number): Float64Array {
  const kept = new Float64Array(times.length);
  let n = 0;
  for (let i = 0; i < times.length; i++) {
    if (n === 0 || times[i]! - kept[n - 1]! > delta) kept[n++] = times[i]!;
  }
  return kept.slice(0, n);
}

/** The differences of ascending times, less `delta`. */
export function gaps(times: ArrayLike<number>, delta = 0): Float64Array {
  const n = Math.max(0, times.length - 1);
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = times[i + 1]! - times[i]! - delta;
  return out;
}

/** Middle value, the upper one of two. */
export function median(values: Float64Array): number {
  return values.slice().sort()[values.length >> 1]!;
}

/**
 * The rungs that see a pair's rhythms: δ of a share of the median gap that is left, of which a pair with bursts has some
 * at each of its scales. A dead time up to the lowest rung leaves exponential excesses exponential. Fewer gaps cannot show
 * a dead time as well, and the lowest share falls with their number, for the sake of power.
 *
 * @param times ascending, ms
 */
export function climb(times: ArrayLike<number>, constants: RhythmConstants): Rung[] {
  const rungs: Rung[] = [];
  for (let delta = 1000 * constants.delta_least_s; ; delta *= 2) {
    const kept = thin(times, delta);
    if (kept.length < constants.least_beats) return rungs;
    const excess = gaps(kept, delta);
    const middle = median(excess) + delta;
    if (middle > 1000 * constants.longest_gap_s) continue;
    const from = constants.delta_from * Math.min(1, excess.length / constants.delta_from_gaps);
    if (delta < from * middle || delta > constants.delta_to * middle) continue;
    rungs.push({ delta, times: kept, excess });
  }
}
