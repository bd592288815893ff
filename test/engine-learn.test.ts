import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import {
  closeAll,
  Engine,
  type Event,
  frozen,
  HOUR_US,
  linesOf,
  MONDAY,
  newBaseline,
  procOf,
  splits,
  stored,
  world,
} from './engine-world.js';

const engine = new Engine();

function learned(batches: readonly (readonly Event[])[], close: boolean) {
  const baseline = newBaseline();
  engine.teach(baseline, batches, false);
  if (close) closeAll(baseline);
  return linesOf(baseline.delta());
}

const split = (hours: number) => world({ hours }).chain((events) => fc.tuple(fc.constant(events), splits(events)));

describe('learning', { timeout: 60_000 }, () => {
  it('gives the same open presences and contexts for any order and split of the rows', () => {
    fc.assert(
      fc.property(split(2), ([events, batches]) => {
        expect(learned(batches, false)).toEqual(learned([events], false));
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same cells, contexts and segments for any order and split of the rows', () => {
    fc.assert(
      fc.property(split(3), ([events, batches]) => {
        expect(learned(batches, true)).toEqual(learned([events], true));
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same when a run ends in the middle of an hour and another goes on', () => {
    fc.assert(
      fc.property(split(2), fc.nat(), ([events, batches], cut) => {
        const at = cut % (batches.length + 1);
        const first = newBaseline();
        engine.teach(first, batches.slice(0, at), false);
        const state = stored(first.delta());
        const second = newBaseline(state);
        engine.teach(second, batches.slice(at), false);
        closeAll(second);
        const two = linesOf(stored(second.delta(), state));
        const one = learned([events], true);
        expect(two.cells).toEqual(one.cells);
        expect(two.segments).toEqual(one.segments);
        expect(two.open).toEqual([]);
        // Insert-only: of presences the cap threw out later, contexts may stay behind.
        expect(two.contexts).toEqual(expect.arrayContaining(one.contexts));
        expect(second.late).toBe(0);
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same when hours close in between, as long as nothing comes late', () => {
    fc.assert(
      fc.property(world({ hours: 6, maxEvents: 80 }), fc.integer({ min: 1, max: 7 }), (events, parts) => {
        const ordered = [...events].sort((a, b) => Number((a.ts as bigint) - (b.ts as bigint)));
        const size = Math.ceil(ordered.length / parts);
        const batches = Array.from({ length: parts }, (_, i) => ordered.slice(i * size, (i + 1) * size));
        let state = stored(newBaseline().delta());
        for (const batch of batches) {
          const baseline = newBaseline(state);
          engine.teach(baseline, [batch]);
          baseline.freeze();
          state = stored(baseline.delta(), state);
          expect(baseline.late).toBe(0);
        }
        const last = newBaseline(state);
        closeAll(last);
        const many = linesOf(stored(last.delta(), state));
        const one = learned([events], true);
        expect(many.cells).toEqual(one.cells);
        expect(many.segments).toEqual(one.segments);
      }),
      { numRuns: 15 },
    );
  });

  it('counts a process once an hour and value, however many rows it has', () => {
    const event = (i: number, hour: number): Event => ({
      host: 'h',
      proc: procOf(0, i),
      ts: MONDAY + BigInt(hour) * HOUR_US,
      syscall: 'exec',
      exe: '/bin/a',
    });
    const burst = Array.from({ length: 500 }, () => event(1, 0));
    // How often is what windows count.
    const counts = (events: Event[]) =>
      learned([events], true).cells.filter((line) => Number(line.split(' ')[0]) < KIND.window);
    expect(counts(burst)).toEqual(counts([event(1, 0)]));
    expect(counts([event(1, 0), event(1, 1)])).not.toEqual(counts([event(1, 0)]));
  });

  it('counts a process once for a value, however many signatures hold it', () => {
    const open = (path: string): Event => ({
      host: 'h',
      proc: procOf(0, 1),
      ts: MONDAY,
      syscall: 'open',
      exe: '/bin/a',
      path,
    });
    const baseline = newBaseline();
    engine.teach(baseline, [['/a', '/b', '/c'].map(open)]);
    const { tree } = baseline.tree('fifteen');
    expect(Math.max(...Array.from({ length: tree.cells.size }, (_, i) => tree.whole.get(i)))).toBe(1);
  });

  it('of the five-tuple counts a source address of a host once an hour, whichever process it was', () => {
    const flow = (host: string, i: number): Event => ({
      host,
      proc: procOf(0, i),
      ts: MONDAY,
      syscall: 'connect',
      saddr: '127.0.0.1',
      daddr: '127.0.0.1',
      dport: 80,
      proto: 'tcp',
    });
    const most = (events: Event[]) => {
      const baseline = newBaseline();
      engine.teach(baseline, [events]);
      const { tree } = baseline.tree('five');
      return Math.max(...Array.from({ length: tree.cells.size }, (_, i) => tree.whole.get(i)));
    };
    expect(most([flow('h', 1), flow('h', 2), flow('h', 3)])).toBe(1);
    expect(most([flow('h', 1), flow('g', 2)])).toBe(2);
  });

  it('lets at most eight process instances of a (host, program, user, parent) count an hour', () => {
    const fork = (n: number) =>
      Array.from(
        { length: n },
        (_, i): Event => ({
          host: 'h',
          proc: procOf(0, i),
          ts: MONDAY,
          syscall: 'exec',
          exe: '/bin/a',
          user: 'u',
          parent_exe: '/bin/p',
        }),
      );
    const counts = (n: number) => {
      const baseline = newBaseline();
      engine.teach(baseline, [fork(n)]);
      const { tree } = baseline.tree('fifteen');
      return Math.max(...Array.from({ length: tree.cells.size }, (_, i) => tree.whole.get(i)));
    };
    expect([1, 7, 8, 9, 200].map(counts)).toEqual([1, 7, 8, 8, 8]);
  });

  it('does not learn a closed hour again, counts what came late, and says what it could not use', () => {
    const event = (hour: number, host = 'h'): Event => ({
      host,
      proc: procOf(0, hour),
      ts: MONDAY + BigInt(hour) * HOUR_US,
      syscall: 'exec',
      exe: '/bin/a',
    });
    const baseline = newBaseline();
    engine.teach(baseline, [[event(0)], [event(5)]]);
    const before = linesOf(baseline.delta()).cells;
    engine.teach(baseline, [[event(0), { ...event(0), exe: '/bin/b' }]]);
    expect(baseline.late).toBe(2);
    expect(linesOf(baseline.delta()).cells).toEqual(before);
    // A host that was not heard of in that hour is not late.
    engine.teach(baseline, [[event(0, 'other')]]);
    expect(baseline.late).toBe(2);
    engine.teach(baseline, [
      [
        { proc: 1n, ts: MONDAY, exe: '/bin/a' },
        { host: 'h', proc: 1n, exe: '/bin/a' },
      ],
    ]);
    expect(baseline.learners.fifteen.unusable).toBe(2);
  });

  it('counts a late row once, also when it has a five-tuple', () => {
    const event = (hour: number): Event => ({
      host: 'h',
      proc: procOf(0, hour),
      ts: MONDAY + BigInt(hour) * HOUR_US,
      syscall: 'connect',
      exe: '/bin/a',
      saddr: '10.0.0.1',
      daddr: '10.0.0.2',
    });
    const baseline = newBaseline();
    engine.teach(baseline, [[event(0)], [event(5)], [event(0)]]);
    expect(baseline.late).toBe(1);
  });

  it('learns nothing from rows about the recording', () => {
    const baseline = newBaseline();
    engine.teach(baseline, [
      [
        { host: 'h', ts: MONDAY, syscall: 'lost', count: 5n },
        { host: 'h', ts: MONDAY, syscall: 'clock' },
      ],
    ]);
    expect(baseline.freeze()).toBeUndefined();
  });

  it('dates a presence by its earliest minute, wherever that row stands in the batch', () => {
    const MINUTE_US = 60_000_000n;
    const at = (minute: bigint): Event => ({
      host: 'h',
      proc: procOf(1, 1),
      ts: MONDAY + minute * MINUTE_US,
      exe: '/a',
    });
    const first = Number(MONDAY / MINUTE_US);
    for (const minutes of [
      [2n, 5n, 9n],
      [9n, 2n, 5n],
      [5n, 9n, 2n],
    ]) {
      expect([...engine.learn(minutes.map(at)).fifteen.minute]).toEqual([first + 2]);
    }
  });

  it('leaves what was when cells are subtracted', () => {
    fc.assert(
      fc.property(world({ hours: 2 }), world({ hours: 2, firstHour: 30 }), (events, others) => {
        const of = (rows: readonly Event[]) => {
          const baseline = newBaseline();
          engine.teach(baseline, [rows], false);
          closeAll(baseline);
          return baseline.delta();
        };
        const [kept, both] = [of(events), of([...events, ...others])];
        const gone = of(others).cells.map((c) => ({ ...c, n: c.n.map((x) => -x), s: c.s.map((x) => -x) }));
        const left = { ...both, cells: [...both.cells, ...gone] };
        expect(linesOf(left).cells).toEqual(linesOf(kept).cells);
        const probe = [...events, ...others];
        const bits = (state: typeof kept) => [...engine.score(probe, frozen(newBaseline(state))).fifteen.bits];
        const [a, b] = [bits({ ...left, segments: kept.segments }), bits(kept)];
        for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i]!, 9);
      }),
      { numRuns: 25 },
    );
  });
});
