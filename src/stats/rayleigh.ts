import { gammaln } from 'simple-statistics';
import { lnChiSquareUpper } from './chi-square-tail.js';
import { digamma } from './gamma-shape.js';

/** Of a periodogram what stands highest. */
export interface PhasePeak {
  /** ln of the probability that chance makes a peak as high anywhere in the band, at most 0. */
  readonly lnP: number;
  /** Unit of the times. */
  readonly period: number;
  /** Power at the peak, summed over the blocks, in units of the background. */
  readonly power: number;
}

export interface PhaseBand {
  /** Ends of the band of periods, in mean gaps of the times (of blocks the median of their means). */
  readonly shortest: number;
  readonly longest: number;
  /** No longer period than this, in the unit of the times. */
  readonly most: number;
  /** Frequencies a cycle of the whole block. */
  readonly oversampling: number;
}

/** Below this, power is rounding error of the sums. */
const LEAST_POWER = 1e-9;

/**
 * Largest Rayleigh power z = bR̄² over a band of periods, in consecutive blocks of b times each, summed over the B blocks:
 * one block keeps its phase throughout, short blocks forgive a clock that drifts. Times without a rhythm give Gamma(B)
 * powers, and by Davies' bound on the maximum of such a process
 *
 *   p ≤ Q(B, z) + W z^{B−½} e^{−z} / Γ(B),    W = √(4π Var t) (f_high − f_low) ≈ 1.4 b for periods of 0.6 to 3 gaps,
 *
 * which for one block is W √z e^{−z}. Clusters of times lift the low frequencies: powers are in units of a background
 * that falls with frequency (never below what chance alone has). All in logs.
 *
 * Sources: Mardia and Jupp (2000), "Directional statistics", 6.3; Davies (1987), "Hypothesis testing when a nuisance
 * parameter is present only under the alternative"; Baluev (2008), "Assessing the statistical significance of
 * periodogram peaks". O(n·b).
 *
 * @param times ascending
 * @param block times a block, 2 to times.length; what is left over at the start is not looked at
 * @returns undefined where the band is empty
 */
export function rayleighPeak(times: ArrayLike<number>, block: number, band: PhaseBand): PhasePeak | undefined {
  const blocks = Math.floor(times.length / block);
  const first = times.length - blocks * block;
  const gap = blockGap(times, first, block);
  const low = 1 / Math.min(band.longest * gap, band.most);
  const high = 1 / (band.shortest * gap);
  if (low >= high) return undefined;
  const step = 1 / (band.oversampling * gap * block);
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  const power = new Float64Array(count);
  let variance = 0;
  for (let b = 0; b < blocks; b++) {
    const at = first + b * block;
    addPower(times, at, block, low, step, power);
    variance += timeVariance(times, at, block) / blocks;
  }
  overBackground(power, blocks);
  let peak = 0;
  for (let f = 1; f < count; f++) if (power[f]! > power[peak]!) peak = f;
  const cycles = Math.sqrt(4 * Math.PI * variance) * (high - low);
  return { lnP: lnMaximum(power[peak]!, blocks, cycles), period: 1 / (low + peak * step), power: power[peak]! };
}

/** Median over the blocks of their mean gaps, which a silence does not stretch. */
function blockGap(times: ArrayLike<number>, first: number, block: number): number {
  const means: number[] = [];
  for (let at = first; at < times.length; at += block) {
    means.push((times[at + block - 1]! - times[at]!) / (block - 1));
  }
  return means.sort((a, b) => a - b)[means.length >> 1]!;
}

/** Adds bR̄² of one block at each frequency. Phases turn by a rotation a frequency, from the middle of the block. */
function addPower(
  times: ArrayLike<number>,
  at: number,
  block: number,
  low: number,
  step: number,
  power: Float64Array,
): void {
  const count = power.length;
  const cos = new Float64Array(count);
  const sin = new Float64Array(count);
  const middle = times[at + (block >> 1)]!;
  for (let i = at; i < at + block; i++) {
    const angle = 2 * Math.PI * (times[i]! - middle);
    const turnCos = Math.cos(angle * step);
    const turnSin = Math.sin(angle * step);
    let c = Math.cos(angle * low);
    let s = Math.sin(angle * low);
    for (let f = 0; f < count; f++) {
      cos[f]! += c;
      sin[f]! += s;
      const next = c * turnCos - s * turnSin;
      s = s * turnCos + c * turnSin;
      c = next;
    }
  }
  for (let f = 0; f < count; f++) power[f]! += (cos[f]! * cos[f]! + sin[f]! * sin[f]!) / block;
}

function timeVariance(times: ArrayLike<number>, at: number, block: number): number {
  let sum = 0;
  for (let i = at; i < at + block; i++) sum += times[i]! - times[at]!;
  const mean = sum / block;
  let squares = 0;
  for (let i = at; i < at + block; i++) squares += (times[i]! - times[at]! - mean) ** 2;
  return squares / block;
}

/**
 * Divides by the background, where that is above 1: the spectrum of clusters, which falls with frequency, as the
 * least-squares non-increasing fit to ln power (pool adjacent violators: Ayer et al. 1955), in which a narrow peak
 * hardly counts. ln of Gamma(B) has mean ψ(B).
 */
function overBackground(power: Float64Array, blocks: number): void {
  const sums: number[] = [];
  const sizes: number[] = [];
  for (const z of power) {
    let sum = Math.log(Math.max(z, LEAST_POWER));
    let size = 1;
    while (sums.length > 0 && sums.at(-1)! * size < sum * sizes.at(-1)!) {
      sum += sums.pop()!;
      size += sizes.pop()!;
    }
    sums.push(sum);
    sizes.push(size);
  }
  const expected = digamma(blocks);
  let f = 0;
  for (let pool = 0; pool < sums.length; pool++) {
    const level = Math.exp(Math.max(0, sums[pool]! / sizes[pool]! - expected));
    for (const end = f + sizes[pool]!; f < end; f++) power[f]! /= level;
  }
}

function lnMaximum(z: number, blocks: number, cycles: number): number {
  const single = lnChiSquareUpper(2 * z, 2 * blocks);
  const crossings = Math.log(cycles) + (blocks - 0.5) * Math.log(Math.max(z, LEAST_POWER)) - z - gammaln(blocks);
  const larger = Math.max(single, crossings);
  return Math.min(0, larger + Math.log1p(Math.exp(Math.min(single, crossings) - larger)));
}
