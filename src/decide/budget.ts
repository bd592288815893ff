import { QuinceError } from '../errors/quince-error.js';
import { decluster, isCovered, type OpenAlerts, type Outcome, stillOpen } from './decluster.js';
import type { DecisionConstants } from './spec.js';

/** A subject's minute, scored. */
export interface MinuteScore {
  readonly subject: string;
  /** Minutes since 1970. */
  readonly minute: number;
  readonly score: number;
  /** How the names of its host's subjects begin. */
  readonly host?: string;
  /** Of all that its host did: while a subject of it has an alert it has none. */
  readonly isWhole?: boolean;
}

/**
 * The budget as a fold over scored minutes in the order they come: a plain object that JSON keeps exactly, so that a run that
 * was stored in the middle goes on to the same bytes.
 */
export interface BudgetState {
  /** Scores above it are alerts. */
  readonly threshold: number;
  /** Mean excess of the training scores over the first threshold: the unit of the tracking rate. */
  readonly spread: number;
  /** The hour that is open, in hours since 1970; −1 before the first score. */
  readonly hour: number;
  /** Alerts of that hour. */
  readonly alerts: number;
  readonly open: OpenAlerts;
  /** Scores that came behind the open hour; judged, and counted in it. */
  readonly late: number;
}

export interface Decision {
  readonly state: BudgetState;
  /** `below` the threshold, else what becomes of it. */
  readonly outcome: Outcome | 'below';
}

/** What an alert adds to the threshold, in spreads, at so many alerts a day. */
export function trackingRate(perDay: number, constants: DecisionConstants): number {
  return constants.eta / (1 + constants.eta_fall * Math.max(0, perDay - 1));
}

/**
 * Takes a score in. When the hour changes, the threshold moves by η·(alerts − N/24) spreads: over any time the alerts differ
 * from the budget by the way of the threshold over η, as long as no hour has more than `hour_most`, however the scores are
 * distributed (the argument of Gibbs and Candès 2021, "Adaptive conformal inference under distribution shift", proposition
 * 4.1). Hours without any score do not count: nobody
 * watched, so a gap or a restart leaves the threshold where it was. Of an hour at most `hour_most` alerts count: else noise on
 * many hosts at once would lift the threshold for weeks, and hide what comes behind it. The open alerts of `state` are changed in place. O(open alerts) an hour, else O(1).
 * Feed every minute that was scored, also of low scores: what is not fed counts as not watched.
 */
export function stepBudget(
  state: BudgetState,
  { subject, minute, score, host, isWhole }: MinuteScore,
  perDay: number,
  constants: DecisionConstants,
): Decision {
  if (!Number.isFinite(score)) throw new QuinceError('INTERNAL', `the budget requires finite scores, got ${score}`);
  const now = Math.floor(minute / 60) > state.hour ? openHour(state, minute, perDay, constants) : state;
  const late = Math.floor(minute / 60) < now.hour ? now.late + 1 : now.late;
  const current = late === now.late ? now : { ...now, late };
  if (score <= current.threshold) return { state: current, outcome: 'below' };
  if (isWhole && host !== undefined && isCovered(current.open, host, minute, constants.decluster_minutes)) {
    return { state: current, outcome: 'known' };
  }
  const of = isWhole ? undefined : host;
  const outcome = decluster(current.open, subject, minute, score, constants.decluster_minutes, of);
  return { state: outcome === 'alert' ? { ...current, alerts: current.alerts + 1 } : current, outcome };
}

function openHour(state: BudgetState, minute: number, perDay: number, constants: DecisionConstants): BudgetState {
  const counted = Math.min(state.alerts, constants.hour_most);
  const step = trackingRate(perDay, constants) * state.spread * (counted - perDay / 24);
  return {
    ...state,
    threshold: state.hour < 0 ? state.threshold : state.threshold + step,
    hour: Math.floor(minute / 60),
    alerts: 0,
    open: stillOpen(state.open, minute, constants.decluster_minutes),
  };
}
