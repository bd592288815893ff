import { pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { type Entity, readEntity } from './entities.js';
import { type Edges, type HostHour, wholeMinutes } from './host-hour.js';
import { lostShares, MINUTES, type Series } from './hour-series.js';
import { LOST } from './learn.js';
import type { WindowModel } from './spec.js';
import { unpackAdded, unpackMinute } from './window-cells.js';
import type { WindowState } from './window-state.js';

interface Reading {
  readonly hour: number;
  readonly entities: Map<string, { key: HostHour['host']; entity: Entity; added: Map<number, Float64Array[]> }>;
}

/** The hours whose minutes are still kept, by time and host: what `closeWindows` was given. */
export function readHours({ cells, contexts, segments }: WindowState, model: WindowModel): HostHour[] {
  const hours = new Map<string, Reading>();
  for (let i = 0; i < cells.length; i++) {
    if (cells.kind[i] !== KIND.windowMinute) continue;
    const { feature, minute } = unpackMinute(pairAt(cells.value, i));
    const key = pairAt(cells.context, i);
    const entity = readEntity(contexts, key);
    const segment = segments.find(pairAt(cells.segment, i));
    if (entity === undefined || segment === undefined) continue;
    const hour = segment.day * 24 + Math.floor(minute / MINUTES);
    const name = `${hour}:${pairName(entity.host)}`;
    const reading = hours.get(name) ?? { hour, entities: new Map() };
    hours.set(name, reading);
    const of = reading.entities.get(pairName(key)) ?? { key, entity, added: new Map() };
    reading.entities.set(pairName(key), of);
    const added = seriesAt(of.added, feature, model);
    added[0]![minute % MINUTES]! += cells.n[i]!;
    if (isSet(feature, model)) unpackAdded(cells.s[i]!, added, minute % MINUTES);
  }
  const all = [...hours].map(([name, reading]) => {
    const { hour } = reading;
    const host = name.slice(name.indexOf(':'));
    return hostHour(
      reading,
      { begins: !hours.has(`${hour - 1}${host}`), ends: !hours.has(`${hour + 1}${host}`) },
      model,
    );
  });
  return all.sort(inOrder);
}

/** What the minutes of a feature added by size: of counts and sums one array for all. */
function seriesAt(into: Map<number, Float64Array[]>, feature: number, model: WindowModel): Float64Array[] {
  let added = into.get(feature);
  if (added === undefined) {
    const shared = new Float64Array(MINUTES);
    added = model.sizes.map((_, size) => (size > 0 && isSet(feature, model) ? new Float64Array(MINUTES) : shared));
    into.set(feature, added);
  }
  return added;
}

function isSet(feature: number, model: WindowModel): boolean {
  return model.features[feature]?.aggregation === 'distinct';
}

function hostHour({ hour, entities }: Reading, edges: Edges, model: WindowModel): HostHour {
  const all = [...entities.values()];
  const { host } = all[0]!.entity;
  const whole = all.find(({ entity }) => entity.kind === 'host');
  const lostEvents = whole?.added.get(LOST)?.[0];
  const events = whole?.added.get(model.events)?.[0];
  const lost = lostShares(lostEvents, events, model.sizes);
  const series = (added: Map<number, Float64Array[]>): Series[] =>
    [...added]
      .filter(([feature]) => feature !== LOST)
      .sort(([a], [b]) => a - b)
      .map(([feature, by]) => ({ feature, added: by }));
  const sorted = all.sort((a, b) => rank(a) - rank(b) || a.key.hi - b.key.hi || a.key.lo - b.key.lo);
  return {
    host,
    hour,
    whole: wholeMinutes(events, edges),
    lost,
    lostEvents,
    entities: sorted.map(({ key, entity, added }) => ({ key, entity, series: series(added) })),
  };
}

/** The host before its subjects. */
const rank = ({ entity }: { entity: Entity }) => (entity.kind === 'host' ? 0 : 1);

function inOrder(a: HostHour, b: HostHour): number {
  return a.hour - b.hour || a.host.hi - b.host.hi || a.host.lo - b.host.lo;
}
