import { MOST_BIN } from '../../stats/count-bins.js';
import type { Pair } from '../../tuple/learned.js';
import { KIND, type Kind } from '../cells.js';
import { MAX_BIN } from '../factor/calibration.js';
import { HOURS } from './fit.js';
import { LOST } from './learn.js';
import type { WindowModel } from './spec.js';

/**
 * What the value of a window's cell says, in bits, low word first:
 *
 *   histogram   bin of the value 12 │ loss class 4 │ size 4 │ feature 8      high word: hour of the week
 *   minute      minute of the day 12 │ 8 unused │ feature 8                  high word: 0
 */
export interface HistogramCell {
  readonly feature: number;
  readonly size: number;
  readonly loss: number;
  readonly bin: number;
  readonly hourOfWeek: number;
}

export function packHistogram({ feature, size, loss, bin, hourOfWeek }: HistogramCell): Pair {
  return { lo: pack(feature, size, loss, bin), hi: hourOfWeek };
}

export function unpackHistogram({ lo, hi }: Pair): HistogramCell {
  return { feature: featureOf(lo), size: sizeOf(lo), loss: (lo >>> 12) & 15, bin: lo & 4095, hourOfWeek: hi };
}

/** What a minute of the day added to its windows: n of the cell is of the smallest, s of the others (`packAdded`). */
export interface MinuteCell {
  readonly feature: number;
  readonly minute: number;
}

export function packMinute({ feature, minute }: MinuteCell): Pair {
  return { lo: pack(feature, 0, 0, minute), hi: 0 };
}

export function unpackMinute({ lo }: Pair): MinuteCell {
  return { feature: featureOf(lo), minute: lo & 4095 };
}

/** Distinct values that are told apart of one minute and size: two sizes fit into an exact sum. */
const MOST_ADDED = 2 ** 26;

/** What minute `m` added to windows of the second size and of the third, as one whole number. */
export function packAdded(added: readonly Float64Array[], m: number): number {
  return added.slice(1).reduceRight((sum, by) => sum * MOST_ADDED + Math.min(by[m]!, MOST_ADDED - 1), 0);
}

/** Adds to `added` what `packAdded` made. */
export function unpackAdded(packed: number, added: readonly Float64Array[], m: number): void {
  let rest = packed;
  for (const by of added.slice(1)) {
    by[m]! += rest % MOST_ADDED;
    rest = Math.floor(rest / MOST_ADDED);
  }
}

function pack(feature: number, size: number, loss: number, low: number): number {
  return ((feature << 20) | (size << 16) | (loss << 12) | low) >>> 0;
}

const featureOf = (lo: number) => lo >>> 20;
const sizeOf = (lo: number) => (lo >>> 16) & 15;

const DAY_MINUTES = 1440;

/** A minute that stood out: the bin of its score, the minute of the day, and whether its windows were odd. */
export interface PeakCell {
  readonly bin: number;
  readonly minute: number;
  readonly isOdd: boolean;
}

export function packPeak({ bin, minute, isOdd }: PeakCell): Pair {
  return { lo: bin, hi: minute + (isOdd ? DAY_MINUTES : 0) };
}

export function unpackPeak({ lo, hi }: Pair): PeakCell {
  return { bin: lo, minute: hi % DAY_MINUTES, isOdd: hi >= DAY_MINUTES };
}

/** The rule that the value of a cell of windows breaks; undefined where it keeps all, and for other kinds. */
export function strangeWindow(kind: Kind, value: Pair, model: WindowModel): string | undefined {
  if (kind === KIND.minutePeak)
    return value.lo <= MAX_BIN && value.hi < 2 * DAY_MINUTES ? undefined : 'a bin and a minute of the day';
  const isWindow = kind === KIND.window || kind === KIND.windowHeld || kind === KIND.joint;
  if (!isWindow && kind !== KIND.windowMinute) return undefined;
  const feature = featureOf(value.lo);
  const isLost = kind === KIND.windowMinute && feature === LOST;
  if (!isLost && feature >= model.features.length) return 'a feature of the model';
  if (sizeOf(value.lo) >= model.sizes.length) return 'a size of the model';
  if (kind === KIND.windowMinute || kind === KIND.joint) {
    return value.hi === 0 && unpackMinute(value).minute < 1440 ? undefined : 'a minute of the day';
  }
  const { loss, bin, hourOfWeek } = unpackHistogram(value);
  if (loss >= model.constants.loss_classes.length) return 'a class of loss';
  return bin <= MOST_BIN && hourOfWeek < HOURS ? undefined : 'a value and an hour of the week';
}
