import { halfLifeWeight } from '../../stats/half-life.js';
import { type Pair, pairName } from '../../tuple/learned.js';
import { type Entity, readEntity } from '../window/entities.js';
import type { WindowModel } from '../window/spec.js';
import type { WindowState } from '../window/window-state.js';
import { keptVectors } from './vector-sample.js';
import { columnFeatures, type VectorModels } from './vectors.js';

/** A learned window. */
export interface VectorRow {
  readonly key: Pair;
  /** Minutes since 1970 of its first minute. */
  readonly from: number;
  /** Where too many are known those of the smallest go into a model: an exponential draw, the slower the older. */
  readonly draw: number;
  readonly values: Float64Array;
}

/** The learned windows of one entity. */
export interface EntityVectors {
  readonly key: Pair;
  readonly entity: Entity;
  readonly rows: readonly VectorRow[];
}

/**
 * The windows of all entities, of each and its UTC day those of the `dayRows` smallest orders: after models were merged there may
 * be more cells. The draw of a row of weight w is −ln u/w, u from the word of its order that hardly decided on keeping it, so that
 * who does little is not drawn last; the smallest are a sample by weight without replacement
 * (Efraimidis and Spirakis 2006, "Weighted random sampling with a reservoir").
 */
export function readVectors(
  state: WindowState,
  { windows, vectors }: VectorModels,
  halfLifeDays: number,
): EntityVectors[] {
  const { cells, contexts, segments } = state;
  const newest = segments.days().at(-1)!;
  const all = new Map<string, { key: Pair; entity: Entity; rows: VectorRow[] }>();
  for (const [segment, byEntity] of keptVectors([cells], () => true)) {
    const day = segments.find(segment)?.day ?? newest;
    const weight = halfLifeWeight(newest - day, halfLifeDays);
    for (const { entity: key, vectors: kept } of byEntity) {
      const entity = readEntity(contexts, key);
      if (entity === undefined) continue;
      const known = all.get(pairName(key)) ?? { key, entity, rows: [] };
      all.set(pairName(key), known);
      for (const { order, minute, values } of kept.slice(0, vectors.dayRows)) {
        const draw = -Math.log((order.lo + 0.5) / 2 ** 32) / weight;
        known.rows.push({ key, from: day * 1440 + minute, draw, values: byColumn(values, windows) });
      }
    }
  }
  return [...all.values()];
}

function byColumn(values: ReadonlyMap<number, number>, model: WindowModel): Float64Array {
  return Float64Array.from(columnFeatures(model), (id) => values.get(id) ?? 0);
}
