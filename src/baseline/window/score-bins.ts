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

interface EntityBins {
  readonly entity: EntityScores['entity'];
  readonly bins: Map<number, number>;
  /** The highest bin of each stretch of time. */
  readonly highest: Map<number, number>;
}

/** Scores by entity and bin, in the order of their first. */
export class ScoreBins {
  private readonly byName = new Map<string, EntityBins>();

  /** @param stretch of time, within which scores are high together */
  add(key: Pair, entity: EntityScores['entity'], bin: number, weight: number, stretch: number): void {
    const name = pairName(key);
    const known = this.byName.get(name) ?? { entity, bins: new Map(), highest: new Map() };
    this.byName.set(name, known);
    known.bins.set(bin, (known.bins.get(bin) ?? 0) + weight);
    known.highest.set(stretch, Math.max(bin, known.highest.get(stretch) ?? 0));
  }

  get scores(): EntityScores[] {
    return [...this.byName.values()].map(({ entity, bins, highest }) => {
      const peaks = new Map<number, number>();
      for (const bin of highest.values()) peaks.set(bin, (peaks.get(bin) ?? 0) + 1);
      return { entity, bins, peaks };
    });
  }
}

/**
 * Scores that snapshots gave before what they are of was learned, each day by its age. Those of odd minutes, marked or in
 * cells of a kind of their own, count unless they are of a burst that is held back.
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
    const weight = cells.n[i]! * halfLifeWeight(newest - day, half_life_days);
    if (entity !== undefined) all.add(key, entity, cells.value[2 * i]!, weight, day);
  }
  return all.scores;
}
