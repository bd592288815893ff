import { type Pair, pairName } from '../../tuple/learned.js';
import type { VectorCard } from '../card.js';
import { KIND } from '../cells.js';
import type { Constants } from '../factor/spec.js';
import type { SectionArray } from '../snapshot.js';
import { LEVELS, levelKeys } from '../window/levels.js';
import { ScoreBins, scoreBin, storedScores, stretchName } from '../window/score-bins.js';
import { WindowRanks } from '../window/score-history.js';
import type { WindowState } from '../window/window-state.js';
import { fitWithScores } from './fit-joint.js';
import { freshVectors } from './fresh-vectors.js';
import { JointGroups } from './joint-groups.js';
import type { JointModel } from './joint-model.js';
import { groupRows, vectorGroups } from './vector-groups.js';
import { type EntityVectors, readVectors } from './vector-rows.js';
import { jointBits, type VectorModels, vectorTable } from './vectors.js';

/** Freezes joint models and the history of their scores into sections. */
export function freezeVectors(
  state: WindowState,
  models: VectorModels,
  factor: Constants,
  sections: Map<string, SectionArray>,
): VectorCard {
  const { roles, segments } = state;
  const { constants } = models.windows;
  const learned = readVectors(state, models, factor.half_life_days);
  // Of so few windows blocks of time would be rows of the same windows.
  const entities = windowsIn(learned) < constants.least_windows ? [] : learned;
  const fitted = fitGroups(entities, state, models);
  fitted.groups.freeze(sections);
  const prequential = segments.days().length >= constants.cross_fit_days;
  const stored = prequential ? storedScores(state, KIND.jointScore, factor) : [];
  const scores = stored.length > 0 ? stored : fitted.scores;
  WindowRanks.of(scores, roles, constants).freeze(sections, 'joint');
  const named = { get: (host: Pair) => roles.named(host) };
  WindowRanks.of(freshVectors(entities, state.leftOut, roles, models), named, constants, LEVELS.length - 1).freeze(
    sections,
    'freshJoint',
  );
  const units = scores.reduce((sum, { bins }) => sum + [...bins.values()].reduce((a, b) => a + b, 0), 0);
  const history = stored.length > 0 ? 'prequential' : 'cross-fit';
  return { groups: fitted.count, rows: fitted.rows, units, history };
}

/** Different windows of time. */
function windowsIn(entities: readonly EntityVectors[]): number {
  return new Set(entities.flatMap(({ rows }) => rows.map(({ from }) => from))).size;
}

/** The models, and of each row whose entity is judged by a model the score that those of other blocks of time give it. */
function fitGroups(entities: readonly EntityVectors[], { roles }: WindowState, models: VectorModels) {
  const { windows, vectors } = models;
  const chosen = vectorGroups(entities, roles, vectors);
  const keys = chosen.map(({ key }) => key);
  const places = JointGroups.of(keys, []);
  const judges = new Map(
    entities.map(({ key, entity }) => [pairName(key), { entity, by: places.find(levelKeys(entity, roles)) }]),
  );
  const bins = new ScoreBins();
  const fitted: JointModel[] = [];
  let rows = 0;
  chosen.forEach((group, at) => {
    const sample = groupRows(group, vectors);
    const { model, own } = fitWithScores(
      vectorTable(
        sample.map((row) => row.values),
        windows,
      ),
      vectors.settings,
    );
    fitted.push(model);
    rows += sample.length;
    sample.forEach(({ key, from }, i) => {
      const { entity, by } = judges.get(pairName(key))!;
      if (by === at)
        bins.add(
          key,
          entity,
          scoreBin(jointBits(own[i]!), windows.constants),
          1,
          stretchName(key, Math.floor(from / 60)),
        );
    });
  });
  return { groups: JointGroups.of(keys, fitted), count: chosen.length, rows, scores: bins.scores };
}
