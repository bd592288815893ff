import { logGamma } from './log-gamma.js';
import { lnPositive } from './negative-binomial.js';

/** A histogram of counts ≥ 1 of windows whose mean is expected to be `factor` times the whole's. */
export interface CountHistogram {
  readonly factor: number;
  readonly values: ArrayLike<number>;
  /** Windows of each value. */
  readonly windows: ArrayLike<number>;
}

/** What ln α is shrunk to: a normal prior. */
export interface DispersionPrior {
  readonly lnDispersion: number;
  readonly sd: number;
}

export interface NegativeBinomialFit {
  readonly mean: number;
  readonly dispersion: number;
}

/** ln α is sought in this range; its ends are "as good as Poisson" and "as wide as may be". */
const RANGE = [Math.log(1e-4), Math.log(100)] as const;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Steps that narrow the range of ln α to 4e-4, and of ln μ to 1e-7: data say less. */
const STEPS = 22;
const MEAN_STEPS = 60;
const LN_MEAN_TOLERANCE = 1e-7;
const LEAST_LN_MEAN = Math.log(1e-6);

/**
 * Mean and dispersion of the zero-truncated negative binomial law, the posterior mode of ln α under a normal prior with the
 * mean profiled out: for a given α it is the one whose law expects the observed sum, which maximises the likelihood of one
 * histogram (an exponential family) and is a moment equation over several. Golden section over ln α, bisection for the mean. Sources: Lawless (1987), "Negative binomial and mixed
 * Poisson regression"; Johnson, Kemp and Kotz (2005), 5.11 for the truncation. O(600·histograms + 22·values).
 *
 * @param histograms with at least one window together
 */
export function fitTruncated(histograms: readonly CountHistogram[], prior: DispersionPrior): NegativeBinomialFit {
  const totals = totalsOf(histograms);
  const objective = (lnAlpha: number) => {
    const alpha = Math.exp(lnAlpha);
    const z = (lnAlpha - prior.lnDispersion) / prior.sd;
    return lnLikelihood(histograms, profileMean(totals, alpha), alpha) - 0.5 * z * z;
  };
  let [low, high] = RANGE;
  let a = high - GOLDEN * (high - low);
  let b = low + GOLDEN * (high - low);
  let fa = objective(a);
  let fb = objective(b);
  for (let step = 0; step < STEPS; step++) {
    if (fa >= fb) {
      [high, b, fb] = [b, a, fa];
      a = high - GOLDEN * (high - low);
      fa = objective(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + GOLDEN * (high - low);
      fb = objective(b);
    }
  }
  const dispersion = Math.exp((low + high) / 2);
  return { mean: profileMean(totals, dispersion), dispersion };
}

/** E[X | X ≥ 1], at least 1. */
export function truncatedMean(mean: number, dispersion: number): number {
  return mean / Math.exp(lnPositive(mean, dispersion));
}

/** Without what does not depend on mean and α, −Σ ln x!. */
function lnLikelihood(histograms: readonly CountHistogram[], mean: number, alpha: number): number {
  const r = 1 / alpha;
  let sum = 0;
  for (const { factor, values, windows } of histograms) {
    const m = mean * factor;
    const none = -r * Math.log1p(alpha * m) - lnPositive(m, alpha);
    const each = Math.log(m / (r + m));
    for (let i = 0; i < values.length; i++) {
      sum += windows[i]! * (lnRising(r, values[i]!) + none + values[i]! * each);
    }
  }
  return sum;
}

/** Values up to this are multiplied out: (10⁴ + 64)⁶⁴ is the largest product. */
const SMALL = 64;

/** ln r(r + 1)…(r + x − 1). */
function lnRising(r: number, x: number): number {
  if (x > SMALL || !Number.isInteger(x)) return logGamma(r + x) - logGamma(r);
  let product = 1;
  for (let i = 0; i < x; i++) product *= r + i;
  return Math.log(product);
}

/** What of histograms decides about the mean: their factors and windows, the sum of all values, and Σ windows·factor. */
interface Totals {
  readonly factors: readonly number[];
  readonly windows: readonly number[];
  readonly sum: number;
  readonly expected: number;
}

function totalsOf(histograms: readonly CountHistogram[]): Totals {
  let sum = 0;
  let expected = 0;
  const windows = histograms.map((h) => {
    let n = 0;
    for (let i = 0; i < h.values.length; i++) {
      n += h.windows[i]!;
      sum += h.windows[i]! * h.values[i]!;
    }
    expected += n * h.factor;
    return n;
  });
  return { factors: histograms.map(({ factor }) => factor), windows, sum, expected };
}

/** The μ whose laws expect the observed sum. */
function profileMean({ factors, windows, sum, expected }: Totals, alpha: number): number {
  const excess = (lnMean: number) => {
    const mean = Math.exp(lnMean);
    let at = 0;
    for (let i = 0; i < factors.length; i++) at += windows[i]! * truncatedMean(mean * factors[i]!, alpha);
    return at - sum;
  };
  // Truncation only raises a mean, so the untruncated answer bounds it from above.
  const high = Math.log(sum / expected);
  return Math.exp(rootBetween(excess, Math.min(LEAST_LN_MEAN, high - 1), high));
}

/** Root of a rising function by false position, the end that stays twice halved (Dowell and Jarratt 1971, "Illinois"). */
function rootBetween(f: (x: number) => number, low: number, high: number): number {
  let [fLow, fHigh] = [f(low), f(high)];
  if (fLow >= 0) return low;
  let kept = 0;
  for (let step = 0; step < MEAN_STEPS && high - low > LN_MEAN_TOLERANCE; step++) {
    const x = high - (fHigh * (high - low)) / (fHigh - fLow);
    const fx = f(x);
    if (Math.abs(fx) <= LN_MEAN_TOLERANCE * Math.max(fHigh, -fLow)) return x;
    if (fx > 0) {
      [high, fHigh] = [x, fx];
      if (kept === 1) fLow /= 2;
      kept = 1;
    } else {
      [low, fLow] = [x, fx];
      if (kept === -1) fHigh /= 2;
      kept = -1;
    }
  }
  return (low + high) / 2;
}
