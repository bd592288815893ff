/** How many windows held what: by hour of the week (0 to 167), by bin of the count (`countBin`). Additive. */
export type WindowHistogram = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** Adds windows of a bin. */
export function addWindows(into: Map<number, Map<number, number>>, hour: number, bin: number, windows: number): void {
  let bins = into.get(hour);
  if (bins === undefined) {
    bins = new Map();
    into.set(hour, bins);
  }
  bins.set(bin, (bins.get(bin) ?? 0) + windows);
}

/** The sum of histograms, hours and bins in rising order, so that what is computed from it has one order of sums. */
export function mergeHistograms(parts: readonly WindowHistogram[]): WindowHistogram {
  if (parts.length === 1) return sorted(parts[0]!);
  const sum = new Map<number, Map<number, number>>();
  for (const part of parts) {
    for (const [hour, bins] of part) for (const [bin, n] of bins) addWindows(sum, hour, bin, n);
  }
  return sorted(sum);
}

/** The histogram without hours of the week: bins in rising order with their windows. */
export function poolHours(histogram: WindowHistogram): ReadonlyMap<number, number> {
  const pooled = new Map<number, Map<number, number>>();
  for (const bins of histogram.values()) for (const [bin, n] of bins) addWindows(pooled, 0, bin, n);
  return sorted(pooled).get(0) ?? new Map();
}

function sorted(histogram: WindowHistogram): WindowHistogram {
  const byKey = <T>(map: ReadonlyMap<number, T>) => [...map].sort(([a], [b]) => a - b);
  return new Map(byKey(histogram).map(([hour, bins]) => [hour, new Map(byKey(bins).filter(([, n]) => n !== 0))]));
}

/**
 * Which block of cross-fitting a moment is in. Blocks are equal in time and dealt out in rounds, so that each has a share of every
 * part of the day; what lies outside is in the nearest.
 *
 *   blocks 3, rounds 2   from │0│1│2│0│1│2│ to
 */
export function blockOf(at: number, from: number, to: number, blocks: number, rounds: number): number {
  const stretch = Math.floor(((at - from) / (to - from)) * blocks * rounds);
  return Math.min(blocks * rounds - 1, Math.max(0, stretch)) % blocks;
}
