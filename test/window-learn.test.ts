import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellTable } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { closeWindows } from '../dist/baseline/window/close-windows.js';
import { entityKey } from '../dist/baseline/window/entities.js';
import type { HostHour } from '../dist/baseline/window/host-hour.js';
import { LOST } from '../dist/baseline/window/learn.js';
import { readHours } from '../dist/baseline/window/read-hours.js';
import { SmallestValues } from '../dist/baseline/window/smallest.js';
import { WindowFold } from '../dist/baseline/window/window-fold.js';
import { Engine, type Event, HOUR_US, MODEL, MONDAY, newBaseline } from './engine-world.js';

const { windows } = MODEL;
const MINUTE_US = HOUR_US / 60n;
const at = (minute: number, second = 0): bigint => MONDAY + BigInt(minute) * MINUTE_US + BigInt(second) * 1_000_000n;

function hoursOf(events: readonly Event[]): HostHour[] {
  const engine = new Engine();
  const hours: HostHour[] = [];
  const fold = new WindowFold(
    windows,
    () => false,
    (hour) => hours.push(hour),
  );
  fold.merge(engine.learn(events).windows);
  fold.closeThrough(Number.POSITIVE_INFINITY);
  return hours;
}

/** By feature and minute what an entity's minutes added to the windows of a size. */
function added(hour: HostHour, which: number, size = 0): Record<string, Record<number, number>> {
  return Object.fromEntries(
    hour.entities[which]!.series.map(({ feature, added: by }) => [
      windows.features[feature]!.name,
      Object.fromEntries([...by[size]!].flatMap((n, m) => (n > 0 ? [[m, n]] : []))),
    ]),
  );
}

const base: Event = { host: 'h', exe: '/bin/a', user: 'u', proc: 1n };

describe('windows of a batch', () => {
  it('count what each feature says, minute by minute', () => {
    const events: Event[] = [
      { ...base, ts: at(0), syscall: 'connect', daddr: '10.0.0.1', dport: 80, ret: 0 },
      { ...base, ts: at(0, 9), syscall: 'connect', daddr: '10.0.0.1', dport: 81, ret: -111 },
      { ...base, ts: at(1), syscall: 'connect', daddr: '10.0.0.2', dport: 80, ret: -110 },
      { ...base, ts: at(1, 59), syscall: 'close', daddr: '10.0.0.2', dport: 80, bytes_out: 700, bytes_in: 5 },
      { ...base, ts: at(12), syscall: 'open', path: '/etc/shadow', flags: 'O_RDONLY' },
      { ...base, ts: at(12), syscall: 'open', path: '/tmp/x', flags: 'O_WRONLY|O_CREAT' },
      { ...base, ts: at(12), syscall: 'open', path: '/tmp/y', flags: 'O_RDWR' },
      { ...base, ts: at(13), syscall: 'rename', path: '/tmp/x' },
    ];
    const [hour] = hoursOf(events);
    expect(added(hour!, 1)).toEqual({
      events: { 0: 2, 1: 2, 12: 3, 13: 1 },
      connections: { 0: 2, 1: 1 },
      destinations: { 0: 1, 1: 1 },
      endpoints: { 0: 2, 1: 1 },
      ports: { 0: 2, 1: 1 },
      failures: { 0: 1, 1: 1 },
      bytes_out: { 1: 700 },
      bytes_in: { 1: 5 },
      reads: { 12: 2 },
      writes: { 12: 2 },
      changes: { 13: 1 },
    });
    // Of the hour's windows the second minute adds what it had not seen.
    const { destinations, ports, endpoints } = added(hour!, 1, 2);
    expect({ destinations, ports, endpoints }).toEqual({
      destinations: { 0: 1, 1: 1 },
      ports: { 0: 2 },
      endpoints: { 0: 2, 1: 1 },
    });
    expect(added(hour!, 0)).toEqual(added(hour!, 1));
  });

  it('counts what a program starts for the program that started it', () => {
    const row = { ...base, parent_exe: '/bin/sh', syscall: 'exec' };
    const [hour] = hoursOf([
      { ...row, ts: at(3) },
      { ...row, ts: at(3), exe: '/bin/b' },
    ]);
    const sh = hour!.entities.findIndex((_, i) => i > 0 && 'execs' in added(hour!, i));
    expect(added(hour!, sh)).toEqual({ execs: { 3: 2 }, children: { 3: 2 } });
    expect(hour!.entities).toHaveLength(4);
  });

  it('keeps losses apart, and tells their share of each window', () => {
    const [hour] = hoursOf([
      { ...base, ts: at(0), syscall: 'connect', daddr: '10.0.0.1' },
      { ...base, ts: at(4), syscall: 'connect', daddr: '10.0.0.1' },
      { host: 'h', ts: at(4), syscall: 'lost', count: 3n },
    ]);
    expect(Object.keys(added(hour!, 0))).not.toContain('lost');
    expect(hour!.lostEvents![4]).toBe(3);
    expect(hour!.lost.map((shares) => shares[4])).toEqual([3 / 4, 3 / 5, 3 / 5]);
    expect(hour!.lost[0]![5]).toBe(0);
    expect(LOST).toBeGreaterThan(windows.features.length);
  });

  it('learns nothing from an hour of which only losses are known', () => {
    const baseline = newBaseline();
    const engine = new Engine();
    engine.teach(baseline, [[{ host: 'h', ts: at(4), syscall: 'lost', count: 3n }]]);
    expect(baseline.freeze()).toBeUndefined();
  });

  it('are told apart by program and user, and nulls are a subject of their own', () => {
    const row = { ...base, ts: at(0), syscall: 'connect', daddr: '10.0.0.1' };
    const { exe: _, ...unknown } = row;
    const [hour] = hoursOf([row, { ...row, user: 'v' }, { ...row, exe: '/bin/b' }, unknown]);
    expect(new Set(hour!.entities.map(({ key }) => `${key.hi}:${key.lo}`)).size).toBe(5);
    expect(hour!.entities.every(({ key, entity }) => entityKey(entity).lo === key.lo)).toBe(true);
  });

  it('count scanned ports one by one, the ephemeral ones too', () => {
    const scan = Array.from({ length: 300 }, (_, i) => ({
      ...base,
      ts: at(7),
      syscall: 'connect',
      daddr: '10.0.0.1',
      dport: 40_000 + i,
    }));
    expect(added(hoursOf(scan)[0]!, 1)).toMatchObject({ ports: { 7: 300 }, destinations: { 7: 1 } });
  });
});

describe('hours', () => {
  it('come back from their cells as they were', () => {
    const minute = fc.integer({ min: 0, max: 119 });
    const event = fc.record({
      ts: minute.map((m) => at(m)),
      exe: fc.constantFrom('/bin/a', '/bin/b'),
      syscall: fc.constantFrom('connect', 'open', 'close', 'lost'),
      daddr: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
      bytes_out: fc.nat(1_000_000),
      count: fc.constant(5n),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (drawn) => {
        const hours = hoursOf(drawn.map((e) => ({ ...base, ...e, flags: 'O_RDWR' })));
        const [cells, contexts, segments] = [new CellTable(), new ContextTable(), new Segments()];
        const into = { cells, contexts, segment: segments.add.bind(segments) };
        for (const hour of hours) closeWindows(hour, windows, 'UTC', into);
        const state = { cells: cells.sorted(), contexts, segments, roles: new Roles() };
        const learned = hours.filter(({ entities }) => entities[0]!.series.length > 0);
        const read = readHours(state, windows);
        expect(read.map(({ hour }) => hour)).toEqual(learned.map(({ hour }) => hour));
        read.forEach(({ lost, lostEvents, entities }, i) => {
          const wanted = learned[i]!.entities.filter(({ series }) => series.length > 0);
          expect({ lost, lostEvents }).toEqual({ lost: learned[i]!.lost, lostEvents: learned[i]!.lostEvents });
          expect(entities.map(({ key, series }) => ({ key, series }))).toEqual(
            wanted.map(({ key, series }) => ({ key, series })),
          );
        });
      }),
      { numRuns: 40 },
    );
  });

  it('close behind the newest event of their host, whatever other hosts do; what comes later is late', () => {
    const engine = new Engine();
    const closed: number[] = [];
    const fold = new WindowFold(
      windows,
      () => false,
      ({ hour }) => closed.push(hour % 24),
    );
    const row = (host: string, hour: number) => ({
      ...base,
      host,
      ts: MONDAY + BigInt(hour) * HOUR_US,
      syscall: 'fork',
    });
    const take = (events: Event[]) => {
      fold.merge(engine.learn(events).windows);
      fold.closeBehind();
    };
    take([row('a', 1), row('b', 1)]);
    take([row('a', 3)]);
    expect(closed).toEqual([1]);
    take([row('b', 1)]);
    expect(fold.late).toBe(0);
    take([row('a', 1)]);
    expect(fold.late).toBe(1);
    // Another file may hold older hours of the host, which were never closed.
    fold.beginStream();
    take([row('a', 0)]);
    expect(closed).toEqual([1]);
    fold.closeThrough(Number.POSITIVE_INFINITY);
    expect(closed).toEqual([1, 0, 1, 3]);
  });

  it('say which minutes were recorded whole', () => {
    const row = (minute: number) => ({ ...base, ts: at(minute), syscall: 'fork' });
    expect(hoursOf([row(5), row(70), row(130)]).map(({ whole }) => whole)).toEqual([
      [6, 60],
      [0, 60],
      [0, 10],
    ]);
    const one = hoursOf([row(5), row(9)])[0]!;
    expect(one.whole).toEqual([6, 9]);
  });
});

describe('SmallestValues', () => {
  const spread = fc.tuple(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1));

  it('is exact until it is full, and the same set in any order and split', () => {
    fc.assert(
      fc.property(fc.array(spread, { maxLength: 60 }), fc.nat(60), (values, cut) => {
        const [all, first, second] = [new SmallestValues(16), new SmallestValues(16), new SmallestValues(16)];
        for (const [lo, hi] of values) all.add(lo, hi);
        for (const [lo, hi] of values.slice(0, cut).reverse()) first.add(lo, hi);
        for (const [lo, hi] of values.slice(cut)) second.add(lo, hi);
        first.addAll(second);
        expect([...first.values()]).toEqual([...all.values()]);
        const distinct = new Set(values.map(([lo, hi]) => `${hi}:${lo}`)).size;
        if (distinct < 16) expect(all.count).toBe(distinct);
        else expect(all.count).toBeGreaterThanOrEqual(16);
      }),
    );
  });

  it('estimates many within a few percent', () => {
    const set = new SmallestValues(1024);
    let x = 12345;
    const word = () => {
      x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      return (x ^ (x >>> 13)) >>> 0;
    };
    for (let i = 0; i < 50_000; i++) set.add(word(), word());
    expect(Math.abs(set.count / 50_000 - 1)).toBeLessThan(0.1);
  });
});
