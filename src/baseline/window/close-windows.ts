import { countBin } from '../../stats/count-bins.js';
import type { Pair } from '../../tuple/learned.js';
import { KIND, segmentOf } from '../cells.js';
import type { Closing } from '../factor/close-hour.js';
import { hourOfWeek } from '../factor/hours.js';
import type { JudgedHour } from '../minute/minute-judge.js';
import { windowsOf } from './closed-windows.js';
import { keepEntity } from './entities.js';
import type { HostHour } from './host-hour.js';
import { MINUTES } from './hour-series.js';
import { LOST } from './learn.js';
import type { WindowModel } from './spec.js';
import { packAdded, packHistogram, packMinute } from './window-cells.js';

/**
 * Turns a host's hour into cells: of each window a count in the histogram of its values, and for a few days what each
 * minute added, by which short learning is cross-fitted. Integers from here on. O(features × sizes × minutes).
 *
 * @param isOdd windows that are kept apart: whether they teach is for freeze to say
 */
export function closeWindows(
  hour: HostHour,
  model: WindowModel,
  zone: string,
  into: Closing,
  isOdd?: JudgedHour['isOdd'],
): void {
  // Nothing but losses: nobody knows what the hour was like.
  if (hour.entities[0]!.series.length === 0) return;
  const day = Math.floor(hour.hour / 24);
  const segment = segmentOf(hour.host, day);
  const week = hourOfWeek(hour.hour, zone);
  into.segment(segment, hour.host, day);
  const first = (hour.hour % 24) * MINUTES;
  const minutes = (key: Pair, feature: number, added: readonly Float64Array[]) => {
    added[0]!.forEach((n, m) => {
      if (n <= 0) return;
      const value = packMinute({ feature, minute: first + m });
      into.cells.add(KIND.windowMinute, segment, key, value, n, packAdded(added, m));
    });
  };
  for (const { key, entity, series } of hour.entities) {
    keepEntity(into.contexts, key, entity);
    for (const one of series) {
      // Of counts and sums a minute adds the same to windows of all sizes.
      const isSet = model.features[one.feature]!.aggregation === 'distinct';
      minutes(key, one.feature, isSet ? one.added : one.added.slice(0, 1));
      for (const { size, minute, value, loss } of windowsOf(one, hour.lost, model)) {
        const cell = packHistogram({ feature: one.feature, size, loss, bin: countBin(value), hourOfWeek: week });
        const kind = isOdd?.(key, one.feature, size, minute) ? KIND.windowHeld : KIND.window;
        into.cells.add(kind, segment, key, cell, 1, 0);
      }
    }
  }
  if (hour.lostEvents !== undefined) minutes(hour.entities[0]!.key, LOST, [hour.lostEvents]);
}
