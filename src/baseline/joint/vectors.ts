import { QuinceError } from '../../errors/quince-error.js';
import type { Matrix } from '../../stats/matrix.js';
import type { Pair } from '../../tuple/learned.js';
import type { Entity } from '../window/entities.js';
import type { HostHour } from '../window/host-hour.js';
import { MINUTES, runningValues } from '../window/hour-series.js';
import { lossClass, teaches, type WindowModel } from '../window/spec.js';
import type { VectorModel } from './settings.js';

/** What vectors are made by. */
export interface VectorModels {
  readonly windows: WindowModel;
  readonly vectors: VectorModel;
}

/** All that an entity did in one window. */
export interface WindowVector {
  readonly key: Pair;
  readonly entity: Entity;
  /** Minutes since 1970 of its first minute. */
  readonly from: number;
  /** The window was recorded from its first minute to its last. */
  readonly whole: boolean;
  /** Whole numbers by column. */
  readonly values: Float64Array;
}

/** Features by column: all but silence. */
export function columnFeatures({ features }: WindowModel): number[] {
  return features.flatMap(({ tail }, id) => (tail === 'silence' ? [] : [id]));
}

/** Minutes of a window. */
export function vectorMinutes({ windows, vectors }: VectorModels): number {
  if (!windows.sizes.includes(vectors.size)) {
    const got = `${vectors.size} for ${windows.sizes.join(', ')}`;
    throw new QuinceError('BAD_MODEL', `joint.yaml requires windows of a size of windows.yaml, got ${got}`);
  }
  return vectors.size / 60;
}

/** The windows of an hour that held something and of which hardly anything was lost. O(entities × features × minutes). */
export function vectorsOf(hour: HostHour, models: VectorModels): WindowVector[] {
  const minutes = vectorMinutes(models);
  const { windows, vectors } = models;
  const size = windows.sizes.indexOf(vectors.size);
  const columns = columnFeatures(windows);
  return hour.entities.flatMap(({ key, entity, series }) => {
    const running = series.map(({ feature, added }) => ({
      column: columns.indexOf(feature),
      values: runningValues(added[size]!, minutes),
    }));
    const found: WindowVector[] = [];
    for (let m = minutes - 1; m < MINUTES; m += minutes) {
      if (!teaches(lossClass(hour.lost[size]![m]!, windows.constants), windows.constants)) continue;
      const values = new Float64Array(columns.length);
      for (const one of running) values[one.column] = one.values[m]!;
      if (values.every((value) => value === 0)) continue;
      const first = m + 1 - minutes;
      const whole = first >= hour.whole[0] && m < hour.whole[1];
      found.push({ key, entity, from: hour.hour * MINUTES + first, whole, values });
    }
    return found;
  });
}

/** Vectors as a joint model takes them: counts and volumes as log1p, distinct counts as they are. */
export function vectorTable(vectors: readonly Float64Array[], model: WindowModel): Matrix {
  const columns = columnFeatures(model);
  const isDistinct = columns.map((id) => model.features[id]!.aggregation === 'distinct');
  const values = new Float64Array(vectors.length * columns.length);
  vectors.forEach((vector, i) => {
    vector.forEach((value, j) => {
      values[i * columns.length + j] = isDistinct[j] ? value : Math.log1p(value);
    });
  });
  return { rows: vectors.length, columns: columns.length, values };
}

/** What a number of a joint model is in the unit of its column, at least 0. */
export function columnValue(column: number, number: number, model: WindowModel): number {
  const feature = model.features[columnFeatures(model)[column]!]!;
  return Math.max(0, feature.aggregation === 'distinct' ? number : Math.expm1(number));
}

/** A score of a joint model, nats, in bits. */
export function jointBits(score: number): number {
  return score / Math.LN2;
}
