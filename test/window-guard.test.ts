import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chance } from '../bench/chance.mjs';
import { CellTable, KIND, segmentOf } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { WindowBursts } from '../dist/baseline/learning/window-bursts.js';
import { findWindowRamps } from '../dist/baseline/learning/window-ramps.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { entityKey, keepEntity } from '../dist/baseline/window/entities.js';
import { windowModel } from '../dist/baseline/window/spec.js';
import { packHistogram } from '../dist/baseline/window/window-cells.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { WindowScorer } from '../dist/score/window-scorer.js';
import { countBin } from '../dist/stats/count-bins.js';
import {
  bytesOf,
  closeAll,
  type Event,
  HOUR_US,
  linesOf,
  MODEL,
  MONDAY,
  newBaseline,
  procOf,
  stored,
} from './engine-world.js';
import { DAY_US, engine } from './learning-world.js';

const { constants } = learningModel();
const word = (i: number) => ({ lo: i, hi: 7 });
const subject = (host: number) => ({ kind: 'subject', host: word(host), exe: word(100), user: word(200) }) as const;

/** What is known of subjects by day: odd minutes, how many of them severe, and the others. */
function burstsOf(
  days: readonly { host?: number; day: number; odd: number; severe?: number; usual: number }[],
  hosts = 1,
) {
  const [cells, contexts, segments, roles] = [new CellTable(), new ContextTable(), new Segments(), new Roles()];
  for (let h = 0; h < hosts; h++) roles.see(word(h), word(300), 'event', 0);
  for (const { host = 0, day, odd, severe = 0, usual } of days) {
    const entity = subject(host);
    const key = entityKey(entity);
    keepEntity(contexts, key, entity);
    const segment = segmentOf(entity.host, day);
    segments.add(segment, entity.host, day);
    if (usual > 0) cells.add(KIND.windowScore, segment, key, { lo: 4, hi: 0 }, usual, 0);
    if (odd > severe) cells.add(KIND.windowHeldScore, segment, key, { lo: 90, hi: 0 }, odd - severe, 0);
    if (severe > 0) cells.add(KIND.windowHeldScore, segment, key, { lo: 150, hi: 1 }, severe, 0);
  }
  const bursts = WindowBursts.read(cells.sorted(), contexts, segments, roles, constants);
  return days.map(({ host = 0, day }) => bursts.isHeld(segmentOf(word(host), day), entityKey(subject(host))));
}

const days = (n: number, of: { odd: number; severe?: number; usual: number }, host = 0) =>
  Array.from({ length: n }, (_, day) => ({ host, day, ...of }));
const mild = { odd: 60, severe: 20, usual: 300 };
const severe = { odd: 60, severe: 50, usual: 300 };

describe('bursts of windows', () => {
  it('are days with far more odd minutes than chance gives', () => {
    const least = constants.window_burst_least;
    expect(burstsOf([{ day: 1, odd: least, usual: 0 }])).toEqual([false]);
    expect(burstsOf([{ day: 1, odd: least + 1, usual: 0 }])).toEqual([true]);
    expect(burstsOf([{ day: 1, odd: 30, usual: 300 }])).toEqual([false]);
    expect(burstsOf([{ day: 1, odd: 31, usual: 300 }])).toEqual([true]);
    expect(burstsOf([])).toEqual([]);
  });

  it('teach after some days when they are mild, after many when they are not', () => {
    const held = (list: boolean[]) => list.filter(Boolean).length;
    expect(held(burstsOf(days(constants.release_days - 1, mild)))).toBe(constants.release_days - 1);
    expect(held(burstsOf(days(constants.release_days, mild)))).toBe(0);
    expect(held(burstsOf(days(constants.shift_days - 1, severe)))).toBe(constants.shift_days - 1);
    expect(held(burstsOf(days(constants.shift_days, severe)))).toBe(0);
    // The mild days of a subject do not speak for its severe ones.
    const both = [...days(constants.release_days, mild), { day: 20, ...severe }];
    expect(held(burstsOf(both))).toBe(1);
  });

  it('of enough hosts of a role on one day are a change of the fleet', () => {
    const on = (hosts: number, role: number) =>
      burstsOf(
        Array.from({ length: hosts }, (_, host) => ({ host, day: 1, ...severe })),
        role,
      );
    expect(on(2, 5).every(Boolean)).toBe(true);
    expect(on(3, 5).some(Boolean)).toBe(false);
    expect(on(4, 20).every(Boolean)).toBe(true);
    expect(on(5, 20).some(Boolean)).toBe(false);
    const apart = Array.from({ length: 5 }, (_, host) => ({ host, day: host, ...severe }));
    expect(burstsOf(apart, 5).every(Boolean)).toBe(true);
  });

  it('do not depend on the order of cells, and go with their days', () => {
    const day = fc.record({ host: fc.nat(2), day: fc.nat(40), odd: fc.nat(99), usual: fc.nat(300) });
    const of = fc.uniqueArray(day, { maxLength: 20, selector: (d) => `${d.host} ${d.day}` });
    fc.assert(
      fc.property(of, (list) => {
        const named = (held: boolean[], from: typeof list) =>
          from.map((d, i) => `${d.host} ${d.day} ${held[i]}`).sort();
        const reversed = [...list].reverse();
        expect(named(burstsOf(reversed, 3), reversed)).toEqual(named(burstsOf(list, 3), list));
        // Three of sixteen hosts are no change of the fleet: each is judged by its own days alone.
        const first = list.filter((d) => d.host === 0);
        expect(burstsOf(first, 16)).toEqual(burstsOf(list, 16).filter((_, i) => list[i]!.host === 0));
      }),
      { numRuns: 60 },
    );
  });
});

const PROGRAMS = ['/bin/a', '/bin/b'];
const HOSTS = ['one', 'two'];

/** Each program does some things in eight minutes of each of twelve hours. */
function usualDay(day: number): Event[] {
  const chance = new Chance(day + 1);
  return HOSTS.flatMap((host, h) =>
    PROGRAMS.flatMap((exe, p) =>
      Array.from({ length: 12 * 8 }, (_, i) => {
        const minute = Math.floor(i / 8) * 60 + (i % 8) * 7 + h;
        const things = 1 + Math.floor(chance.exponential(2));
        return Array.from({ length: things }, (_, second) => work(day, host, exe, minute, 10 * h + p, second));
      }).flat(),
    ),
  );
}

function work(day: number, host: string, exe: string, minute: number, proc: number, second: number): Event {
  const ts = MONDAY + BigInt(day) * DAY_US + (BigInt(minute) * HOUR_US) / 60n + BigInt(second) * 1_000_000n;
  const what = { syscall: 'connect', exe, user: 'root', args: exe, proto: 'tcp', daddr: '10.0.0.1', dport: 443 };
  return { ...what, host, proc: procOf(proc, day), ts };
}

/** Twenty minutes, each with thirty things. */
const flood = (day: number) =>
  Array.from({ length: 600 }, (_, i) => work(day, 'one', '/bin/a', 30 * Math.floor(i / 30) + 5, 99, i % 30));

const QUIET = 4;
const dayOf = (day: number) => (day < QUIET ? usualDay(day) : [...usualDay(day), ...flood(day)]);

/** Minutes of subjects that `score` calls findings on the first day of the flood and on the last. */
function course(upTo: number, guards: boolean) {
  const baseline = newBaseline();
  const trainer = new Trainer(baseline, guards);
  const alerts: number[] = [];
  for (let day = 0; day < upTo; day++) {
    const result = engine.learn(dayOf(day));
    trainer.take(result, (code) => engine.table.value(code));
    if (day !== QUIET && day !== upTo - 1) continue;
    let found = 0;
    const scorer = new WindowScorer(MODEL, trainer.inForce!, (scores) => {
      found += scores.filter(({ lnP, entity }) => lnP <= Math.log(0.001) && entity.exe !== undefined).length;
    });
    scorer.beginStream();
    scorer.take(result.windows);
    scorer.finish();
    alerts.push(found);
  }
  return { baseline, alerts };
}

describe('windows with quarantine', { timeout: 240_000 }, () => {
  it('keep alerting on a flood that comes every day, where without it becomes usual', () => {
    const guarded = course(QUIET + 3, true);
    const open = course(QUIET + 3, false);
    expect(guarded.alerts[0]).toBeGreaterThan(20);
    expect(guarded.alerts[1]).toBeGreaterThan(20);
    expect(open.alerts[0]).toBeGreaterThan(20);
    expect(open.alerts[1]).toBeLessThan(3);
    const snapshot = guarded.baseline.freeze()!;
    expect(snapshot.card.windows.heldDays).toBeGreaterThan(0);
    // What is open is judged again as it was: freezing stored state gives the same bytes.
    const again = newBaseline(stored(guarded.baseline.delta())).freeze()!;
    expect(bytesOf(again)).toEqual(bytesOf(snapshot));
  });

  it('learn the same from any batches of a day', () => {
    const [whole, cut] = [1, 2].map((parts) => {
      const baseline = newBaseline();
      const trainer = new Trainer(baseline);
      for (let day = 0; day <= QUIET; day++) {
        const events = dayOf(day);
        const size = Math.ceil(events.length / parts);
        for (let from = 0; from < events.length; from += size) {
          trainer.take(engine.learn(events.slice(from, from + size)), (code) => engine.table.value(code));
        }
      }
      closeAll(baseline);
      return linesOf(baseline.delta()).cells;
    });
    expect(cut).toEqual(whole);
    const kinds = whole!.map((line) => Number(line.split(' ')[0]));
    expect(kinds).toContain(KIND.windowHeld);
    expect(kinds).toContain(KIND.windowHeldScore);
  });
});

describe('slow ramps of windows', () => {
  const model = windowModel();

  function rampsOf(values: (day: number) => number, kind: number = KIND.window) {
    const [cells, contexts, segments] = [new CellTable(), new ContextTable(), new Segments()];
    const entity = subject(0);
    const key = entityKey(entity);
    keepEntity(contexts, key, entity);
    for (let day = 0; day < 40; day++) {
      const segment = segmentOf(entity.host, day);
      segments.add(segment, entity.host, day);
      for (let hour = 0; hour < 24; hour++) {
        const cell = {
          feature: model.events,
          size: model.sizes.length - 1,
          loss: 0,
          bin: countBin(values(day)),
          hourOfWeek: hour,
        };
        cells.add(kind as typeof KIND.window, segment, key, packHistogram(cell), 1, 0);
      }
    }
    return findWindowRamps([cells.sorted()], contexts, segments, 39, constants, model);
  }

  it('are seen in what teaches and in what is held, with the values of an hour', () => {
    const level = (day: number) => Math.round(100 * 1.05 ** Math.max(0, day - 14));
    for (const kind of [KIND.window, KIND.windowHeld]) {
      const [first] = rampsOf(level, kind);
      expect(first).toMatchObject({ feature: 'events', direction: 'up', entity: subject(0) });
      expect(first!.day).toBeLessThanOrEqual(24);
      expect(first!.expected).toBeGreaterThan(90);
      expect(first!.value).toBeGreaterThan(first!.expected);
    }
    expect(rampsOf(() => 100)).toEqual([]);
  });
});
