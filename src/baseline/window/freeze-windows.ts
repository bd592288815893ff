import type { Pair } from '../../tuple/learned.js';
import type { WindowCard } from '../card.js';
import { KIND } from '../cells.js';
import type { Constants } from '../factor/spec.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import { crossFit } from './cross-fit.js';
import type { Entity } from './entities.js';
import { freshScores } from './fresh-scores.js';
import { type EntityWindows, lawIndex, WindowHistograms } from './histograms.js';
import { Laws } from './laws.js';
import { LEVELS } from './levels.js';
import { readHours } from './read-hours.js';
import { storedScores } from './score-bins.js';
import { WindowRanks } from './score-history.js';
import { addSilences } from './silences.js';
import type { WindowModel } from './spec.js';
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
