import { KIND } from '../baseline/cells.js';
import type { LearnedDelta, LearnedState } from '../baseline/learned-state.js';
import type { Learned } from '../store/learned.js';
import type { Store } from '../store/store.js';
import { modelTerms } from './model-terms.js';
import { readRoleRules } from './role-rules.js';

/** State key of the first day whose presences are kept. */
export const PRESENCES_KEY = 'presences_from';

/** Kinds of cells that single events are counted by. */
export const COUNT_KINDS: readonly number[] = [KIND.factor15, KIND.factor5, KIND.presence15, KIND.presence5];

/** Reads what was learned, of the kinds asked. Names stay in the store: they are looked up when something is explained. */
export async function readBaseline(
  store: Store,
  kinds: readonly number[] = Object.values(KIND),
): Promise<LearnedState> {
  const { cells, contexts, segments } = await store.readLearned(kinds);
  const presencesFrom = (await store.readState(PRESENCES_KEY)) as number | undefined;
  const open = await store.readOpen();
  const openWindows = kinds.includes(KIND.window) ? await store.readOpenWindows() : [];
  const held = await store.readQuarantine();
  const roleRules = (await readRoleRules(store))?.key;
  const hostNames = await store.readNames('hosts');
  const verdicts = await store.readVerdicts();
  const persons = { held, verdicts, roleRules };
  return { cells: [cells], contexts, segments, names: [], open, openWindows, presencesFrom, hostNames, ...persons };
}

/** What a run learned, as the store takes it. */
export function toStored(delta: LearnedDelta): Learned {
  const { contexts, segments, names, open, openWindows } = delta;
  const forget = { kinds: [KIND.presence15, KIND.presence5, KIND.windowMinute], beforeDay: delta.presencesFrom };
  const words = { kinds: KIND, terms: modelTerms() };
  return { ...words, cells: delta.cells[0]!, contexts, segments, names, open, openWindows, forget, ...delta.held };
}
