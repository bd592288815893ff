import type { BudgetState, MinuteScore } from './budget.js';
import type { DecisionConstants } from './spec.js';

/** What a fixed threshold would have made of training. */
export interface BudgetLevel {
  /** The threshold. */
  readonly level: number;
  readonly alerts: number;
  /** Mean of what the highest scores of the alerts have above it; 0 where they have none. */
  readonly meanExcess: number;
}

/**
 * The threshold that declustered training exceeded N times a day. Where training was too short for `tail_alerts` of them, the
 * level that had so many and the mean excess above it say how far up that is (peaks over threshold; Davison and Smith 1990).
 * O(log levels).
 *
 * @param levels of training, ascending
 * @param days that it covers, > 0
 */
export function startFromLevels(
  levels: readonly BudgetLevel[],
  days: number,
  perDay: number,
  constants: DecisionConstants,
): BudgetState {
  if (levels.length === 0) return stateAt(0, 1);
  const wanted = perDay * days;
  const least = Math.max(wanted, constants.tail_alerts);
  // The lowest level that was exceeded by at most so many alerts; all alerts below it would be more.
  let low = 0;
  let high = levels.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (levels[middle]!.alerts <= least) high = middle;
    else low = middle + 1;
  }
  const { level, alerts, meanExcess } = levels[low]!;
  const spread = meanExcess > 0 ? meanExcess : 1;
  return stateAt(alerts > wanted ? level + spread * Math.log(alerts / wanted) : level, spread);
}

/**
 * Training under thresholds a step apart, from its lowest score to above its highest. O(n × levels).
 * @param training in the order of time
 */
export function budgetLevels(
  training: readonly MinuteScore[],
  step: number,
  constants: DecisionConstants,
): BudgetLevel[] {
  if (training.length === 0) return [];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { score } of training) [low, high] = [Math.min(low, score), Math.max(high, score)];
  const [from, to] = [Math.floor(low / step), Math.ceil(high / step)];
  return Array.from({ length: to - from + 1 }, (_, i) => levelAt(training, (from + i) * step, constants));
}

/** A threshold that scores −ln p exceed so often a day when nothing but their number is known. */
export function startFromRate(scoresADay: number, perDay: number): BudgetState {
  return stateAt(Math.max(0, Math.log(scoresADay / perDay)), 1);
}

function stateAt(threshold: number, spread: number): BudgetState {
  return { threshold, spread, hour: -1, alerts: 0, open: {}, late: 0 };
}

function levelAt(training: readonly MinuteScore[], level: number, constants: DecisionConstants): BudgetLevel {
  const peaks = declusteredPeaks(training, level, constants);
  const excess = peaks.reduce((sum, peak) => sum + (peak - level), 0);
  return { level, alerts: peaks.length, meanExcess: peaks.length > 0 ? excess / peaks.length : 0 };
}

/** The highest score of each alert that a fixed threshold would have made. */
function declusteredPeaks(training: readonly MinuteScore[], threshold: number, constants: DecisionConstants): number[] {
  const peaks: number[] = [];
  const open = new Map<string, { from: number; at: number }>();
  const newest = new Map<string, number>();
  for (const { subject, minute, score, host = subject, isWhole } of training) {
    if (score <= threshold) continue;
    if (isWhole && minute < (newest.get(host) ?? Number.NEGATIVE_INFINITY) + constants.decluster_minutes) continue;
    const known = open.get(subject);
    if (known !== undefined && minute < known.from + constants.decluster_minutes) {
      peaks[known.at] = Math.max(peaks[known.at]!, score);
    } else {
      open.set(subject, { from: minute, at: peaks.length });
      if (!isWhole) newest.set(host, minute);
      peaks.push(score);
    }
  }
  return peaks;
}
