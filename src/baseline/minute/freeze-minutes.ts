import type { MinuteScore } from '../../decide/budget.js';
import { type BudgetLevel, budgetLevels } from '../../decide/start-budget.js';
import { pairName } from '../../tuple/learned.js';
import type { MinuteCard } from '../card.js';
import { KIND, pairAt } from '../cells.js';
import type { BaselineModel } from '../model.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import { readEntity } from '../window/entities.js';
import { storedScores } from '../window/score-bins.js';
import { WindowRanks } from '../window/score-history.js';
import { unpackPeak } from '../window/window-cells.js';
import type { WindowState } from '../window/window-state.js';
import { coverageSince } from './coverage.js';

/** Numbers of a row of `budget.levels`: threshold, alerts, mean excess. */
const LEVEL_ROW = 3;
/**
 * Freezes how minutes rank among those that were judged, and what a budget starts from, into sections.
 * @param isLast false for the snapshots within a training, which decide nothing
 */
export function freezeMinutes(
  state: WindowState,
  model: BaselineModel,
  isLast: boolean,
  sections: Map<string, SectionArray>,
): MinuteCard {
  const { segments, roles } = state;
  const { hour_zone: zone } = model.constants;
  const asOf = segments.days().at(-1)!;
  const ranks = WindowRanks.of(storedScores(state, KIND.minuteScore, model.constants), roles, model.windows.constants);
  ranks.freeze(sections, 'minute');
  if (!isLast) return { judged: 0, history: 'closed form', days: 0, minutesADay: 0 };
  const { judged, first } = judgedMinutes(state);
  const isRanked = judged >= model.windows.constants.group_min_units;
  const since = Math.max(isRanked ? first : Number.NEGATIVE_INFINITY, asOf - model.decision.constants.peak_days + 1);
  const { days, minutes } = coverageSince(since, state, model.windows, zone);
  const peaks = isRanked ? readPeaks(since, state, ranks) : [];
  const levels = budgetLevels(peaks, model.decision.constants.level_step, model.decision.constants);
  sections.set(
    'budget.levels',
    Float64Array.from(levels.flatMap(({ level, alerts, meanExcess }) => [level, alerts, meanExcess])),
  );
  return { judged, history: isRanked ? 'ranked' : 'closed form', days, minutesADay: days > 0 ? minutes / days : 0 };
}

/** How many minutes were judged, and the first day that has any. */
function judgedMinutes({ cells, segments }: WindowState): { judged: number; first: number } {
  let [judged, first] = [0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < cells.length; i++) {
    if (cells.kind[i] !== KIND.minuteScore) continue;
    judged += cells.n[i]!;
    first = Math.min(first, segments.find(pairAt(cells.segment, i))?.day ?? first);
  }
  return { judged, first };
}

/** The minutes that stood out, in the order of time, each by its rank among all. */
function readPeaks(
  since: number,
  { cells, contexts, segments, roles, bursts }: WindowState,
  ranks: WindowRanks,
): MinuteScore[] {
  const peaks: MinuteScore[] = [];
  for (let i = 0; i < cells.length; i++) {
    if (cells.kind[i] !== KIND.minutePeak) continue;
    const key = pairAt(cells.context, i);
    const entity = readEntity(contexts, key);
    const day = segments.find(pairAt(cells.segment, i))?.day;
    if (entity === undefined || day === undefined || day < since) continue;
    const { bin, minute, isOdd } = unpackPeak(pairAt(cells.value, i));
    if (isOdd && bursts.isHeld(pairAt(cells.segment, i), key)) continue;
    const score = -ranks.lnPOfBin(ranks.groupOf(entity, roles), bin);
    const isWhole = entity.kind === 'host';
    peaks.push({ subject: pairName(key), minute: day * 1440 + minute, score, host: pairName(entity.host), isWhole });
  }
  return peaks.sort(
    (a, b) => a.minute - b.minute || Number(a.isWhole) - Number(b.isWhole) || (a.subject < b.subject ? -1 : 1),
  );
}

/** What a budget starts from, as `freezeMinutes` laid it out. */
export function readLevels(snapshot: Snapshot): BudgetLevel[] {
  const rows = snapshot.array('budget.levels', 'f64');
  return Array.from({ length: rows.length / LEVEL_ROW }, (_, i) => {
    const [level, alerts, meanExcess] = rows.subarray(i * LEVEL_ROW, (i + 1) * LEVEL_ROW) as unknown as number[];
    return { level: level!, alerts: alerts!, meanExcess: meanExcess! };
  });
}
