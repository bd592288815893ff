import { readLevels } from '../baseline/minute/freeze-minutes.js';
import { baselineModel } from '../baseline/model.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { type BudgetState, stepBudget } from '../decide/budget.js';
import { decluster, isCovered, type OpenAlerts, type Outcome, stillOpen } from '../decide/decluster.js';
import { type ELondState, NO_TESTS, stepELond } from '../decide/e-lond.js';
import type { DecisionConstants } from '../decide/spec.js';
import { startFromLevels, startFromRate } from '../decide/start-budget.js';
import { eLondLevel } from '../stats/e-lond.js';
import { lnPOfEValue } from '../stats/p-to-e.js';
import type { Alert } from './alert.js';

export const DECIDERS = ['budget', 'e-lond'] as const;

export interface DeciderOptions {
  readonly decider: (typeof DECIDERS)[number];
  /** Alerts a day wanted; e-LOND takes none. */
  readonly perDay: number;
}

type Minute = Omit<Alert, 'alert' | 'thresholdLnP' | 'updates'>;

/** A subject's minute with its p, to be decided upon. */
export interface RankedMinute {
  readonly subject: string;
  readonly host: string;
  readonly isWhole: boolean;
  readonly minute: number;
  readonly lnP: number;
  readonly what: Minute;
}

/** Told of an alert, of what makes one worse, or of what is part of one, and of the ln p that it needed. */
type Tell = (outcome: Outcome, what: Minute, thresholdLnP: number) => void;

/** Plain, so that the store keeps it exactly. */
export type DeciderState = BudgetState | (ELondState & { readonly open: OpenAlerts });

/** A fold over minutes in the order of time. */
export interface Decider {
  /** ln p that an alert needs now. */
  readonly thresholdLnP: number;
  readonly state: DeciderState;
  take(minute: RankedMinute, tell: Tell): void;
  /** Decides what still waits. */
  finish(): void;
}

export function makeDecider(snapshot: Snapshot, { decider, perDay }: DeciderOptions): Decider {
  const { constants } = baselineModel().decision;
  if (decider === 'e-lond') return new ELondDecider(constants);
  return new BudgetDecider(startOf(snapshot, perDay), perDay, constants);
}

/** What a budget of N alerts a day starts from: what training exceeded so often, or where it had no history, how often a p does. */
export function startOf(snapshot: Snapshot, perDay: number): BudgetState {
  const { constants } = baselineModel().decision;
  const { days, minutesADay } = snapshot.card.minutes;
  const levels = readLevels(snapshot);
  if (levels.length > 0) return startFromLevels(levels, days, perDay, constants);
  return startFromRate(Math.max(perDay, minutesADay), perDay);
}

class BudgetDecider implements Decider {
  constructor(
    private current: BudgetState,
    private readonly perDay: number,
    private readonly constants: DecisionConstants,
  ) {}

  get thresholdLnP(): number {
    return -this.current.threshold;
  }

  get state(): BudgetState {
    return this.current;
  }

  take({ what, lnP, ...minute }: RankedMinute, tell: Tell): void {
    const { state, outcome } = stepBudget(this.current, { ...minute, score: -lnP }, this.perDay, this.constants);
    this.current = state;
    if (outcome !== 'below') tell(outcome, what, -state.threshold);
  }

  finish(): void {}
}

/** e-LOND over subject-hours: each by its smallest p times its minutes, which is valid however they depend on each other. */
class ELondDecider implements Decider {
  private tests: ELondState = NO_TESTS;
  private open: OpenAlerts = {};
  private hour = Number.NEGATIVE_INFINITY;
  private readonly waiting = new Map<string, { best: RankedMinute; minutes: number; tell: Tell }>();

  constructor(private readonly constants: DecisionConstants) {}

  get thresholdLnP(): number {
    return lnPOfEValue(eLondLevel(this.tests.tests + 1, this.tests.rejections, this.constants.alpha));
  }

  get state(): DeciderState {
    return { ...this.tests, open: this.open };
  }

  take(minute: RankedMinute, tell: Tell): void {
    const hour = Math.floor(minute.minute / 60);
    if (hour > this.hour) {
      this.finish();
      this.hour = hour;
    }
    const known = this.waiting.get(minute.subject);
    const best = known === undefined || minute.lnP < known.best.lnP ? minute : known.best;
    this.waiting.set(minute.subject, { best, minutes: (known?.minutes ?? 0) + 1, tell });
  }

  finish(): void {
    const apart = this.constants.decluster_minutes;
    this.open = stillOpen(this.open, 60 * this.hour, apart);
    // Subjects before their hosts, as of each minute.
    const waiting = [...this.waiting.values()].sort(
      ({ best: a }, { best: b }) => Number(a.isWhole) - Number(b.isWhole) || a.minute - b.minute,
    );
    for (const { best, minutes, tell } of waiting) {
      const lnP = Math.min(0, best.lnP + Math.log(minutes));
      const { state, alert, level } = stepELond(this.tests, this.hour, lnP, this.constants);
      this.tests = state;
      if (!alert || (best.isWhole && isCovered(this.open, best.host, best.minute, apart))) continue;
      const of = best.isWhole ? undefined : best.host;
      const outcome = decluster(this.open, best.subject, best.minute, -lnP, apart, of);
      tell(outcome, best.what, lnPOfEValue(level) - Math.log(minutes));
    }
    this.waiting.clear();
  }
}
