import { binValue } from '../../stats/count-bins.js';
import { type CellColumns, pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import type { ContextTable } from '../contexts.js';
import type { Segments } from '../segments.js';
import { type Entity, readEntity } from '../window/entities.js';
import type { WindowModel } from '../window/spec.js';
import { unpackHistogram } from '../window/window-cells.js';
import { type Ramp, watch } from './ramps.js';
import type { LearningConstants } from './spec.js';

/** How much an entity does, which left its slow reference little by little. Values are typical of an hour that holds something. */
export interface WindowRamp extends Pick<Ramp, 'direction' | 'since' | 'day' | 'value' | 'expected'> {
  readonly entity: Entity;
  /** Name of the feature. */
  readonly feature: string;
}

interface Series {
  readonly entity: Entity;
  readonly feature: number;
  readonly days: Map<number, { windows: number; sum: number }>;
}

/**
 * Slow ramps of `ramp_features`: of each subject and host the daily mean of ln(1 + value) over its windows of the longest size,
 * followed as programs' rates are. What is held back from learning is in it: who grows every day is seen to grow. O(cells).
 *
 * @param until days before this one are whole
 */
export function findWindowRamps(
  parts: readonly CellColumns[],
  contexts: ContextTable,
  segments: Segments,
  until: number,
  constants: LearningConstants,
  model: WindowModel,
): WindowRamp[] {
  return readSeries(parts, contexts, segments, until, constants, model).flatMap(({ entity, feature, days }) => {
    const points = [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, { windows, sum }]) => ({ day, value: sum / windows }));
    return watch(points, 'bits', constants).map(({ value, expected, ...found }) => ({
      entity,
      feature: model.features[feature]!.name,
      ...found,
      value: Math.expm1(value),
      expected: Math.expm1(expected),
    }));
  });
}

function readSeries(
  parts: readonly CellColumns[],
  contexts: ContextTable,
  segments: Segments,
  until: number,
  { ramp_features }: LearningConstants,
  { features, sizes }: WindowModel,
): Series[] {
  const watched = new Set(ramp_features.map((name) => features.findIndex((feature) => feature.name === name)));
  const series = new Map<string, Series>();
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== KIND.window && cells.kind[i] !== KIND.windowHeld) continue;
      const { feature, size, bin } = unpackHistogram(pairAt(cells.value, i));
      if (size !== sizes.length - 1 || !watched.has(feature)) continue;
      const key = pairAt(cells.context, i);
      const day = segments.find(pairAt(cells.segment, i))?.day ?? until;
      const name = `${pairName(key)} ${feature}`;
      const entity = series.get(name)?.entity ?? readEntity(contexts, key);
      if (day >= until || entity === undefined) continue;
      const known = series.get(name) ?? { entity, feature, days: new Map() };
      series.set(name, known);
      const of = known.days.get(day) ?? { windows: 0, sum: 0 };
      known.days.set(day, of);
      of.windows += cells.n[i]!;
      of.sum += cells.n[i]! * Math.log1p(binValue(bin));
    }
  }
  return [...series.values()];
}
