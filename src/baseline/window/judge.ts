import type { Pair } from '../../tuple/learned.js';
import { hourOfWeek } from '../factor/hours.js';
import type { Roles } from '../roles.js';
import type { Entity } from './entities.js';
import type { HostHour } from './host-hour.js';
import { MINUTES, runningValues } from './hour-series.js';
import type { Laws } from './laws.js';
import { levelKeys } from './levels.js';
import type { WindowModel } from './spec.js';
import { lnWindowP, type Observation, typicalValue } from './tails.js';

/** The window that was most surprising of an entity in a minute. */
export interface WorstWindow {
  readonly feature: number;
  /** Position of the size. */
  readonly size: number;
  readonly value: number;
  /** What the law expects of a window that holds something. */
  readonly typical: number;
  readonly lnP: number;
}

/** An entity's minute, judged. */
export interface MinuteScore {
  readonly key: Pair;
  readonly entity: Entity;
  /** Minutes since 1970. */
  readonly minute: number;
  /** The largest of the surprises of its windows: a score, to be ranked. */
  readonly bits: number;
  /** Undefined where no window has a law or a surprise. */
  readonly worst: WorstWindow | undefined;
  /** Share of the host's events that was lost in it. */
  readonly lost: number;
}

interface Judged {
  readonly feature: number;
  readonly size: number;
  readonly row: number;
  readonly running: Float64Array;
  readonly added: Float64Array;
  readonly minutes: number;
}

/**
 * Judges an hour minute by minute, of each feature the windows that the minute added to, by their values so far, and those
 * that end with it. A minute in which neither happened has no score. O(entities × features × sizes × minutes), 1.5 µs each.
 *
 * @param onEnd told of each window that a minute of the hour ended
 */
export function judgeHour(
  hour: HostHour,
  laws: Laws,
  roles: Roles,
  model: WindowModel,
  zone: string,
  onEnd?: (key: Pair, window: WorstWindow, minute: number) => void,
): MinuteScore[] {
  const week = hourOfWeek(hour.hour, zone);
  return hour.entities.flatMap(({ key, entity, series }) => {
    const levels = levelKeys(entity, roles);
    const judged: Judged[] = series.flatMap(({ feature, added }) =>
      model.sizes.map((seconds, size) => ({
        feature,
        size,
        row: laws.find(levels, feature, size),
        running: runningValues(added[size]!, seconds / 60),
        added: added[0]!,
        minutes: seconds / 60,
      })),
    );
    const scores: MinuteScore[] = [];
    for (let m = 0; m < MINUTES; m++) {
      const due = judged.filter((j) => j.added[m]! > 0 || (endsAt(j, m) && j.running[m]! > 0));
      if (due.length === 0) continue;
      let worst: WorstWindow | undefined;
      for (const one of due) {
        const open = !endsAt(one, m) || m + 1 - one.minutes < hour.whole[0] || m >= hour.whole[1];
        const seen = { value: one.running[m]!, hour: week, lost: hour.lost[one.size]![m]!, open };
        const window = judgeWindow(one, seen, laws, model);
        if (window !== undefined && window.lnP < (worst?.lnP ?? 0)) worst = window;
        if (window !== undefined && endsAt(one, m)) onEnd?.(key, window, m);
      }
      const bits = worst === undefined ? 0 : -worst.lnP / Math.LN2;
      scores.push({ key, entity, minute: hour.hour * MINUTES + m, bits, worst, lost: hour.lost[0]![m]! });
    }
    return scores;
  });
}

function endsAt({ minutes }: Judged, m: number): boolean {
  return (m + 1) % minutes === 0;
}

function judgeWindow(
  { feature, size, row }: Judged,
  seen: Observation,
  laws: Laws,
  model: WindowModel,
): WorstWindow | undefined {
  if (row < 0) return undefined;
  const lnP = lnWindowP(laws.fits, row, model.features[feature]!.tail, seen, model.constants);
  return { feature, size, value: seen.value, typical: typicalValue(laws.fits, row, seen), lnP };
}
