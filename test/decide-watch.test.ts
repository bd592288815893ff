import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chance } from '../bench/chance.mjs';
import { FRESH_WATCH, stepWatch, trust, type WatchState } from '../dist/decide/calibration-watch.js';
import { type ELondState, NO_TESTS, stepELond } from '../dist/decide/e-lond.js';
import { decisionModel, parseDecisionModel } from '../dist/decide/spec.js';

const { constants } = decisionModel();

function watch(ps: readonly number[], state: WatchState = FRESH_WATCH) {
  const refits: number[] = [];
  ps.forEach((p, i) => {
    const step = stepWatch(state, p, constants);
    state = step.state;
    if (step.refit) refits.push(i);
  });
  return { state, refits };
}

const uniform = (seed: number, n: number) => {
  const chance = new Chance(seed);
  return Array.from({ length: n }, () => chance.uniform());
};

describe('stepWatch', () => {
  it('says broken where p is too small, too large, or wrong by turns', () => {
    const ps = uniform(3, 2000);
    expect(watch(ps.map((p) => p ** 1.6)).refits.length).toBeGreaterThan(0);
    expect(watch(ps.map((p) => p ** 0.6)).refits.length).toBeGreaterThan(0);
    const turns = ps.map((p, i) => (Math.floor(i / 500) % 2 === 0 ? p ** 2 : p ** 0.5));
    expect(watch(turns).refits.length).toBeGreaterThan(1);
  });

  it('refuses what is no p', () => {
    for (const p of [Number.NaN, -0.1, 1.1]) {
      expect(() => stepWatch(FRESH_WATCH, p, constants)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
    expect(() => stepELond(NO_TESTS, 0, Number.NaN, constants)).toThrow('at most 0, got NaN');
  });

  it('says so of at most 1 honest group in 100', () => {
    let broken = 0;
    for (let seed = 1; seed <= 300; seed++) broken += watch(uniform(seed, 2000)).refits.length > 0 ? 1 : 0;
    // Binomial(300, 0.01): above 9 with probability 0.001.
    expect(broken).toBeLessThanOrEqual(9);
  });

  it('begins anew, and trusts again after a thousand units', () => {
    const { state } = watch(new Array(300).fill(0.01));
    expect(state.broken).toBeGreaterThan(0);
    const fresh = stepWatch({ jumper: { lnCapital: 4.7, shares: [1, 0, 0] }, broken: 0, since: 50 }, 0, constants);
    expect(fresh).toEqual({ state: { jumper: FRESH_WATCH.jumper, broken: 1, since: 0 }, refit: true, tooSmall: true });
    expect(trust(FRESH_WATCH, constants)).toBe(1);
    expect(trust(fresh.state, constants)).toBe(constants.broken_trust);
    expect(trust({ ...fresh.state, since: constants.trust_after - 1 }, constants)).toBe(constants.broken_trust);
    expect(trust({ ...fresh.state, since: constants.trust_after }, constants)).toBe(1);
  });

  it('replays to the same bytes from a stored state', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { minLength: 2, maxLength: 200 }), fc.nat(), (ps, cut) => {
        const half = cut % ps.length;
        const stored = JSON.parse(JSON.stringify(watch(ps.slice(0, half)).state));
        expect(JSON.stringify(watch(ps.slice(half), stored).state)).toBe(JSON.stringify(watch(ps).state));
      }),
    );
  });
});

describe('stepELond', () => {
  const run = (lnPs: readonly [hour: number, lnP: number][], state: ELondState = NO_TESTS) => {
    const alerts: number[] = [];
    lnPs.forEach(([hour, lnP], i) => {
      const step = stepELond(state, hour, lnP, constants);
      state = step.state;
      if (step.alert) alerts.push(i);
    });
    return { state, alerts };
  };

  it('tests harder as a day goes on, easier after each alert, and anew each day', () => {
    // ln e of −10 is 5.39; the first level is ln 105.8 = 4.66, the second 5.42, after one alert 4.73.
    expect(run([[0, -10]]).alerts).toEqual([0]);
    expect(
      run([
        [0, 0],
        [0, -10],
      ]).alerts,
    ).toEqual([]);
    expect(
      run([
        [0, -10],
        [0, -10],
      ]).alerts,
    ).toEqual([0, 1]);
    expect(
      run([
        [0, 0],
        [23, 0],
        [24, -10],
      ]).alerts,
    ).toEqual([2]);
    expect(
      run([
        [24, 0],
        [23, -10],
      ]).state,
    ).toEqual({ day: 1, tests: 2, rejections: 0 });
  });

  it('keeps the false discovery rate of days whose hours all share one luck', () => {
    let fdp = 0;
    const days = 20_000;
    for (let day = 0; day < days; day++) {
      const shared = Math.log((day + 0.5) / days);
      // No hour is an attack, so a day with any alert has a false discovery proportion of 1.
      const { alerts } = run(Array.from({ length: 24 }, (_, i) => [24 * day + i, shared]));
      if (alerts.length > 0) fdp++;
    }
    expect(fdp / days).toBeLessThanOrEqual(constants.alpha);
    expect(fdp).toBeGreaterThan(0);
  });

  it('replays to the same bytes from a stored state', () => {
    const test = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.double({ min: -40, max: 0, noNaN: true }));
    fc.assert(
      fc.property(fc.array(test, { minLength: 2, maxLength: 99 }), fc.nat(), (tests, cut) => {
        const half = cut % tests.length;
        const stored = JSON.parse(JSON.stringify(run(tests.slice(0, half)).state));
        expect(run(tests.slice(half), stored).state).toEqual(run(tests).state);
      }),
    );
  });
});

describe('models/decision.yaml', () => {
  it('refuses what it cannot mean', () => {
    expect(() => parseDecisionModel('version: 1\nconstants: {}')).toThrow(
      expect.objectContaining({ code: 'BAD_MODEL' }),
    );
    expect(decisionModel().hash).toMatch(/^[0-9a-f]{16}$/);
    expect(constants).toMatchObject({ p_cap: 0.99, decluster_minutes: 60, broken_at: 100, jump: 0.01 });
  });
});
