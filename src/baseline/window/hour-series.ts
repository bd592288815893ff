import { type EntityHour, placeOf } from './open-windows.js';
import { SmallestValues } from './smallest.js';
import type { WindowModel } from './spec.js';

/** Minutes of an hour. */
export const MINUTES = 60;

/**
 * How an entity's windows of one feature filled in an hour: by size the value that the window around each minute had at
 * the end of that minute. Of counts and sums `added` is the same for all sizes.
 */
export interface Series {
  readonly feature: number;
  /** By size and minute what the minute added to its window; whole numbers. */
  readonly added: readonly Float64Array[];
}

/** Value of the windows of a size at the end of each minute. */
export function runningValues(added: Float64Array, minutes: number): Float64Array {
  const running = new Float64Array(MINUTES);
  for (let m = 0; m < MINUTES; m++) running[m] = (m % minutes === 0 ? 0 : running[m - 1]!) + added[m]!;
  return running;
}

/** The series of all features in which something was, in the order of the features. O(minutes × features × distinct values). */
export function seriesOf(hour: EntityHour, model: WindowModel): Series[] {
  const { features, sizes, constants } = model;
  const counts = countsOf(hour);
  const sets = setsOf(hour);
  const out: Series[] = [];
  features.forEach((feature, id) => {
    if (feature.tail === 'silence') return;
    if (feature.aggregation === 'distinct') {
      const of = sets.get(id);
      if (of === undefined) return;
      out.push({ feature: id, added: sizes.map((s) => newValues(of, s / 60, constants.distinct_most)) });
    } else {
      const added = counts.get(id);
      if (added?.some((n) => n > 0)) out.push({ feature: id, added: sizes.map(() => added) });
    }
  });
  return out;
}

/** Counts and sums by feature and minute. */
function countsOf(hour: EntityHour): Map<number, Float64Array> {
  const all = new Map<number, Float64Array>();
  for (const [place, n] of hour.counts) {
    const { feature, minute } = unplaced(place);
    let added = all.get(feature);
    if (added === undefined) {
      added = new Float64Array(MINUTES);
      all.set(feature, added);
    }
    added[minute] = n;
  }
  return all;
}

/** Distinct values by feature and minute. */
function setsOf(hour: EntityHour): Map<number, (SmallestValues | undefined)[]> {
  const all = new Map<number, (SmallestValues | undefined)[]>();
  for (const [place, set] of hour.distinct) {
    const { feature, minute } = unplaced(place);
    let sets = all.get(feature);
    if (sets === undefined) {
      sets = new Array(MINUTES).fill(undefined);
      all.set(feature, sets);
    }
    sets[minute] = set;
  }
  return all;
}

function unplaced(place: number): { feature: number; minute: number } {
  return { feature: Math.floor(place / MINUTES), minute: place % MINUTES };
}

/** Counts or sums of a feature by minute; undefined where there are none. */
export function minutesOf(hour: EntityHour, feature: number): Float64Array | undefined {
  let any = false;
  const added = new Float64Array(MINUTES);
  for (let m = 0; m < MINUTES; m++) {
    const n = hour.counts.get(placeOf(feature, m)) ?? 0;
    added[m] = n;
    any ||= n > 0;
  }
  return any ? added : undefined;
}

/** How many distinct values each minute added to its window. */
function newValues(sets: readonly (SmallestValues | undefined)[], minutes: number, most: number): Float64Array {
  const added = new Float64Array(MINUTES);
  let seen = new SmallestValues(most);
  for (let m = 0; m < MINUTES; m++) {
    if (m % minutes === 0) seen = new SmallestValues(most);
    const set = sets[m];
    if (set === undefined) continue;
    const before = seen.count;
    seen.addAll(set);
    added[m] = seen.count - before;
  }
  return added;
}

/** By size the share of a host's events that was lost in the window around each minute, up to its end. */
export function lostShares(
  lost: Float64Array | undefined,
  events: Float64Array | undefined,
  sizes: readonly number[],
): Float64Array[] {
  return sizes.map((size) => {
    if (lost === undefined) return new Float64Array(MINUTES);
    const gone = runningValues(lost, size / 60);
    const seen = runningValues(events ?? new Float64Array(MINUTES), size / 60);
    return gone.map((n, m) => (n === 0 ? 0 : n / (n + seen[m]!)));
  });
}
