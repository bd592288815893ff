import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import { Quarantine, type Sighting } from '../dist/baseline/learning/quarantine.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { checkCells } from '../dist/baseline/tables/cell-sums.js';
import { Rekeying } from '../dist/baseline/tables/rekey.js';
import { bytesOf, type Event, frozen, KEY, linesOf, MODEL, newBaseline } from './engine-world.js';
import { engine, fleet, oddEvent, quietDay, states, storedWithHeld, teach, waitingLines } from './learning-world.js';

const hosts = fleet(5);

/** Three odd things: one that peers release on day 7, one that stays, one that comes and goes. */
function eventful(day: number): Event[] {
  const odd: Event[] = day === 5 ? [] : [oddEvent(day, 9, 'web-a')];
  if (day === 6 || day === 8) odd.push(oddEvent(day, 17, 'web-b', { daddr: '198.51.100.4' }));
  const deploy = { exe: '/bin/new', args: '/bin/new run', daddr: '192.0.2.5', dport: 9443 };
  // Its process does something usual in the same hour, which counts once.
  const usual = { daddr: '10.0.0.1', dport: 443 };
  if (day === 5) odd.push(oddEvent(5, 9, 'web-c', deploy), oddEvent(5, 9, 'web-c', usual));
  if (day === 6) odd.push(oddEvent(6, 9, 'web-c', deploy), oddEvent(6, 17, 'web-d', deploy));
  if (day >= 7) odd.push(oddEvent(day, 9, 'web-e', deploy), oddEvent(day, 17, 'web-c', deploy));
  return [...quietDay(day, hosts), ...odd].sort((a, b) => Number((a.ts as bigint) - (b.ts as bigint)));
}

const days = (from: number, to: number): Event[][] =>
  Array.from({ length: to - from }, (_, d) => (from + d < 5 ? quietDay(from + d, hosts) : eventful(from + d)));

const stateLines = (baseline: ReturnType<typeof teach>, before?: Parameters<typeof storedWithHeld>[1]) => {
  const state = storedWithHeld(baseline.delta(), before);
  const { decisions, waiting } = state.held!;
  const order = decisions.map((row) => JSON.stringify(row)).sort();
  return { ...linesOf(state), order, waiting: waitingLines(waiting) };
};

describe('laws of quarantine', { timeout: 400_000 }, () => {
  const batches = days(0, 9);

  it('a replay gives the same bytes', () => {
    expect(bytesOf(frozen(teach(batches)))).toEqual(bytesOf(frozen(teach(batches))));
    expect(stateLines(teach(batches))).toEqual(stateLines(teach(batches)));
  });

  it('two runs give what one gives, wherever the first ends, also in the middle of a day', () => {
    const events = batches.flat();
    const one = teach([events]);
    const whole = stateLines(one);
    const bytes = bytesOf(frozen(one));
    const perDay = batches[0]!.length;
    for (const end of [5 * perDay + 40, 6 * perDay + 30, 7 * perDay + 60, 8 * perDay + 60]) {
      const first = storedWithHeld(teach([events.slice(0, end)]).delta());
      const second = teach([events.slice(end)], newBaseline(first));
      expect(bytesOf(frozen(second))).toEqual(bytes);
      const both = stateLines(second, first);
      expect(both.order).toEqual(whole.order);
      expect(both.waiting).toEqual(whole.waiting);
      // Presences are kept three days behind the end of a run, so that of older ones only the rest of the cells is alike.
      const rest = (lines: readonly string[]) => lines.filter((line) => !/^[34] /.test(line));
      expect(rest(both.cells)).toEqual(rest(whole.cells));
    }
  });

  it('does not depend on how a day is cut into batches, or on their order within the day', () => {
    const whole = stateLines(teach(batches));
    const cut = batches.flatMap((events) => [events.slice(0, 50), events.slice(50, 51), events.slice(51)]);
    expect(stateLines(teach(cut))).toEqual(whole);
    const turned = batches.flatMap((events) => [events.slice(70), events.slice(0, 70)]);
    expect(stateLines(teach(turned))).toEqual(whole);
  });

  it('learns of what is released what it would have learned at once', () => {
    const guarded = teach([...batches, quietDay(9, hosts), quietDay(10, hosts)]);
    expect(states(guarded).filter((s) => s.startsWith('released peers'))).toHaveLength(3);
    const bad = ['203.0.113.9', '198.51.100.4'];
    const only = batches.map((events) => events.filter((event) => !bad.includes(String(event.daddr))));
    const open = teach([...only, quietDay(9, hosts), quietDay(10, hosts)], newBaseline(), false);
    // Of the fifteen: five units a day are too few for a five-tuple to be held.
    const counts = (baseline: typeof guarded) => linesOf(baseline.delta()).cells.filter((line) => /^[13] /.test(line));
    expect(counts(guarded)).toEqual(counts(open));
  });

  it('travels in model files: held cells under another key and back are the same', () => {
    const { cells, ...rest } = teach(batches).tables([]);
    const other = new Uint8Array(32).fill(9);
    expect([...cells.kind]).toContain(KIND.held15);
    const there = Rekeying.apply(MODEL, { cells, ...rest }, KEY, other);
    expect(there.cells).not.toEqual(cells);
    checkCells(there.cells);
    expect(Rekeying.apply(MODEL, there, other, KEY).cells).toEqual(cells);
  });

  it('decides the same in whatever order the sightings of a day come', () => {
    const { constants } = learningModel();
    const vectors = engine.vectors([
      ...hosts.map((host) => oddEvent(0, 1, host)),
      oddEvent(0, 1, 'web-a', { dport: 1 }),
    ]);
    const daily = fc.array(
      fc.record({ which: fc.nat(hosts.length), lnP: fc.double({ min: -40, max: -4.7, noNaN: true }) }),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(fc.array(daily, { maxLength: 6 }), fc.infiniteStream(fc.nat(1000)), (week, order) => {
        const fold = (shuffle: boolean) => {
          const quarantine = new Quarantine(constants);
          week.forEach((list, day) => {
            const once = new Map(list.map((s) => [s.which, s]));
            const sightings = [...once.values()].map(({ which, lnP }): Sighting => {
              return { dims: 15, signature: { lo: which, hi: 7 }, v: vectors[which]!, day, lnP };
            });
            if (shuffle) sightings.sort(() => (order.next().value % 2 === 0 ? 1 : -1));
            for (const sighting of sightings) quarantine.see(sighting);
          });
          return quarantine.all().map((row) => ({ ...row, days: row.state === 'held' ? row.days : 0 }));
        };
        expect(fold(true)).toEqual(fold(false));
      }),
    );
  });
});
