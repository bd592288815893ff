import { type Cusum, FRESH_CUSUM, stepCusum } from '../../stats/cusum.js';
import { halfLifeWeight } from '../../stats/half-life.js';
import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { CALIBRATION_FACTOR, type ContextTable, factorCode } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import type { Segments } from '../segments.js';
import type { LearningConstants } from './spec.js';

/** What is watched of a program on a host, by UTC day: how many units it had, and their mean surprisal in bits. */
export const RATES = ['units', 'bits'] as const;
export type Rate = (typeof RATES)[number];

/** A rate that left its slow reference little by little. */
export interface Ramp {
  readonly host: Pair;
  readonly exe: Pair;
  readonly rate: Rate;
  readonly direction: 'up' | 'down';
  /** UTC days: since when it has been on its way, and when the sum passed the limit. */
  readonly since: number;
  readonly day: number;
  /** The rate on that day, and what the slow reference expected. */
  readonly value: number;
  readonly expected: number;
}

interface Series {
  readonly host: Pair;
  readonly exe: Pair;
  readonly days: Map<number, { units: number; bits: number }>;
}

/**
 * Slow ramps of all programs: each day against the slow reference (the mean of the days before, half-life
 * `slow_half_life_days`), summed by a CUSUM in units of the day-to-day spread. The scores of quarantined units are in it: who
 * is held every day is seen to grow. All of it follows from cells, so nothing is stored. O(cells + days).
 *
 * @param until days before this one are whole
 */
export function findRamps(
  parts: readonly CellColumns[],
  contexts: ContextTable,
  segments: Segments,
  until: number,
  constants: LearningConstants,
  binsPerBit: number,
): Ramp[] {
  return readSeries(parts, contexts, segments, until, binsPerBit).flatMap(({ host, exe, days }) =>
    RATES.flatMap((rate) => {
      const points = [...days].sort(([a], [b]) => a - b).map(([day, of]) => ({ day, value: rateOf(rate, of) }));
      return watch(points, rate, constants).map((found) => ({ host, exe, rate, ...found }));
    }),
  );
}

function rateOf(rate: Rate, { units, bits }: { units: number; bits: number }): number {
  return rate === 'units' ? units : bits / units;
}

function readSeries(
  parts: readonly CellColumns[],
  contexts: ContextTable,
  segments: Segments,
  until: number,
  binsPerBit: number,
): Series[] {
  const code = factorCode(15, CALIBRATION_FACTOR);
  const keys = new PairTable();
  const series: Series[] = [];
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== KIND.calibration15) continue;
      const segment = segments.find(pairAt(cells.segment, i));
      const row = contexts.find(cells.context[2 * i]!, cells.context[2 * i + 1]!, code, 1);
      if (segment === undefined || segment.day >= until || row < 0) continue;
      const { host, day } = segment;
      const exe = contexts.value(row);
      mix(host.lo, host.hi, exe.lo, exe.hi);
      const at = keys.insert(H.lo, H.hi);
      if (at === series.length) series.push({ host, exe, days: new Map() });
      const of = series[at]!.days.get(day) ?? { units: 0, bits: 0 };
      series[at]!.days.set(day, of);
      of.units += cells.n[i]!;
      of.bits += (cells.n[i]! * (cells.value[2 * i]! + 0.5)) / binsPerBit;
    }
  }
  return series;
}

/** A value on a UTC day. */
export interface Point {
  readonly day: number;
  readonly value: number;
}

/**
 * Each time a series leaves its slow reference; the sum begins again after that. The spread comes from differences of
 * neighbouring days (von Neumann 1941), which a ramp hardly widens. Units are compared as ln(1 + n).
 * @param points by day, ascending
 */
export function watch(
  points: readonly Point[],
  rate: Rate,
  constants: LearningConstants,
): Omit<Ramp, 'host' | 'exe' | 'rate'>[] {
  const { slow_half_life_days, ramp_min_days, ramp_allowance, ramp_limit, ramp_least_spread } = constants;
  const scale = (value: number) => (rate === 'units' ? Math.log1p(value) : value);
  const back = (x: number) => (rate === 'units' ? Math.expm1(x) : x);
  const found: Omit<Ramp, 'host' | 'exe' | 'rate'>[] = [];
  let sums: Cusum = FRESH_CUSUM;
  const since = { up: 0, down: 0 };
  let [weight, total, squares] = [0, 0, 0];
  points.forEach(({ day, value }, i) => {
    const x = scale(value);
    const before = points[i - 1];
    if (before !== undefined) {
      const decay = halfLifeWeight(day - before.day, slow_half_life_days);
      [weight, total] = [weight * decay, total * decay];
    }
    if (i >= ramp_min_days) {
      const mean = total / weight;
      const spread = Math.max(ramp_least_spread, Math.sqrt(squares / (2 * (i - 1))));
      sums = stepCusum(sums, (x - mean) / spread, ramp_allowance);
      for (const direction of ['up', 'down'] as const) {
        if (sums[direction] === 0) since[direction] = 0;
        else if (since[direction] === 0) since[direction] = day;
        if (sums[direction] <= ramp_limit) continue;
        found.push({ direction, since: since[direction], day, value, expected: back(mean) });
        sums = { ...sums, [direction]: 0 };
        since[direction] = 0;
      }
    }
    if (before !== undefined) squares += (x - scale(before.value)) ** 2;
    weight += 1;
    total += x;
  });
  return found;
}
