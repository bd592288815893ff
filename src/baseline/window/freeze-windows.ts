import { halfLifeWeight } from '../../stats/half-life.js';
import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import type { ContextTable } from '../contexts.js';
import { binOf } from '../factor/calibration.js';
import type { Constants } from '../factor/spec.js';
import type { Roles } from '../roles.js';
import type { Segments } from '../segments.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import { type Entity, readEntity } from './entities.js';
import { blockOf } from './histogram.js';
import { type EntityWindows, lawIndex, WindowHistograms } from './histograms.js';
import type { HostHour } from './host-hour.js';
import { MINUTES } from './hour-series.js';
import { judgeHour } from './judge.js';
import { Laws } from './laws.js';
import { readHours } from './read-hours.js';
import { type EntityScores, WindowRanks } from './score-history.js';
import { addSilences } from './silences.js';
import { crossFitRounds, type WindowConstants, type WindowModel } from './spec.js';

/** What windows are frozen from. */
export interface WindowState {
  readonly cells: CellColumns;
  readonly contexts: ContextTable;
  readonly segments: Segments;
  readonly roles: Roles;
}

/** What a snapshot says of its windows. */
export interface WindowCard {
  readonly entities: number;
  readonly units: number;
  readonly history: 'cross-fit' | 'prequential';
}

/** Freezes laws and histories of windows into sections. */
export function freezeWindows(
  state: WindowState,
  model: WindowModel,
  factor: Constants,
  sections: Map<string, SectionArray>,
): WindowCard {
  const { cells, contexts, segments, roles } = state;
  const days = segments.days();
  const ageOf = (segment: Pair) => days.at(-1)! - (segments.find(segment)?.day ?? days.at(-1)!);
  const learned = WindowHistograms.read(cells, contexts, ageOf, factor.half_life_days, model);
  const asOf = days.at(-1)!;
  const { half_life_days: halfLifeDays, hour_zone: zone } = factor;
  addSilences({ cells, contexts, segments, asOf, halfLifeDays, zone }, learned, model);
  const { entities } = learned;
  freezeSubjects(entities, model, sections);
  Laws.fit({ entities, roles, days: days.length }, model).freeze(sections);
  const prequential = days.length >= model.constants.cross_fit_days;
  let scores = prequential ? storedScores(state, ageOf, factor.half_life_days) : [];
  const history = scores.length > 0 ? 'prequential' : 'cross-fit';
  if (history === 'cross-fit') scores = crossFit(readHours(state, model), roles, model, factor.hour_zone);
  WindowRanks.of(scores, roles, model.constants).freeze(sections);
  const units = scores.reduce((sum, { bins }) => sum + [...bins.values()].reduce((a, b) => a + b, 0), 0);
  return { entities: entities.length, units, history };
}

/** Subjects whose silences are known, as a section: key, host, and presence and value of program and user. */
function freezeSubjects(
  entities: readonly EntityWindows[],
  model: WindowModel,
  sections: Map<string, SectionArray>,
): void {
  const heard = entities.filter(({ histograms }) => histograms.has(lawIndex(model.silence, 0)));
  const words = heard.flatMap(({ entity: { host, exe, user } }) => [host, exe, user].flatMap(wordsOf));
  sections.set('window.subjects', Uint32Array.from(words));
}

function wordsOf(part: Pair | undefined): number[] {
  return part === undefined ? [0, 0, 0] : [1, part.lo, part.hi];
}

/** The subjects of a snapshot whose silences are known. */
export function readSubjects(snapshot: Snapshot): Entity[] {
  const words = snapshot.array('window.subjects', 'u32');
  return Array.from({ length: words.length / 9 }, (_, i) => {
    const part = (p: number): Pair | undefined => {
      const at = 9 * i + 3 * p;
      return words[at] === 0 ? undefined : { lo: words[at + 1]!, hi: words[at + 2]! };
    };
    return { kind: 'subject', host: part(0)!, exe: part(1), user: part(2) };
  });
}

/** Scores that snapshots gave before their minutes were learned. */
function storedScores(
  { cells, contexts }: WindowState,
  ageOf: (segment: Pair) => number,
  halfLifeDays: number,
): EntityScores[] {
  const all = new ScoreBins();
  for (let i = 0; i < cells.length; i++) {
    if (cells.kind[i] !== KIND.windowScore) continue;
    const key = pairAt(cells.context, i);
    const entity = readEntity(contexts, key);
    const weight = cells.n[i]! * halfLifeWeight(ageOf(pairAt(cells.segment, i)), halfLifeDays);
    if (entity !== undefined) all.add(key, entity, cells.value[2 * i]!, weight);
  }
  return all.scores;
}

/**
 * Scores of each block of time by laws of all the others, as if it came later. The blocks are dealt out in rounds, so that each
 * has a share of every part of what was learned.
 */
function crossFit(hours: readonly HostHour[], roles: Roles, model: WindowModel, zone: string): EntityScores[] {
  const all = new ScoreBins();
  const { constants } = model;
  const blocks = constants.cross_fit_blocks;
  const [from, to] = spanOf(hours);
  const rounds = Math.max(1, crossFitRounds(60 * (to - from), constants));
  const block = (minute: number) => blockOf(minute, from, to, blocks, rounds);
  for (let left = 0; left < blocks; left++) {
    const { entities } = WindowHistograms.of(hours, (minute) => block(minute) !== left, model);
    const laws = Laws.fit({ entities, roles, days: 1 }, model);
    for (const hour of hours) {
      for (const { key, entity, minute, bits } of judgeHour(hour, laws, roles, model, zone)) {
        if (block(minute) === left) all.add(key, entity, scoreBin(bits, constants), 1);
      }
    }
  }
  return all.scores;
}

/** First minute with anything in it, and the one behind the last. */
function spanOf(hours: readonly HostHour[]): [number, number] {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { hour, entities } of hours) {
    for (const { added } of entities[0]?.series ?? []) {
      added[0]!.forEach((n, m) => {
        if (n <= 0) return;
        from = Math.min(from, hour * MINUTES + m);
        to = Math.max(to, hour * MINUTES + m + 1);
      });
    }
  }
  return [from, to];
}

/** Bin of a score in its history. */
export function scoreBin(bits: number, constants: WindowConstants): number {
  return binOf(bits, constants.bins_per_bit);
}

class ScoreBins {
  private readonly byName = new Map<string, EntityScores>();

  add(key: Pair, entity: EntityScores['entity'], bin: number, weight: number): void {
    const name = pairName(key);
    const known = this.byName.get(name) ?? { entity, bins: new Map<number, number>() };
    this.byName.set(name, known);
    known.bins.set(bin, (known.bins.get(bin) ?? 0) + weight);
  }

  get scores(): EntityScores[] {
    return [...this.byName.values()];
  }
}
