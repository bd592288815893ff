import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../dist/baseline/snapshot.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { Surprisal } from '../dist/score/surprisal.js';
import { Engine, type Event, frozen, HOUR_US, MODEL, MONDAY, newBaseline, procOf } from './engine-world.js';

const engine = new Engine();
const { by: columns } = MODEL.views.fifteen;
const DAY_US = 24n * HOUR_US;

function snapshotOf(events: readonly Event[]): Snapshot {
  const baseline = newBaseline();
  engine.teach(baseline, [events], false);
  return frozen(baseline);
}

function partsOf(event: Event, snapshot: Snapshot): Record<string, number> {
  const { by } = engine.score([event], snapshot).fifteen;
  return Object.fromEntries(columns.map((name, i) => [name, by[i]!]));
}

const usual = (i: number): Event => ({
  host: 'h',
  role: 'web',
  proc: procOf(0, i),
  ts: MONDAY + BigInt(i) * HOUR_US,
  syscall: 'exec',
  exe: '/bin/a',
  parent_exe: '/sbin/init',
  user: 'root',
  group: 'root',
  args: 'a -x',
});
const days = (n: number, i = 0): Event[] => Array.from({ length: n }, (_, k) => usual(i + k));
const without = (event: Event, ...names: (keyof Event)[]): Event =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !names.includes(name as keyof Event)));

describe('what is not known', () => {
  it('adds no bits where too little was learned to expect a value', () => {
    expect(partsOf(without(usual(0), 'user'), snapshotOf(days(19))).user).toBe(0);
  });

  it('is a yes or no of its own where 20 presences all had a value', () => {
    const parts = partsOf(without(usual(0), 'user'), snapshotOf(days(20)));
    expect(parts.user).toBeCloseTo(-Math.log2(0.5 / 21), 9);
    expect(parts.args).toBeLessThan(0.5);
  });

  it('adds no bits where a null has occurred, also once and in another context of the same rung', () => {
    const learned = [...days(40), without(usual(41), 'user')];
    expect(partsOf(without(usual(0), 'user'), snapshotOf(learned)).user).toBe(0);
  });

  it('skips rungs whose key is not known, and counts as another group of calibration', () => {
    const snapshot = snapshotOf(days(30));
    const parts = partsOf(without(usual(0), 'exe'), snapshot);
    expect(parts.exe).toBeCloseTo(-Math.log2(0.5 / 31), 9);
    expect(Object.values(parts).every(Number.isFinite)).toBe(true);
  });

  it('scores a host, role and program that nobody has seen by the coarser rungs, finite and ordered', () => {
    const snapshot = snapshotOf(days(40));
    const bits = (event: Event) => engine.score([event], snapshot).fifteen.bits[0]!;
    const known = bits(usual(0));
    const newHost = bits({ ...usual(0), host: 'fresh' });
    const newHostAndRole = bits({ ...usual(0), host: 'fresh', role: 'other' });
    const newProgram = bits({ ...usual(0), exe: '/tmp/x', args: 'x' });
    const allNew = bits({
      ...usual(0),
      host: 'fresh',
      role: 'other',
      exe: '/tmp/x',
      user: 'eve',
      args: 'x',
      syscall: 'ptrace',
    });
    for (const b of [known, newHost, newHostAndRole, newProgram, allNew]) expect(Number.isFinite(b)).toBe(true);
    expect(known).toBeLessThan(newHost);
    expect(newHost).toBeLessThanOrEqual(newHostAndRole);
    expect(newHostAndRole).toBeLessThan(newProgram);
    expect(newProgram).toBeLessThan(allNew);
  });

  it('scores a row without any dimension, and marks rows about the recording as not scored', () => {
    const snapshot = snapshotOf(days(40));
    const scores = engine.score([{ pid: 1 }, { host: 'h', syscall: 'lost', count: 3n }], snapshot).fifteen;
    expect(Number.isFinite(scores.bits[0]!)).toBe(true);
    expect([...scores.flags].map((f) => f & 4)).toEqual([0, 4]);
    expect([scores.bits[1], scores.lnP[1], scores.group[1]]).toEqual([0, 0, -1]);
  });
});

describe('the hour of the week', () => {
  const working = (dayCount: number): Event[] =>
    Array.from({ length: dayCount }, (_, d) => d).flatMap((d) =>
      [9, 10, 11, 12].map((hour, k) => ({
        ...usual(10 * d + k),
        ts: MONDAY + BigInt(d) * DAY_US + BigInt(hour) * HOUR_US,
      })),
    );
  const at = (day: number, hour: number): Event => ({
    ...usual(3),
    ts: MONDAY + BigInt(day) * DAY_US + BigInt(hour) * HOUR_US,
  });

  const trained = (events: readonly Event[]): Snapshot => {
    const baseline = newBaseline();
    const trainer = new Trainer(baseline);
    trainer.take(engine.learn(events), (code) => engine.table.value(code));
    return frozen(baseline);
  };
  const hourBits = (event: Event, snapshot: Snapshot): number => {
    const by = new Float64Array(columns.length);
    new Surprisal(MODEL.views.fifteen, MODEL.constants, snapshot, true).bits(engine.vectors([event])[0]!, by, 0);
    return by[columns.indexOf('ts')]!;
  };

  it('is silent before a context spans 14 days', () => {
    const snapshot = trained(working(13));
    expect(hourBits(at(14, 3), snapshot)).toBe(0);
    expect(hourBits(at(14, 10), snapshot)).toBe(0);
  });

  it('speaks from the 14th day on: a usual hour is cheap, one beside it dearer, the night dear', () => {
    const snapshot = trained(working(14));
    const [usualHour, beside, night] = [10, 13, 3].map((hour) => hourBits(at(14, hour), snapshot));
    expect(usualHour).toBeGreaterThan(0);
    expect(usualHour).toBeLessThan(beside!);
    expect(beside).toBeLessThan(night!);
  });

  it('says nothing of a program that is new, whose context is young', () => {
    const snapshot = trained([...working(14), { ...at(13, 9), exe: '/bin/new' }]);
    expect(hourBits({ ...at(14, 3), exe: '/bin/new' }, snapshot)).toBe(0);
  });

  it('stays out of scores until enough units were calibrated with it, and where units are left out', () => {
    const snapshot = trained(working(16));
    expect(snapshot.card.hourCalibrated).toBe(false);
    expect(partsOf(at(17, 3), snapshot).ts).toBe(0);
    const apart = trained([...working(1), ...working(15).slice(-4)]);
    expect(apart.card.calibration).toBe('leave-out');
    expect(hourBits(at(15, 3), apart)).toBe(0);
    const letters = (i: number) => `${'abcdefghijklmno'[i % 15]}${'pqrstuvwxyzabcd'[Math.floor(i / 15)]}`;
    const many = working(20)
      .filter((_, i) => i % 4 === 0)
      .flatMap((e) => Array.from({ length: 220 }, (_, i) => ({ ...e, path: `/srv/x/${letters(i)}` })));
    const calibrated = trained(many);
    expect(calibrated.card.hourCalibrated).toBe(true);
    expect(partsOf(at(21, 3), calibrated).ts).toBeGreaterThan(1);
  });
});
