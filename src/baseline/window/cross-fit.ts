import type { Roles } from '../roles.js';
import { blockOf } from './histogram.js';
import { teachingWindows, WindowHistograms } from './histograms.js';
import type { HostHour } from './host-hour.js';
import { MINUTES } from './hour-series.js';
import { judgeHour } from './judge.js';
import { Laws } from './laws.js';
import { ScoreBins, scoreBin, stretchName } from './score-bins.js';
import type { EntityScores } from './score-history.js';
import { crossFitRounds, type WindowModel } from './spec.js';

/**
 * Scores of each block of time by laws of all the others, as if it came later. The blocks are dealt out in rounds, so that each
 * has a share of every part of what was learned.
 */
export function crossFit(hours: readonly HostHour[], roles: Roles, model: WindowModel, zone: string): EntityScores[] {
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
