/**
 * Bins of counts and volumes: whole numbers to 64 have their own, above that sixteenths of an octave (at most 4.5 % wide).
 *
 *   value 0 1 2 … 64 | 65 66 | 67 68 69 | 70 71 72 | … | 123 … 127 | 128 … 133 | …
 *   bin   0 1 2 … 64 |  65   |   66     |   67     |   |    80     |    81     |
 */
const EXACT = 64;
const PER_OCTAVE = 16;
/** Bin of 2^53, above which numbers are not exact. */
export const MOST_BIN = EXACT + 1 + PER_OCTAVE * 47;
/** 2^(i/16), i = 1 … 15. */
const STEPS = Float64Array.from({ length: PER_OCTAVE - 1 }, (_, i) => 2 ** ((i + 1) / PER_OCTAVE));

/** Bin of a whole number ≥ 0; numbers above 2^53 share the last. O(1). */
export function countBin(value: number): number {
  if (value <= EXACT) return value;
  if (value >= 2 ** 53) return MOST_BIN;
  let octave = 0;
  let ratio = value / EXACT;
  while (ratio >= 2) {
    ratio /= 2;
    octave++;
  }
  let step = 0;
  while (step < STEPS.length && ratio >= STEPS[step]!) step++;
  return EXACT + 1 + PER_OCTAVE * octave + step;
}

/** Smallest whole number of a bin. */
export function binStart(bin: number): number {
  if (bin <= EXACT) return bin;
  const at = bin - EXACT - 1;
  const edge = EXACT * 2 ** Math.floor(at / PER_OCTAVE) * (STEPS[(at % PER_OCTAVE) - 1] ?? 1);
  return Math.max(EXACT + 1, Math.ceil(edge));
}

/** What a bin stands for: the middle of its whole numbers. */
export function binValue(bin: number): number {
  return bin <= EXACT || bin >= MOST_BIN ? binStart(bin) : (binStart(bin) + binStart(bin + 1) - 1) / 2;
}
