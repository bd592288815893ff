import type { Matrix } from './matrix.js';

/** Equal bins over the range of each column. */
export interface Histograms {
  /** Bins of each column. */
  readonly bins: number;
  /** Smallest and largest value by column. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** −ln of a bin's share, bins + 1 a column: the last is for what lies outside. */
  readonly surprise: Float64Array;
}

const MOST_BINS = 20;

/**
 * One histogram a column. Bin rule: ⌈√n⌉ equal bins from the smallest to the largest value, at most 20; the largest value
 * belongs to the last one (as in numpy.histogram). A bin's share is (count + ½)/(n + ½·(bins + 1)), the Krichevsky–Trofimov
 * estimate, with one more bin for what lies outside. O(rows · columns).
 */
export function fitHistograms(matrix: Matrix): Histograms {
  const { rows, columns, values } = matrix;
  const bins = Math.max(1, Math.min(MOST_BINS, Math.ceil(Math.sqrt(rows))));
  const low = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  values.forEach((value, at) => {
    low[at % columns] = Math.min(low[at % columns]!, value);
    high[at % columns] = Math.max(high[at % columns]!, value);
  });
  const found = { bins, low, high, surprise: new Float64Array(columns * (bins + 1)) };
  values.forEach((value, at) => {
    found.surprise[slot(found, at % columns, value)]!++;
  });
  const total = rows + (bins + 1) / 2;
  found.surprise.forEach((count, at) => {
    found.surprise[at] = -Math.log((count + 0.5) / total);
  });
  return found;
}

/**
 * −ln of the share of the bin where a value of column j lies, in nats, at least 0. The sum over columns is the
 * histogram-based outlier score; columns count as independent. O(1). Source: Goldstein and Dengel (2012), "Histogram-based
 * outlier score (HBOS)".
 */
export function histogramSurprise(histograms: Histograms, j: number, value: number): number {
  return histograms.surprise[slot(histograms, j, value)]!;
}

function slot({ bins, low, high }: Histograms, j: number, value: number): number {
  const first = j * (bins + 1);
  if (value < low[j]! || value > high[j]!) return first + bins;
  // Values too near each other for a width of their own share the first bin.
  const width = (high[j]! - low[j]!) / bins;
  return width > 0 ? first + Math.min(Math.floor((value - low[j]!) / width), bins - 1) : first;
}
