import { countBin } from '../../stats/count-bins.js';
import { halfLifeWeight } from '../../stats/half-life.js';
import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import type { ContextTable } from '../contexts.js';
import { hourOfWeek } from '../factor/hours.js';
import type { Segments } from '../segments.js';
import { type Entity, readEntity } from './entities.js';
import { lawIndex, type WindowHistograms } from './histograms.js';
import type { WindowModel } from './spec.js';
import { unpackHistogram } from './window-cells.js';

/** Where a silence is read from, and how old counts. */
export interface SilenceInput {
  readonly cells: CellColumns;
  readonly contexts: ContextTable;
  readonly segments: Segments;
  readonly asOf: number;
  readonly halfLifeDays: number;
  readonly zone: string;
}

interface Heard {
  readonly key: Pair;
  readonly entity: Entity;
  readonly hours: Set<number>;
}

/**
 * Adds to histograms how long subjects were silent between the hours in which they did something, counted in hours in which
 * their host did anything: what was not recorded is no silence. It follows from the cells of hours, so it has none of its own.
 */
export function addSilences(input: SilenceInput, into: WindowHistograms, model: WindowModel): void {
  const heard = hoursHeard(input, model);
  const hosts = new Map(
    heard.filter(({ entity }) => entity.kind === 'host').map((h) => [pairName(h.entity.host), clockOf(h.hours)]),
  );
  for (const { key, entity, hours } of heard) {
    const clock = hosts.get(pairName(entity.host));
    if (entity.kind === 'host' || clock === undefined) continue;
    const sorted = [...hours].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) {
      const silent = clock.get(sorted[i]!)! - clock.get(sorted[i - 1]!)!;
      const age = input.asOf - Math.floor(sorted[i]! / 24);
      const weight = halfLifeWeight(age, input.halfLifeDays);
      into.add(key, entity, lawIndex(model.silence, 0), 0, countBin(3600 * silent), weight);
    }
  }
}

/** Position of each hour among those in which a host did anything. */
function clockOf(hours: ReadonlySet<number>): Map<number, number> {
  return new Map([...hours].sort((a, b) => a - b).map((hour, i) => [hour, i]));
}

/** Hours since 1970 in which each entity did something. */
function hoursHeard({ cells, contexts, segments, zone }: SilenceInput, model: WindowModel): Heard[] {
  const all = new Map<string, Heard>();
  for (let i = 0; i < cells.length; i++) {
    if (cells.kind[i] !== KIND.window && cells.kind[i] !== KIND.windowHeld) continue;
    const cell = unpackHistogram(pairAt(cells.value, i));
    if (cell.feature !== model.events || cell.size !== model.sizes.length - 1) continue;
    const key = pairAt(cells.context, i);
    const entity = readEntity(contexts, key);
    const segment = segments.find(pairAt(cells.segment, i));
    if (entity === undefined || segment === undefined) continue;
    const known = all.get(pairName(key)) ?? { key, entity, hours: new Set<number>() };
    all.set(pairName(key), known);
    known.hours.add(hourOn(segment.day, cell.hourOfWeek, zone));
  }
  return [...all.values()];
}

/** The hour of a UTC day whose hour of the week is given; of two where a clock was set back the first. */
export function hourOn(day: number, week: number, zone: string): number {
  for (let hour = day * 24; hour < day * 24 + 24; hour++) if (hourOfWeek(hour, zone) === week) return hour;
  return day * 24;
}
