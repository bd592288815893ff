import { type ExponentialTail, fitExponentialTail } from '../../stats/exponential-tail.js';
import { postStratify } from '../../stats/post-stratify.js';
import { H, mix } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { groupExchangeable } from '../exchangeable-groups.js';
import { PairTable } from '../pair-table.js';
import { groupKey, type Roles } from '../roles.js';
import type { Constants } from './spec.js';

/** Where a unit of calibration belongs. `mask` has a bit for each factor whose value is known. */
export interface CalibrationContext {
  readonly host: Pair;
  readonly exe: Pair;
  readonly syscall: Pair;
  readonly mask: number;
}

/** Histograms of scores by calibration context. */
export class ScoreHistograms {
  private readonly keys = new PairTable();
  readonly contexts: CalibrationContext[] = [];
  /** By bin the sums of weights, how many units they are of, and what of the weights is of scores by a model like today's. */
  readonly weights: Map<number, number>[] = [];
  readonly units: Map<number, number>[] = [];
  readonly alike: Map<number, number>[] = [];

  /** @param alike share of the weight that counts as scored by a model that knew as much as today's */
  add(context: CalibrationContext, bin: number, weight: number, units: number, alike: number): void {
    calibrationKey(context);
    const i = this.keys.insert(H.lo, H.hi);
    if (i === this.contexts.length) {
      this.contexts.push(context);
      this.weights.push(new Map());
      this.units.push(new Map());
      this.alike.push(new Map());
    }
    this.weights[i]!.set(bin, (this.weights[i]!.get(bin) ?? 0) + weight);
    this.units[i]!.set(bin, (this.units[i]!.get(bin) ?? 0) + units);
    this.alike[i]!.set(bin, (this.alike[i]!.get(bin) ?? 0) + weight * alike);
  }
}

/** Key of a calibration context; left in H. */
export function calibrationKey({ host, exe, syscall, mask }: CalibrationContext): void {
  mix(0x63616c69, mask, host.lo, host.hi);
  mix(H.lo, H.hi, exe.lo, exe.hi);
  mix(H.lo, H.hi, syscall.lo, syscall.hi);
}

/** Bin of a score; the last one is open. */
export const MAX_BIN = 8191;
export function binOf(bits: number, binsPerBit: number): number {
  return Math.min(MAX_BIN, Math.max(0, Math.floor(bits * binsPerBit)));
}

/** Scores that a score is ranked among. */
export interface CalibrationGroup {
  /** Position of the level below, for reports: 0 host and program … 5 everything left over. */
  readonly level: number;
  readonly lo: number;
  readonly hi: number;
  /** Σ weight by bin, and its sums from each bin upwards. */
  readonly atLeast: Float64Array;
  readonly total: number;
  readonly units: number;
  readonly meanBits: number;
  readonly tail: ExponentialTail | undefined;
  /** By bin, what the sums above are of. */
  readonly weights: Float64Array;
  readonly counts: Float64Array;
}

const NONE: Pair = { lo: 0, hi: 0 };

/** The group keys of a context, finest first; left in H one at a time. False where the level does not apply. */
export function levelKey(level: number, c: CalibrationContext, role: Pair | undefined): boolean {
  switch (level) {
    case 0:
      groupKey(0, c.host, c.exe, c.mask);
      return true;
    case 1:
      if (role === undefined) return false;
      groupKey(1, role, c.exe, c.mask);
      return true;
    case 2:
      groupKey(2, c.exe, NONE, c.mask);
      return true;
    case 3:
      groupKey(3, c.syscall, NONE, c.mask);
      return true;
    default:
      groupKey(level, NONE, NONE, level === 4 ? c.mask : 0);
      return true;
  }
}

/** The finest level for a host that nothing was learned of. */
export const FRESH_LEVEL = 1;

export const LEVELS = ['host·exe', 'role·exe', 'exe', 'syscall', 'mask', 'all'] as const;

/**
 * Groups histograms by the finest of (host·exe, role·exe, exe, syscall, all) × mask that holds enough units.
 *
 * @param finest the first level that counts
 */
export function groupHistograms(
  histograms: ScoreHistograms,
  roles: Pick<Roles, 'get'>,
  constants: Constants,
  finest = 0,
): CalibrationGroup[] {
  const all = histograms.contexts.map((_, i) => i);
  const groups = groupExchangeable(all, {
    levels: LEVELS.length,
    key: (level, i) => {
      if (level < finest) return false;
      const context = histograms.contexts[i]!;
      return levelKey(level, context, roles.get(context.host));
    },
    units: (i) => units(histograms, [i]),
    least: constants.group_min_units,
    leastOfRest: constants.tail_min_units,
  });
  return groups.map(({ level, key, members }) => sumGroup(level, key.lo, key.hi, histograms, members, constants));
}

function units(histograms: ScoreHistograms, list: readonly number[]): number {
  let total = 0;
  for (const i of list) for (const n of histograms.units[i]!.values()) total += n;
  return total;
}

function sumBins(maps: readonly Map<number, number>[], list: readonly number[], bins: number): Float64Array {
  const sums = new Float64Array(bins);
  for (const i of list) for (const [bin, n] of maps[i]!) sums[bin]! += n;
  return sums;
}

function sumGroup(
  level: number,
  lo: number,
  hi: number,
  histograms: ScoreHistograms,
  list: readonly number[],
  constants: Constants,
): CalibrationGroup {
  let top = -1;
  for (const i of list) for (const bin of histograms.weights[i]!.keys()) top = Math.max(top, bin);
  const alike = sumBins(histograms.alike, list, top + 1);
  const weights = postStratify(sumBins(histograms.weights, list, top + 1), alike, constants.tail_min_units);
  const counts = sumBins(histograms.units, list, top + 1);
  return { ...makeGroup(level, lo, hi, weights, counts, constants), units: units(histograms, list) };
}

/** A group from its weights and numbers of units by bin; the last bin holds some. O(bins). */
export function makeGroup(
  level: number,
  lo: number,
  hi: number,
  weights: Float64Array,
  counts: Float64Array,
  constants: Constants,
): CalibrationGroup {
  const width = 1 / constants.bins_per_bit;
  const tail = fitExponentialTail(weights, width, constants.tail_share, constants.tail_min_units, counts);
  const atLeast = new Float64Array(weights.length);
  let sum = 0;
  let bits = 0;
  let units = 0;
  for (let b = weights.length - 1; b >= 0; b--) {
    sum += weights[b]!;
    bits += weights[b]! * (b + 0.5) * width;
    units += counts[b]!;
    atLeast[b] = sum;
  }
  const meanBits = sum > 0 ? bits / sum : 0;
  return { level, lo, hi, atLeast, total: sum, units, meanBits, tail, weights, counts };
}
