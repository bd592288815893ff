import { type Pair, pairName } from '../../tuple/learned.js';
import { FlatTable } from '../flat-table.js';
import type { Roles } from '../roles.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import {
  type CountFit,
  fitCounts,
  fitSilence,
  fitVolumes,
  HOURS,
  type SilenceFit,
  type VolumeFit,
  type WindowFit,
} from './fit.js';
import { mergeHistograms, poolHours, type WindowHistogram } from './histogram.js';
import { type EntityWindows, lawIndex } from './histograms.js';
import { LEVELS, lawKey, levelKeys } from './levels.js';
import { FIT_ROW, KIND, packFits, type WindowFits } from './pack.js';
import type { WindowModel } from './spec.js';

/** What laws are fitted to. */
export interface LawsInput {
  readonly entities: readonly EntityWindows[];
  readonly roles: Roles;
  /** UTC days learned. */
  readonly days: number;
}

/** The frozen laws of all entities and of their roles, programs and everyone, found by entity, feature and size. */
export class Laws {
  private constructor(
    private readonly table: FlatTable,
    readonly fits: WindowFits,
    /** Sizes of which enough windows were learned, one bit each. */
    private readonly sizes: number,
  ) {}

  /**
   * Fits from coarse to fine, each shrunk to the next coarser. O(laws), 0.8 ms each, 5.5 ms with hours of the week.
   * @param finest the first level that gets laws
   */
  static fit({ entities, roles, days }: LawsInput, model: WindowModel, finest = 0): Laws {
    const sizes = learnedSizes(entities, model);
    const coverage = coveredHours(entities, model);
    const laws: { key: Pair; fit: WindowFit }[] = [];
    const fitted = new Map<string, WindowFit>();
    const members = new Map<string, number>();
    for (let level = LEVELS.length - 1; level >= finest; level--) {
      for (const group of groupsOf(entities, roles, level)) {
        const next = group.above.find((key) => key !== undefined);
        members.set(pairName(group.key), group.members.length);
        // What is all of the next coarser group has that group's law.
        if (next !== undefined && members.get(pairName(next)) === group.members.length) continue;
        const covered = coverage(group.members);
        for (const [index, histograms] of group.histograms) {
          const [feature, size] = [index >> 4, index & 15];
          const histogram = mergeHistograms(histograms);
          if (((sizes >> size) & 1) === 0) continue;
          if (level < LEVELS.length - 1 && windowsIn(histogram) < model.constants.fit_windows) continue;
          const prior = priorOf(group.above, feature, size, fitted);
          const fit = fitLaw({ model, feature, size, histogram, days, covered }, prior);
          if (fit === undefined) continue;
          const key = lawKey(group.key, feature, size);
          fitted.set(pairName(key), fit);
          laws.push({ key, fit });
        }
      }
    }
    const table = FlatTable.build(
      laws.length,
      (i) => laws[i]!.key,
      (i) => i,
    );
    return new Laws(table, packFits(laws.map(({ fit }) => fit)), sizes);
  }

  /** Row of the finest law for a feature and size, −1 where nobody ever did such a thing, or too little was learned. */
  find(levels: readonly (Pair | undefined)[], feature: number, size: number): number {
    if (((this.sizes >> size) & 1) === 0) return -1;
    for (const level of levels) {
      if (level === undefined) continue;
      const { lo, hi } = lawKey(level, feature, size);
      const slot = this.table.find(lo, hi);
      if (slot >= 0) return this.table.values[slot]!;
    }
    return -1;
  }

  /** How many windows a law was fitted to; of silences what their gaps weigh. */
  windowsOf(row: number): number {
    const { rows } = this.fits;
    return rows[row * FIT_ROW]! === KIND.silence ? rows[row * FIT_ROW + 2]! : rows[row * FIT_ROW + 3]!;
  }

  /** Position among the levels of the law that `find` gives; −1 where there is none. */
  levelOf(levels: readonly (Pair | undefined)[], feature: number, size: number): number {
    return levels.findIndex((level) => level !== undefined && this.find([level], feature, size) >= 0);
  }

  freeze(sections: Map<string, SectionArray>): void {
    sections.set('window.law.keys', this.table.keys);
    sections.set('window.law.row', this.table.values);
    sections.set('window.law.rows', this.fits.rows);
    sections.set('window.law.hours', this.fits.hours);
    sections.set('window.law.gaps', this.fits.gaps);
    sections.set('window.sizes', Uint32Array.of(this.sizes));
  }

  static read(snapshot: Snapshot): Laws {
    const table = new FlatTable(snapshot.array('window.law.keys', 'u32'), snapshot.array('window.law.row', 'f64'));
    const fits = {
      rows: snapshot.array('window.law.rows', 'f64'),
      hours: snapshot.array('window.law.hours', 'u8'),
      gaps: snapshot.array('window.law.gaps', 'f64'),
    };
    return new Laws(table, fits, snapshot.array('window.sizes', 'u32')[0]!);
  }
}

interface Group {
  readonly key: Pair;
  /** Keys of coarser levels, fine to coarse. */
  readonly above: readonly (Pair | undefined)[];
  readonly members: EntityWindows[];
  readonly histograms: Map<number, WindowHistogram[]>;
}

function groupsOf(entities: readonly EntityWindows[], roles: Roles, level: number): Group[] {
  const groups = new Map<string, Group>();
  for (const windows of entities) {
    const keys = levelKeys(windows.entity, roles);
    const key = keys[level];
    if (key === undefined) continue;
    let group = groups.get(pairName(key));
    if (group === undefined) {
      group = { key, above: keys.slice(level + 1), members: [], histograms: new Map() };
      groups.set(pairName(key), group);
    }
    group.members.push(windows);
    for (const [index, histogram] of windows.histograms) {
      const list = group.histograms.get(index);
      if (list === undefined) group.histograms.set(index, [histogram]);
      else list.push(histogram);
    }
  }
  return [...groups.values()];
}

function priorOf(
  above: readonly (Pair | undefined)[],
  feature: number,
  size: number,
  fitted: ReadonlyMap<string, WindowFit>,
): WindowFit | undefined {
  for (const key of above) {
    const fit = key && fitted.get(pairName(lawKey(key, feature, size)));
    if (fit !== undefined) return fit;
  }
  return undefined;
}

interface LawData {
  readonly model: WindowModel;
  readonly feature: number;
  readonly size: number;
  readonly histogram: WindowHistogram;
  readonly days: number;
  /** Hours learned by hour of the week, also those in which nothing was. */
  readonly covered: Float64Array;
}

function fitLaw({ model, feature, size, histogram, days, covered }: LawData, prior?: WindowFit): WindowFit | undefined {
  const { constants } = model;
  const { aggregation, tail } = model.features[feature]!;
  if (tail === 'silence') return fitSilence(poolHours(histogram), constants, prior as SilenceFit | undefined);
  if (aggregation === 'sum') return fitVolumes(histogram, constants, prior as VolumeFit | undefined);
  return fitCounts(histogram, days, model.sizes[size]!, constants, prior as CountFit | undefined, covered);
}

/** A size counts once enough windows of it were learned of one host. */
function learnedSizes(entities: readonly EntityWindows[], model: WindowModel): number {
  let minutes = 0;
  for (const { entity, histograms } of entities) {
    const events = histograms.get(lawIndex(model.events, 0));
    if (entity.kind === 'host' && events !== undefined) minutes = Math.max(minutes, windowsIn(events));
  }
  let mask = 0;
  model.sizes.forEach((size, i) => {
    if (60 * minutes >= model.constants.least_windows * size) mask |= 1 << i;
  });
  return mask;
}

/** Hours in which the hosts of some entities did anything, by hour of the week. */
function coveredHours(entities: readonly EntityWindows[], model: WindowModel) {
  const index = lawIndex(model.events, model.sizes.length - 1);
  const byHost = new Map<string, WindowHistogram>();
  for (const { entity, histograms } of entities) {
    const events = histograms.get(index);
    if (entity.kind === 'host' && events !== undefined) byHost.set(pairName(entity.host), events);
  }
  return (members: readonly EntityWindows[]): Float64Array => {
    const hours = new Float64Array(HOURS);
    for (const { entity } of members) {
      for (const [hour, bins] of byHost.get(pairName(entity.host)) ?? []) {
        for (const n of bins.values()) hours[hour]! += (n * 3600) / model.sizes.at(-1)!;
      }
    }
    return hours;
  };
}

function windowsIn(histogram: WindowHistogram): number {
  let sum = 0;
  for (const bins of histogram.values()) for (const n of bins.values()) sum += n;
  return sum;
}
