import { MOST_BIN } from '../../stats/count-bins.js';
import type { Pair } from '../../tuple/learned.js';
import { KIND, type Kind } from '../cells.js';
import { HOURS } from './fit.js';
import { LOST } from './learn.js';
import type { WindowModel } from './spec.js';

/**
 * What the value of a window's cell says, in bits, low word first:
 *
 *   histogram   bin of the value 12 │ loss class 4 │ size 4 │ feature 8      high word: hour of the week
 *   minute      minute of the day 12 │ 4 unused │ size 4 │ feature 8         high word: 0
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

/** What a minute of the day added to its window of a size; of counts and sums only the first size is kept. */
export interface MinuteCell {
  readonly feature: number;
  readonly size: number;
  readonly minute: number;
}

export function packMinute({ feature, size, minute }: MinuteCell): Pair {
  return { lo: pack(feature, size, 0, minute), hi: 0 };
}

export function unpackMinute({ lo }: Pair): MinuteCell {
  return { feature: featureOf(lo), size: sizeOf(lo), minute: lo & 4095 };
}

function pack(feature: number, size: number, loss: number, low: number): number {
  return ((feature << 20) | (size << 16) | (loss << 12) | low) >>> 0;
}

const featureOf = (lo: number) => lo >>> 20;
const sizeOf = (lo: number) => (lo >>> 16) & 15;

/** The rule that the value of a cell of windows breaks; undefined where it keeps all, and for other kinds. */
export function strangeWindow(kind: Kind, value: Pair, model: WindowModel): string | undefined {
  if (kind !== KIND.window && kind !== KIND.windowMinute) return undefined;
  const feature = featureOf(value.lo);
  const isLost = kind === KIND.windowMinute && feature === LOST;
  if (!isLost && feature >= model.features.length) return 'a feature of the model';
  if (sizeOf(value.lo) >= model.sizes.length) return 'a size of the model';
  if (kind === KIND.windowMinute) {
    return value.hi === 0 && unpackMinute(value).minute < 1440 ? undefined : 'a minute of the day';
  }
  const { loss, bin, hourOfWeek } = unpackHistogram(value);
  if (loss >= model.constants.loss_classes.length) return 'a class of loss';
  return bin <= MOST_BIN && hourOfWeek < HOURS ? undefined : 'a value and an hour of the week';
}
