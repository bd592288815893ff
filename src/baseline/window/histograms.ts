import { countBin } from '../../stats/count-bins.js';
import { halfLifeWeight } from '../../stats/half-life.js';
import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import type { ContextTable } from '../contexts.js';
import type { WindowBursts } from '../learning/window-bursts.js';
import { windowsOf } from './closed-windows.js';
import { type Entity, readEntity } from './entities.js';
import { addWindows } from './histogram.js';
import type { HostHour } from './host-hour.js';
import { teaches, type WindowModel } from './spec.js';
import { unpackHistogram } from './window-cells.js';

/** An entity's windows: of each feature and size (`lawIndex`) how many held what, by hour of the week. */
export interface EntityWindows {
  readonly key: Pair;
  readonly entity: Entity;
  readonly histograms: Map<number, Map<number, Map<number, number>>>;
}

/** Where a feature and size stand among an entity's histograms. */
export function lawIndex(feature: number, size: number): number {
  return 16 * feature + size;
}

/** The windows of all entities, in the order of their first. */
export class WindowHistograms {
  private readonly byName = new Map<string, EntityWindows>();

  add(key: Pair, entity: Entity, index: number, hourOfWeek: number, bin: number, windows: number): void {
    const name = pairName(key);
    let known = this.byName.get(name);
    if (known === undefined) {
      known = { key, entity, histograms: new Map() };
      this.byName.set(name, known);
    }
    let histogram = known.histograms.get(index);
    if (histogram === undefined) {
      histogram = new Map();
      known.histograms.set(index, histogram);
    }
    addWindows(histogram, hourOfWeek, bin, windows);
  }

  get entities(): readonly EntityWindows[] {
    return [...this.byName.values()];
  }

  /** From cells, each day by its age; windows of which too much was lost teach nothing, nor what bursts hold back. */
  static read(
    cells: CellColumns,
    contexts: ContextTable,
    ageOf: (segment: Pair) => number,
    halfLifeDays: number,
    model: WindowModel,
    bursts: WindowBursts,
  ): WindowHistograms {
    const all = new WindowHistograms();
    for (let i = 0; i < cells.length; i++) {
      const isOdd = cells.kind[i] === KIND.windowHeld;
      if (cells.kind[i] !== KIND.window && !isOdd) continue;
      if (isOdd && bursts.isHeld(pairAt(cells.segment, i), pairAt(cells.context, i))) continue;
      const { feature, size, loss, bin, hourOfWeek } = unpackHistogram(pairAt(cells.value, i));
      const key = pairAt(cells.context, i);
      const entity = readEntity(contexts, key);
      if (entity === undefined || !teaches(loss, model.constants)) continue;
      const weight = cells.n[i]! * halfLifeWeight(ageOf(pairAt(cells.segment, i)), halfLifeDays);
      all.add(key, entity, lawIndex(feature, size), hourOfWeek, bin, weight);
    }
    return all;
  }

  /** From windows, those whose first minute passes. */
  static of(windows: readonly TeachingWindows[], passes: (minute: number) => boolean): WindowHistograms {
    const all = new WindowHistograms();
    for (const { key, entity, index, first, bin } of windows) {
      for (let i = 0; i < first.length; i++) if (passes(first[i]!)) all.add(key, entity, index, 0, bin[i]!, 1);
    }
    return all;
  }
}

/** Windows of an hour of an entity, of one feature and size, of which not too much was lost. */
export interface TeachingWindows {
  readonly key: Pair;
  readonly entity: Entity;
  readonly index: number;
  /** Minutes (since 1970) that they begin with, and the bins of their values. */
  readonly first: readonly number[];
  readonly bin: readonly number[];
}

/** What hours teach, in their order. */
export function teachingWindows(hours: readonly HostHour[], model: WindowModel): TeachingWindows[] {
  return hours.flatMap(({ hour, lost, entities }) =>
    entities.flatMap(({ key, entity, series }) =>
      series.flatMap((one) => {
        const found = windowsOf(one, lost, model).filter(({ loss }) => teaches(loss, model.constants));
        return model.sizes.map((seconds, size) => {
          const ofSize = found.filter((window) => window.size === size);
          return {
            key,
            entity,
            index: lawIndex(one.feature, size),
            first: ofSize.map(({ minute }) => hour * 60 + minute + 1 - seconds / 60),
            bin: ofSize.map(({ value }) => countBin(value)),
          };
        });
      }),
    ),
  );
}
