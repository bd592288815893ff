import type { Pair } from '../../tuple/learned.js';
import type { WindowCard } from '../card.js';
import { KIND } from '../cells.js';
import type { Constants } from '../factor/spec.js';
import type { Roles } from '../roles.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import type { Entity } from './entities.js';
import { freshScores } from './fresh-scores.js';
import { blockOf } from './histogram.js';
import { type EntityWindows, lawIndex, teachingWindows, WindowHistograms } from './histograms.js';
import type { HostHour } from './host-hour.js';
import { MINUTES } from './hour-series.js';
import { judgeHour } from './judge.js';
import { Laws } from './laws.js';
import { LEVELS } from './levels.js';
import { readHours } from './read-hours.js';
import { ScoreBins, scoreBin, storedScores, stretchName } from './score-bins.js';
import { type EntityScores, WindowRanks } from './score-history.js';
import { addSilences } from './silences.js';
import { crossFitRounds, type WindowModel } from './spec.js';
import type { WindowState } from './window-state.js';

/** Freezes laws and histories of windows into sections. */
export function freezeWindows(
  state: WindowState,
  model: WindowModel,
  factor: Constants,
  sections: Map<string, SectionArray>,
): WindowCard {
  const { cells, contexts, segments, roles, bursts } = state;
  const days = segments.days();
  const ageOf = (segment: Pair) => days.at(-1)! - (segments.find(segment)?.day ?? days.at(-1)!);
  const learned = WindowHistograms.read(cells, contexts, ageOf, factor.half_life_days, model, bursts);
  const asOf = days.at(-1)!;
  const { half_life_days: halfLifeDays, hour_zone: zone } = factor;
  addSilences({ cells, contexts, segments, asOf, halfLifeDays, zone }, learned, model);
  const { entities } = learned;
  freezeSubjects(entities, model, sections);
  const laws = Laws.fit({ entities, roles, days: days.length }, model);
  laws.freeze(sections);
  const prequential = days.length >= model.constants.cross_fit_days;
  const hours = readHours(state, model);
  let scores = prequential ? storedScores(state, KIND.windowScore, factor) : [];
  const history = scores.length > 0 ? 'prequential' : 'cross-fit';
  if (history === 'cross-fit') scores = crossFit(hours, roles, model, factor.hour_zone);
  WindowRanks.of(scores, roles, model.constants).freeze(sections, 'window');
  const recent = hours.filter(({ hour }) => Math.floor(hour / 24) > asOf - factor.leave_out_days + 1);
  const fresh = freshScores(recent, { entities, roles, days: days.length }, state.leftOut, model, zone);
  const named = { get: (host: Pair) => roles.named(host) };
  // A program has as many left-out subjects as its role has hosts: what the next host does with it is told by all programs together.
  WindowRanks.of(fresh, named, model.constants, LEVELS.length - 1).freeze(sections, 'fresh');
  const units = scores.reduce((sum, { bins }) => sum + [...bins.values()].reduce((a, b) => a + b, 0), 0);
  const held = bursts.counts.held === 0 ? {} : { heldDays: bursts.counts.held };
  return { entities: entities.length, units, history, ...held };
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
  const windows = teachingWindows(hours, model);
  for (let left = 0; left < blocks; left++) {
    const { entities } = WindowHistograms.of(windows, (minute) => block(minute) !== left);
    const laws = Laws.fit({ entities, roles, days: 1 }, model);
    for (const hour of hours) {
      const scores = judgeHour(hour, laws, roles, model, zone, { isAsked: (minute) => block(minute) === left });
      for (const { key, entity, bits } of scores)
        all.add(key, entity, scoreBin(bits, constants), 1, stretchName(key, hour.hour));
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
