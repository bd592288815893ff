import type { EvidenceSums } from '../../decide/evidence-sums.js';
import type { Pair } from '../../tuple/learned.js';
import { type Entity, entityKey } from './entities.js';
import { lostShares, MINUTES, minutesOf, type Series, seriesOf } from './hour-series.js';
import { LOST } from './learn.js';
import { evidenceIn, type OpenHostHour } from './open-windows.js';
import type { WindowModel } from './spec.js';

/** One hour of one host, closed: everyone's windows in it. */
export interface HostHour {
  readonly host: Pair;
  /** Hours since 1970. */
  readonly hour: number;
  /** Minutes of the hour that were recorded whole, [from, to): the first and the last of a recording are cut. */
  readonly whole: readonly [from: number, to: number];
  /** Share of the host's events that was lost, by size and minute, in the window around it up to its end. */
  readonly lost: readonly Float64Array[];
  /** Events lost by minute; undefined where none was. */
  readonly lostEvents: Float64Array | undefined;
  /** The host first, then its subjects in the order of their keys. */
  readonly entities: readonly EntitySeries[];
}

export interface EntitySeries {
  readonly key: Pair;
  readonly entity: Entity;
  readonly series: readonly Series[];
  /** What events tell by minute; of hours that were read from cells it is not known. */
  readonly evidence?: readonly (EvidenceSums | undefined)[];
}

/** Whether a host's recording begins or ends in an hour: in the one before or after it nothing was heard of the host. */
export interface Edges {
  readonly begins: boolean;
  readonly ends: boolean;
}

/** What an open hour is, were it to close now. */
export function summarise(host: Pair, hour: number, open: OpenHostHour, edges: Edges, model: WindowModel): HostHour {
  const whole = open.whole(host);
  const all = [{ key: entityKey(whole.entity), hour: whole }, ...open.sorted()];
  const lostEvents = minutesOf(whole, LOST);
  const events = minutesOf(whole, model.events);
  return {
    host,
    hour,
    whole: wholeMinutes(events, edges),
    lost: lostShares(lostEvents, events, model.sizes),
    lostEvents,
    entities: all.map(({ key, hour: of }) => ({
      key,
      entity: of.entity,
      series: seriesOf(of, model),
      evidence: evidenceIn(of),
    })),
  };
}

/** @param events of the host by minute */
export function wholeMinutes(events: Float64Array | undefined, { begins, ends }: Edges): [number, number] {
  if (events === undefined) return [0, 0];
  const first = events.findIndex((n) => n > 0);
  const last = events.findLastIndex((n) => n > 0);
  return [begins ? first + 1 : 0, ends ? last : MINUTES];
}

/** Minutes of the hour in which a feature had something, by an entity's series. */
export function activeMinutes(series: readonly Series[], feature: number): number[] {
  const added = series.find((s) => s.feature === feature)?.added[0];
  return added === undefined ? [] : Array.from(added.keys()).filter((m) => added[m]! > 0);
}
