import type { EvidenceSums } from '../../decide/evidence-sums.js';
import type { Pair } from '../../tuple/learned.js';
import { hourOfWeek } from '../factor/hours.js';
import type { JudgedVector } from '../joint/judge-vectors.js';
import type { RoleOf } from '../roles.js';
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
  /** The vector of the window that ended with it, where such a one did and was judged. */
  readonly joint?: JudgedVector | undefined;
  /** What its events tell; undefined where they tell nothing, and of hours that were read from cells. */
  readonly evidence?: EvidenceSums | undefined;
}

/** A window of a minute as it was judged, for explanations. */
export interface JudgedWindow {
  readonly feature: number;
  /** Position of the size. */
  readonly size: number;
  /** Row of its law, −1 where there is none. */
  readonly row: number;
  readonly seen: Observation;
  /** What was made of it; undefined without a law. */
  readonly window: WorstWindow | undefined;
}

/** Takes each window that is judged; what it is told decides nothing. */
export type TellWindow = (key: Pair, minute: number, window: JudgedWindow) => void;

interface Judged {
  readonly feature: number;
  readonly size: number;
  readonly row: number;
  readonly running: Float64Array;
  readonly added: Float64Array;
  readonly minutes: number;
}

export interface JudgeOptions {
  /** Of which minutes since 1970 scores are wanted: all where left out. */
  readonly isAsked?: (minute: number) => boolean;
  readonly tell?: TellWindow;
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
  roles: RoleOf,
  model: WindowModel,
  zone: string,
  { isAsked = () => true, tell }: JudgeOptions = {},
): MinuteScore[] {
  const week = hourOfWeek(hour.hour, zone);
  const asked = Array.from({ length: MINUTES }, (_, m) => m).filter((m) => isAsked(hour.hour * MINUTES + m));
  if (asked.length === 0) return [];
  return hour.entities.flatMap(({ key, entity, series, evidence }) => {
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
    for (const m of asked) {
      const due = judged.filter((j) => j.added[m]! > 0 || (endsAt(j, m) && j.running[m]! > 0));
      if (due.length === 0) continue;
      let worst: WorstWindow | undefined;
      for (const one of due) {
        const open = !endsAt(one, m) || m + 1 - one.minutes < hour.whole[0] || m >= hour.whole[1];
        const seen = { value: one.running[m]!, hour: week, lost: hour.lost[one.size]![m]!, open };
        const window = judgeWindow(one, seen, laws, model);
        tell?.(key, hour.hour * MINUTES + m, { feature: one.feature, size: one.size, row: one.row, seen, window });
        if (window !== undefined && window.lnP < (worst?.lnP ?? 0)) worst = window;
      }
      const bits = worst === undefined ? 0 : -worst.lnP / Math.LN2;
      const minute = hour.hour * MINUTES + m;
      scores.push({ key, entity, minute, bits, worst, lost: hour.lost[0]![m]!, evidence: evidence?.[m] });
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
