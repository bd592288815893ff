import { halfLifeWeight } from '../../stats/half-life.js';
import { type Pair, pairName } from '../../tuple/learned.js';
import { KIND, type Kind, pairAt } from '../cells.js';
import { binOf } from '../factor/calibration.js';
import type { Constants } from '../factor/spec.js';
import { readEntity } from './entities.js';
import type { EntityScores } from './score-history.js';
import type { WindowConstants } from './spec.js';
import type { WindowState } from './window-state.js';

/** Bin of a score in its history. */
export function scoreBin(bits: number, constants: WindowConstants): number {
  return binOf(bits, constants.bins_per_bit);
}

/** Scores by entity and bin, in the order of their first. */
export class ScoreBins {
  private readonly byName = new Map<string, EntityScores>();

  /**
   * @param cluster what scores are high together in, by name
   * @param ofCluster weight of the cluster
   */
  add(key: Pair, entity: EntityScores['entity'], bin: number, weight: number, cluster: string, ofCluster = 1): void {
    const name = pairName(key);
    const known = this.byName.get(name) ?? { entity, bins: new Map(), clusters: new Map() };
    this.byName.set(name, known);
    known.bins.set(bin, (known.bins.get(bin) ?? 0) + weight);
    const highest = Math.max(bin, known.clusters.get(cluster)?.bin ?? 0);
    known.clusters.set(cluster, { bin: highest, weight: ofCluster });
  }

  get scores(): EntityScores[] {
    return [...this.byName.values()];
  }
}

/** The name of what an entity did within a stretch of time. */
export function stretchName(key: Pair, stretch: number): string {
  return `${pairName(key)} ${stretch}`;
}

/**
 * Scores that snapshots gave before what they are of was learned, each day by its age and a cluster of its own. Those of odd
 * minutes, marked or in cells of a kind of their own, count unless they are of a burst that is held back.
 * @param kind of the cells that hold them
 */
export function storedScores(
  { cells, contexts, segments, bursts }: WindowState,
  kind: Kind,
  { half_life_days }: Constants,
): EntityScores[] {
  const newest = segments.days().at(-1)!;
  const all = new ScoreBins();
  for (let i = 0; i < cells.length; i++) {
    const isApart = kind === KIND.windowScore && cells.kind[i] === KIND.windowHeldScore;
    if (cells.kind[i] !== kind && !isApart) continue;
    const key = pairAt(cells.context, i);
    const isOdd = isApart || cells.value[2 * i + 1] === 1;
    if (isOdd && bursts.isHeld(pairAt(cells.segment, i), key)) continue;
    const entity = readEntity(contexts, key);
    const day = segments.find(pairAt(cells.segment, i))?.day ?? newest;
    const ofDay = halfLifeWeight(newest - day, half_life_days);
    if (entity === undefined) continue;
    all.add(key, entity, cells.value[2 * i]!, cells.n[i]! * ofDay, stretchName(key, day), ofDay);
  }
  return all.scores;
}
