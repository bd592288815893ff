import { describe, expect, it } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { Engine, type Event, frozen, HOUR_US, linesOf, MONDAY, newBaseline, procOf, stored } from './engine-world.js';

const engine = new Engine();
const DAY_US = 24n * HOUR_US;

function event(day: number, hour: number, i: number, extra: Event = {}): Event {
  const ts = MONDAY + BigInt(day) * DAY_US + BigInt(hour) * HOUR_US;
  return { host: 'h', proc: procOf(day, i), ts, syscall: 'exec', exe: `/bin/${'abcd'[i % 4]}`, user: 'root', ...extra };
}

const week = (days: number): Event[] =>
  Array.from({ length: days }, (_, d) => d).flatMap((d) =>
    [0, 6, 12, 23].flatMap((h) => [0, 1, 2, 3].map((i) => event(d, h, i))),
  );

function trained(batches: readonly (readonly Event[])[], baseline = newBaseline()) {
  const trainer = new Trainer(baseline);
  for (const events of batches) trainer.take(engine.learn(events), (code) => engine.table.value(code));
  return { baseline, unusable: trainer.unusable };
}

const calibrated = (lines: readonly string[]) =>
  lines.filter((l) => l.startsWith(`${KIND.calibration15} `) || l.startsWith(`${KIND.calibration5} `));
const units = (lines: readonly string[]) => calibrated(lines).reduce((sum, l) => sum + Number(l.split(' ')[4]), 0);

describe('Trainer', { timeout: 60_000 }, () => {
  it('scores each unit of the second day on once, before it is learned', () => {
    const { baseline } = trained([week(1), week(2).slice(16), week(3).slice(32)]);
    expect(units(linesOf(baseline.delta()).cells)).toBe(2 * 4);
    expect(frozen(baseline).card.calibration).toBe('prequential');
  });

  it('does the same wherever batches end, also when one batch holds several days', () => {
    const events = week(5);
    const one = linesOf(trained([events]).baseline.delta());
    for (const size of [1, 7, 16, 23, 50]) {
      const batches = Array.from({ length: Math.ceil(events.length / size) }, (_, i) =>
        events.slice(i * size, (i + 1) * size),
      );
      const parts = linesOf(trained(batches).baseline.delta());
      expect(calibrated(parts.cells)).toEqual(calibrated(one.cells));
    }
    expect(units(one.cells)).toBe(4 * 4);
  });

  it('does not score a unit again in a later run of the same day', () => {
    const first = trained([week(2)]).baseline;
    const state = stored(first.delta());
    const again = trained([[event(1, 23, 0), event(1, 23, 1)], [event(2, 0, 0)]], newBaseline(state)).baseline;
    expect(units(linesOf(again.delta()).cells)).toBe(1);
    const closedState = stored(trained([week(3)]).baseline.delta());
    const late = newBaseline(closedState);
    const hour = Number(MONDAY / DAY_US);
    const partial = engine.learn([event(2, 0, 0)]).fifteen;
    expect(late.units.has(15, { lo: partial.signatures[0]!, hi: partial.signatures[1]! }, hour + 2)).toBe(true);
    expect(late.units.has(15, { lo: partial.signatures[0]!, hi: partial.signatures[1]! }, hour + 3)).toBe(false);
    const open = engine.learn([event(1, 23, 0)]).fifteen;
    const sameDay = newBaseline({ ...state, cells: [] });
    expect(state.open.length).toBeGreaterThan(0);
    expect(sameDay.units.has(15, { lo: open.signatures[0]!, hi: open.signatures[1]! }, hour + 1)).toBe(true);
  });

  it('counts rows that it cannot use once, whatever days a batch holds', () => {
    expect(trained([[...week(3), { host: 'h', exe: '/bin/a' }]]).unusable).toBe(1);
  });

  it('scores units with their hour of the week, as rows are scored later', () => {
    const office = Array.from({ length: 16 }, (_, d) => d).flatMap((d) => [9, 10, 11].map((h, i) => event(d, h, i)));
    const bins = (odd: Event) => {
      const lines = linesOf(trained([office, [odd]]).baseline.delta()).cells.filter((l) =>
        l.startsWith(`${KIND.calibration15} `),
      );
      return new Map(lines.map((l) => [l.split(' ').slice(1, 4).join(' '), l]));
    };
    const [noon, night] = [bins(event(16, 10, 0)), bins(event(16, 3, 0))];
    const top = (m: Map<string, string>, other: Map<string, string>) =>
      [...m.keys()].filter((k) => !other.has(k)).map((k) => Number.parseInt(k.split(' ')[2]!, 16));
    expect(top(night, noon)[0]! - top(noon, night)[0]!).toBeGreaterThan(8);
  });

  it('learns an older file after a newer one, and hosts whose clocks differ by hours', () => {
    const batches = [week(1).map((e) => ({ ...e, ts: (e.ts as bigint) + 3n * DAY_US })), week(1), week(1)];
    const { baseline } = trained(batches);
    baseline.advance();
    expect(baseline.late).toBe(0);
    const skewed = Array.from({ length: 6 }, (_, h) => [event(0, h + 3, h, { host: 'ahead' }), event(0, h, h)]);
    const two = trained(skewed).baseline;
    two.advance();
    expect(two.late).toBe(0);
  });

  it('counts rows from the future and learns nothing of them', () => {
    const baseline = newBaseline();
    const end = MONDAY + 2n * DAY_US;
    const result = engine.learn([event(0, 1, 1), event(200, 1, 1)], end);
    new Trainer(baseline).take(result, (code) => engine.table.value(code));
    expect(baseline.learners.fifteen.future).toBe(1);
    expect(frozen(baseline).card.asOf).toBe(Number(MONDAY / DAY_US));
  });

  it('takes the role of the newest day, whatever order the days come in', () => {
    const days = [0, 1, 2].map((d) => [event(d, 1, d, { role: ['web', 'db', 'cache'][d]! })]);
    const roles = (order: number[]) =>
      frozen(trained(order.map((d) => days[d]!)).baseline)
        .array('role.values', 'u32')
        .join();
    expect(roles([2, 1, 0])).toBe(roles([0, 1, 2]));
    expect(roles([0, 2])).toBe(roles([0, 1, 2]));
    expect(roles([0, 1])).not.toBe(roles([0, 1, 2]));
  });
});
