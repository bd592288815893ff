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

/** Which of equal blocks of time a moment is in; what lies outside is in the nearest. */
export function blockOf(at: number, from: number, to: number, blocks: number): number {
  return Math.min(blocks - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * blocks)));
}

/** What all blocks but one hold: its windows are scored by a fit of these, as if they came later (cross-fitting). */
export function withoutBlock(blocks: readonly WindowHistogram[], left: number): WindowHistogram {
  return mergeHistograms(blocks.filter((_, block) => block !== left));
}
