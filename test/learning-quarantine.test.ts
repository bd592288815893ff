import { describe, expect, it } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { Engine, frozen, linesOf, newBaseline } from './engine-world.js';
import { at, engine, fleet, oddEvent, quietDay, states, teach } from './learning-world.js';

const hosts = fleet(8);
const quiet = (from: number, to: number, of = hosts) =>
  Array.from({ length: to - from }, (_, d) => quietDay(from + d, of));
const lnPOf = (baseline: ReturnType<typeof teach>, event: ReturnType<typeof oddEvent>) =>
  engine.score([event], frozen(baseline)).fifteen.lnP[0]!;
const FINDING = Math.log(0.001);

describe('quarantine', { timeout: 120_000 }, () => {
  it('holds what is odd, does not learn it, and finds it odd again; without it the odd becomes usual', () => {
    const days = (d: number) => [...quietDay(d, hosts), oddEvent(d, 10, 'web-a')];
    const batches = [...quiet(0, 5), ...[5, 6, 7, 8, 9].map(days), ...quiet(10, 11)];
    const guarded = teach(batches);
    expect(states(guarded)).toEqual(['held score 5d 1h']);
    expect(lnPOf(guarded, oddEvent(11, 10, 'web-a'))).toBeLessThan(FINDING);
    const open = teach(batches, newBaseline(), false);
    expect(states(open)).toEqual([]);
    expect(lnPOf(open, oddEvent(11, 10, 'web-a'))).toBeGreaterThan(FINDING);
  });

  it('learns all of the first days, when there is nothing to judge by', () => {
    const batches = [0, 1, 2].map((d) => [...quietDay(d, hosts), oddEvent(d, 10, 'web-a')]);
    expect(states(teach(batches))).toEqual([]);
  });

  it('keeps what is held out of every cell but calibration and its own, and has its score calibrate', () => {
    const without = linesOf(teach(quiet(0, 6)).delta()).cells;
    const withOdd = linesOf(teach([...quiet(0, 5), [...quietDay(5, hosts), oddEvent(5, 10, 'web-a')]]).delta()).cells;
    // How often, how regularly and how odd is counted of all that happens.
    const { window, windowMinute, windowScore, windowHeld, windowHeldScore, rhythm, joint, jointScore } = KIND;
    const windows: number[] = [window, windowMinute, windowScore, windowHeld, windowHeldScore, joint, jointScore];
    const counted = [...windows, rhythm, KIND.minuteScore, KIND.minutePeak, KIND.calibrationRank];
    const kinds = withOdd
      .filter((line) => !without.includes(line))
      .map((line) => Number(line.split(' ')[0]))
      .filter((kind) => !counted.includes(kind));
    expect(kinds).toContain(KIND.calibration15);
    expect(kinds).toContain(KIND.held15);
    for (const kind of kinds) expect([KIND.calibration15, KIND.calibration5, KIND.held15, KIND.held5]).toContain(kind);
  });

  it('is one change on three hosts of eight within two days, released at once and for hosts that come later', () => {
    const { peer_hosts } = learningModel().constants;
    const odd = (d: number, n: number) => hosts.slice(0, n).map((host) => oddEvent(d, 10, host));
    const two = teach([...quiet(0, 5), [...quietDay(5, hosts), ...odd(5, peer_hosts - 1)]]);
    expect(states(two)).toEqual(['held score 1d 2h', 'held score 1d 2h']);
    const three = teach([...quiet(0, 5), [...quietDay(5, hosts), ...odd(5, peer_hosts)]]);
    expect(states(three)).toEqual(Array(3).fill('released peers 1d 3h'));
    const later = teach([...quiet(6, 12), [...quietDay(12, hosts), oddEvent(12, 10, 'web-h')]], three);
    expect(states(later).filter((s) => s.startsWith('held'))).toEqual([]);
  });

  it('does not take three hosts of a large role, or of another role, for the fleet', () => {
    const many = fleet(16);
    const odd = many.slice(0, 3).map((host) => oddEvent(5, 10, host));
    const large = teach([...quiet(0, 5, many), [...quietDay(5, many), ...odd]]);
    expect(states(large)).toEqual(Array(3).fill('held score 1d 3h'));
    const roles = hosts.slice(0, 3).map((host, i) => oddEvent(5, 10, host, { role: ['web', 'db', 'cache'][i]! }));
    const mixed = teach([...quiet(0, 5), [...quietDay(5, hosts), ...roles]]);
    expect(states(mixed)).toEqual(Array(3).fill('held score 1d 1h'));
  });

  it('does not take one host with many addresses for many hosts', () => {
    const odd = Array.from({ length: 6 }, (_, i) => oddEvent(5, 10, 'web-a', { saddr: `10.9.0.${i}` }));
    const baseline = teach([...quiet(0, 5), [...quietDay(5, hosts), ...odd]]);
    for (const state of states(baseline)) expect(state).toMatch(/^held score 1d 1h$/);
    expect(states(baseline)).toHaveLength(6);
  });

  it('releases on three days alone only what was never below the level of findings', () => {
    const held = { dims: 15, signature: { lo: 1, hi: 2 } };
    const release = (lnPs: readonly number[]) => {
      const baseline = teach(quiet(0, 2));
      const [v] = new Engine().vectors([oddEvent(0, 1, 'web-a')]);
      lnPs.forEach((lnP, i) => {
        baseline.holding.decisions.see({ ...held, v: v!, day: 100 + i, lnP });
      });
      return baseline.holding.decisions.find(15, held.signature)!;
    };
    expect(release([-5, -5])).toMatchObject({ state: 'held', days: 2 });
    expect(release([-5, -6, -5])).toMatchObject({ state: 'released', reason: 'days', lnP: -6 });
    expect(release([-5, -7, -5, -5, -5])).toMatchObject({ state: 'held', days: 5, lnP: -7 });
  });

  it('keeps what a person rejected out, whatever hosts show it', () => {
    const first = teach([...quiet(0, 5), [...quietDay(5, hosts), oddEvent(5, 10, 'web-a')]]);
    const { decisions } = first.holding;
    const [row] = decisions.all().filter(({ dims }) => dims === 15);
    expect(decisions.decide(15, row!.signature, 'rejected')).toBe(true);
    expect(decisions.decide(15, { lo: 0, hi: 9 }, 'accepted')).toBe(false);
    const all = teach([[...quietDay(6, hosts), ...hosts.map((host) => oddEvent(6, 10, host))]], first);
    expect(states(all).sort()).toEqual(['rejected person 2d 8h', ...Array(7).fill('released peers 1d 8h')]);
  });

  it('bounds what waits: the oldest goes, and is counted', () => {
    const baseline = teach([...quiet(0, 5), [...quietDay(5, hosts), oddEvent(5, 10, 'web-a')], ...quiet(6, 10)]);
    expect(baseline.delta().held.waiting).toEqual([]);
    expect(baseline.holding.dropped).toBeGreaterThan(0);
    expect(states(baseline)).toEqual(['held score 1d 1h']);
  });

  it('counts the first score of what is held and comes every day, and no other', () => {
    const daily = (d: number) => [...quietDay(d, hosts), oddEvent(d, 10, 'web-a')];
    const baseline = teach([...quiet(0, 5), ...[5, 6, 7, 8].map(daily)]);
    expect(states(baseline)).toEqual(['held score 4d 1h']);
    const units = (of: typeof baseline) => frozen(of).card.views.fifteen!.units;
    const added = units(baseline) - units(teach(quiet(0, 9)));
    expect(added).toBeGreaterThan(0.8);
    expect(added).toBeLessThanOrEqual(1);
  });

  it('does not let a flood of new arguments calibrate as so many samples', () => {
    const words = 'ba ke li mo nu ra se ti'.split(' ');
    const flood = (d: number) =>
      words.flatMap((a, i) =>
        words.map((b, j) => oddEvent(d, 10, 'web-a', { args: `x${a}${b}`, ts: at(d, 10), pid: 8 * i + j })),
      );
    const baseline = teach([...quiet(0, 5), [...quietDay(5, hosts), ...flood(5)], ...quiet(6, 7)]);
    expect(states(baseline)).toHaveLength(64);
    const calm = teach(quiet(0, 7));
    const units = (of: typeof baseline) => frozen(of).card.views.fifteen!.units;
    expect(units(baseline) - units(calm)).toBeLessThan(3);
  });
});
