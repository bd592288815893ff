import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulateScores, TRAIN_DAYS } from '../bench/simulated-scores.mjs';
import { type BudgetState, type MinuteScore, stepBudget, trackingRate } from '../dist/decide/budget.js';
import { decluster, type OpenAlerts, stillOpen } from '../dist/decide/decluster.js';
import { decisionModel } from '../dist/decide/spec.js';
import { budgetLevels, startFromLevels } from '../dist/decide/start-budget.js';

const { constants } = decisionModel();
const HOUR0 = 483_000;
const at = (minute: number, score: number, subject = 'a'): MinuteScore => ({
  subject,
  minute: 60 * HOUR0 + minute,
  score,
});
const FRESH: BudgetState = { threshold: 5, spread: 2, hour: -1, alerts: 0, open: {}, late: 0 };

function run(state: BudgetState, scores: readonly MinuteScore[], perDay = 1) {
  const outcomes: string[] = [];
  for (const s of scores) {
    const step = stepBudget(state, s, perDay, constants);
    state = step.state;
    outcomes.push(step.outcome);
  }
  return { state, outcomes };
}

describe('decluster', () => {
  it('makes one alert a subject and 60 minutes, which what is worse updates', () => {
    const scores = [at(0, 6), at(1, 6), at(5, 7), at(6, 6.5), at(6, 9, 'b'), at(59, 8), at(60, 12)];
    expect(run(FRESH, scores).outcomes).toEqual(['alert', 'known', 'update', 'known', 'alert', 'update', 'alert']);
  });

  it('takes hostile subjects for names', () => {
    const subjects = ['__proto__', 'constructor', 'toString', '7', ''];
    let open: OpenAlerts = {};
    for (const s of subjects) {
      expect(decluster(open, s, 10, 1, 60)).toBe('alert');
      open = JSON.parse(JSON.stringify(open));
      expect(decluster(open, s, 69, 2, 60)).toBe('update');
    }
    expect(Object.keys(stillOpen(open, 69, 60)).sort()).toEqual([...subjects].sort());
    expect(stillOpen(open, 70, 60)).toEqual({});
  });

  it('never alerts twice within an hour on one subject', () => {
    const score = fc.tuple(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 9 }),
      fc.constantFrom('a', 'b'),
    );
    fc.assert(
      fc.property(fc.array(score, { maxLength: 80 }), (list) => {
        const scores = list.map(([m, s, who]) => at(m, s, who)).sort((x, y) => x.minute - y.minute);
        const { outcomes } = run(FRESH, scores);
        for (const who of ['a', 'b']) {
          const alerts = scores.filter((s, i) => s.subject === who && outcomes[i] === 'alert').map((s) => s.minute);
          for (let i = 1; i < alerts.length; i++) expect(alerts[i]! - alerts[i - 1]!).toBeGreaterThanOrEqual(60);
        }
      }),
    );
  });
});

describe('stepBudget', () => {
  const rate = trackingRate(1, constants) * FRESH.spread;

  it('moves by η·(alerts − N/24) spreads at the end of an hour', () => {
    const { state } = run(FRESH, [at(0, 6), at(10, 9, 'b'), at(60, 1)]);
    expect(state.threshold).toBeCloseTo(5 + rate * (2 - 1 / 24), 12);
    expect(run(state, [at(120, 1)]).state.threshold).toBeCloseTo(5 + rate * (2 - 2 / 24), 12);
  });

  it('is not blinded by noise: twenty hosts that alert at once count as five', () => {
    const noise = Array.from({ length: 20 }, (_, i) => at(i, 50, `noise${i}`));
    const { state } = run(FRESH, [...noise, at(60, 1)]);
    expect(state.threshold).toBeCloseTo(5 + rate * (5 - 1 / 24), 12);
  });

  it('counts no hour that nobody watched: a gap of days moves the threshold by its one open hour', () => {
    const gap = run(FRESH, [at(0, 1), at(60 * 24 * 9, 1)]).state;
    expect(gap.threshold).toBeCloseTo(5 - rate / 24, 12);
  });

  it('judges late scores, counts them, and does not go back', () => {
    const { state, outcomes } = run(FRESH, [at(120, 1), at(10, 9), at(130, 1)]);
    expect(outcomes).toEqual(['below', 'alert', 'below']);
    expect(state).toMatchObject({ hour: HOUR0 + 2, late: 1, alerts: 1 });
  });

  it('tells an empty hour from an hour of a score at the threshold', () => {
    expect(run(FRESH, [at(0, 5)]).outcomes).toEqual(['below']);
    expect(run(FRESH, [at(0, 5.000001)]).outcomes).toEqual(['alert']);
  });

  it('spends the budget exactly but for the way of its threshold: Σ(alerts − N/24) = (q_T − q_0)/η', () => {
    const minutes = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.double({ min: 0, max: 30, noNaN: true })),
      {
        minLength: 1,
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(minutes, fc.integer({ min: 1, max: 10 }), (list, perDay) => {
        const scores = list.map(([m, s]) => at(m, s, `host${m % 7}`)).sort((a, b) => a.minute - b.minute);
        const { state, outcomes } = run(FRESH, scores, perDay);
        const byHour = new Map<number, number>();
        scores.forEach((s, i) => {
          const hour = Math.floor(s.minute / 60);
          byHour.set(hour, (byHour.get(hour) ?? 0) + (outcomes[i] === 'alert' ? 1 : 0));
        });
        byHour.delete(state.hour);
        let spent = 0;
        for (const alerts of byHour.values()) spent += Math.min(alerts, constants.hour_most) - perDay / 24;
        const way = (state.threshold - FRESH.threshold) / (trackingRate(perDay, constants) * FRESH.spread);
        expect(spent).toBeCloseTo(way, 6);
      }),
    );
  });

  it('replays to the same bytes, also stored and restored at any point', () => {
    const score = fc.record({
      subject: fc.constantFrom('web1 /usr/bin/node app', '__proto__', '42', 'b'),
      minute: fc.integer({ min: 60 * HOUR0, max: 60 * HOUR0 + 9000 }),
      score: fc.double({ min: 0, max: 30, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(score, { minLength: 2, maxLength: 60 }), fc.nat(), (scores, cut) => {
        const whole = run(FRESH, scores);
        const half = cut % scores.length;
        const first = run(FRESH, scores.slice(0, half));
        const second = run(JSON.parse(JSON.stringify(first.state)), scores.slice(half));
        expect([...first.outcomes, ...second.outcomes]).toEqual(whole.outcomes);
        expect(JSON.stringify(second.state)).toBe(JSON.stringify(whole.state));
      }),
    );
  });

  it('refuses a score that is no number, which would pass every threshold', () => {
    for (const score of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => run(FRESH, [at(0, score)])).toThrow('finite scores');
  });

  it('changes no state it is given', () => {
    const frozen = Object.freeze({ ...FRESH, open: Object.freeze({}) });
    expect(() => run(frozen, [at(0, 9), at(5, 10), at(70, 11)])).not.toThrow();
  });
});

describe('the start of the budget', () => {
  const startOf = (training: readonly MinuteScore[], days: number, perDay: number) =>
    startFromLevels(budgetLevels(training, constants.level_step, constants), days, perDay, constants);
  const exponential = (n: number) =>
    Array.from({ length: n }, (_, i) => ({
      subject: `s${i}`,
      minute: i,
      score: -Math.log(((i * 7919) % n) / n + 0.5 / n),
    }));

  it('is the level exceeded N times a day: of 1,000 exponential scores in 10 days at N = 10 the step above ln 10', () => {
    const { threshold, spread } = startOf(exponential(1000), 10, 10);
    expect(threshold).toBe(constants.level_step * Math.ceil(Math.log(10) / constants.level_step));
    expect(spread).toBeCloseTo(1, 1);
  });

  it('goes beyond short training by its mean excess: 1 alert in 100 days after one day of 1,000', () => {
    expect(startOf(exponential(1000), 1, 0.01).threshold).toBeCloseTo(Math.log(100_000), 0);
  });

  it('counts clusters, not minutes', () => {
    const repeated = exponential(200).flatMap((s) =>
      Array.from({ length: 20 }, (_, i) => ({ ...s, minute: 100 * s.minute + i })),
    );
    const single = exponential(200).map((s) => ({ ...s, minute: 100 * s.minute }));
    expect(startOf(repeated, 5, 10)).toEqual(startOf(single, 5, 10));
  });

  it('is defined without training and where all scores tie', () => {
    expect(startOf([], 1, 1)).toMatchObject({ threshold: 0, spread: 1 });
    const tied = Array.from({ length: 300 }, (_, i) => at(i, 3, `s${i}`));
    expect(startOf(tied, 1, 1)).toMatchObject({ threshold: 3, spread: 1 });
  });

  it('would have made about N alerts a day of its own training', () => {
    const { training } = simulateScores(77);
    for (const perDay of [5, 10]) {
      const start = startOf(training, TRAIN_DAYS, perDay);
      const still = { ...constants, eta: 1e-12 };
      let state: BudgetState = start;
      let alerts = 0;
      for (const s of training) {
        const step = stepBudget(state, s, perDay, still);
        state = step.state;
        if (step.outcome === 'alert') alerts++;
      }
      expect(alerts / TRAIN_DAYS / perDay).toBeGreaterThan(0.95);
      expect(alerts / TRAIN_DAYS / perDay).toBeLessThan(1.05);
    }
  });
});
