import { KIND, pairAt } from '../cells.js';
import { readEntity } from '../window/entities.js';
import { MINUTES } from '../window/hour-series.js';
import { readHours } from '../window/read-hours.js';
import { hourOn } from '../window/silences.js';
import type { WindowModel } from '../window/spec.js';
import { unpackHistogram } from '../window/window-cells.js';
import type { WindowState } from '../window/window-state.js';

/** How much was learned of some days. */
export interface Coverage {
  /** UTC days of event time in which any host was watched; of less than three learned days to the minute, else to the hour. */
  readonly days: number;
  /** Minutes in which a subject or a host did something. */
  readonly minutes: number;
}

/** @param from the first day that counts. O(cells) */
export function coverageSince(from: number, state: WindowState, model: WindowModel, zone: string): Coverage {
  const { cells, contexts, segments } = state;
  const hours = new Set<number>();
  let minutes = 0;
  for (let i = 0; i < cells.length; i++) {
    if (cells.kind[i] !== KIND.window) continue;
    const { feature, size, hourOfWeek } = unpackHistogram(pairAt(cells.value, i));
    const day = segments.find(pairAt(cells.segment, i))?.day;
    if (feature !== model.events || day === undefined || day < from) continue;
    if (size === 0) minutes += cells.n[i]!;
    if (size !== model.sizes.length - 1 || readEntity(contexts, pairAt(cells.context, i))?.kind !== 'host') continue;
    hours.add(hourOn(day, hourOfWeek, zone));
  }
  const isShort = segments.days().length < model.constants.cross_fit_days;
  return { days: (isShort ? minutesWatched(state, model) : MINUTES * hours.size) / 1440, minutes };
}

/** Minutes of event time that were recorded whole of any host; at least one where anything was. */
function minutesWatched(state: WindowState, model: WindowModel): number {
  const watched = new Map<number, number>();
  for (const { hour, whole } of readHours(state, model)) {
    watched.set(hour, Math.max(watched.get(hour) ?? 0, whole[1] - whole[0]));
  }
  let sum = 0;
  for (const minutes of watched.values()) sum += minutes;
  return Math.max(1, sum);
}
