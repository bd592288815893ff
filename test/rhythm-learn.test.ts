import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellTable, KIND } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import type { LearnedState } from '../dist/baseline/learned-state.js';
import { Names } from '../dist/baseline/names.js';
import { PARTS } from '../dist/baseline/rhythm/pair.js';
import { Rhythms } from '../dist/baseline/rhythm/rhythms.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import { Segments } from '../dist/baseline/segments.js';
import type { CellColumns } from '../dist/tuple/learned.js';
import { bytesOf, Engine, type Event, frozen, linesOf, MONDAY, newBaseline, splits } from './engine-world.js';
import { Chance } from './rhythm-worlds.js';

const engine = new Engine();
const SMALL = { ...rhythmModel().constants, beats_kept: 16, pairs_kept: 6 };
const value = (code: number) => engine.table.value(code);
const atMs = (ms: number) => MONDAY + BigInt(ms) * 1000n;

function call(pair: number, ms: number, extra: Event = {}): Event {
  const own = {
    host: 'h',
    syscall: 'connect',
    exe: `/bin/p${pair}`,
    user: 'u',
    saddr: '10.0.0.1',
    proc: BigInt(pair + 1),
  };
  return { ...own, daddr: `10.0.1.${pair}`, dport: 443, proto: 'tcp', ts: atMs(ms), ...extra };
}

/** An owner as a run has it, over what the store has. */
class Owner {
  readonly contexts = new ContextTable();
  readonly segments = new Segments();
  readonly rhythms: Rhythms;

  constructor(before?: { cells: CellColumns; contexts: ContextTable; segments: Segments }, constants = SMALL) {
    if (before !== undefined) {
      this.contexts.addAll(before.contexts.sorted());
      for (const { segment, host, day } of before.segments.rows) this.segments.add(segment, host, day);
    }
    const cells = before === undefined ? [] : [before.cells];
    this.rhythms = new Rhythms(constants, cells, this.contexts, this.segments, new Names());
  }

  learn(...batches: (readonly Event[])[]): this {
    for (const events of batches) this.rhythms.merge(engine.learn(events).rhythm, value);
    return this;
  }

  /** What the store holds afterwards. */
  stored(before?: CellColumns): CellColumns {
    const table = new CellTable();
    if (before !== undefined) table.addAll(before);
    this.rhythms.addDelta(table);
    return table.sorted();
  }
}

const linesOfCells = (cells: CellColumns): string[] =>
  linesOf({ cells: [cells], contexts: new ContextTable().sorted(), segments: [], names: [], open: [] } as LearnedState)
    .cells;

/** Calls of up to five pairs over two days, at times that meet. */
const calls = fc
  .array(fc.tuple(fc.nat(4), fc.integer({ min: 0, max: 170 })), { minLength: 1, maxLength: 150, size: 'max' })
  .map((all) => all.map(([pair, t]) => call(pair, t * 1_000_000)));

describe('beats as cells', () => {
  it('are the same for any order and split of the batches, and one each', () => {
    fc.assert(
      fc.property(
        calls.chain((events) => fc.tuple(fc.constant(events), splits(events))),
        ([events, batches]) => {
          const expected = linesOfCells(new Owner().learn(events).rhythms.cells());
          expect(linesOfCells(new Owner().learn(...batches).rhythms.cells())).toEqual(expected);
          for (const line of expected) expect(line.split(' ').slice(4)).toEqual(['1', '0']);
        },
      ),
    );
  });

  it('are the same after two runs as after one, with what newer beats pushed out taken away', () => {
    fc.assert(
      fc.property(calls, fc.nat(150), (events, cut) => {
        const [first, second] = [events.slice(0, cut), events.slice(cut)];
        const one = new Owner().learn(first);
        const cells = one.stored();
        const two = new Owner({ cells, contexts: one.contexts, segments: one.segments }).learn(second);
        const expected = new Owner().learn(events);
        expect(linesOfCells(two.stored(cells))).toEqual(linesOfCells(expected.stored()));
        expect(linesOfCells(two.rhythms.cells())).toEqual(linesOfCells(expected.stored()));
      }),
    );
  });

  it('drop the oldest beyond what is kept', () => {
    const many = Array.from({ length: 40 }, (_, i) => call(0, i * 1000));
    const one = new Owner().learn(many.slice(0, 20));
    const cells = one.stored();
    const two = new Owner({ cells, contexts: one.contexts, segments: one.segments }).learn(many.slice(20));
    const left = two.stored(cells);
    const times = Array.from({ length: left.length }, (_, i) => left.value[2 * i]!).filter((_, i) => left.n[i] === 1);
    expect(times).toEqual(Array.from({ length: 16 }, (_, i) => (24 + i) * 1000));
  });

  it('freeze to the same bytes for any split, rhythms and all', () => {
    const beacon = Array.from({ length: 40 }, (_, i) => call(0, i * 60_000));
    const chance = new Chance(5);
    const odd = Array.from({ length: 40 }, () => call(1, Math.round(3_600_000 * chance.uniform())));
    const bytes = (...batches: Event[][]) => {
      const baseline = newBaseline();
      engine.teach(baseline, batches, false);
      const snapshot = frozen(baseline);
      expect(snapshot.card.rhythms).toMatchObject({ pairs: 2, judged: 2, rhythms: 1 });
      return Buffer.from(bytesOf(snapshot)).toString('base64');
    };
    expect(bytes(odd.slice(10), beacon, odd.slice(0, 10))).toBe(bytes([...beacon, ...odd]));
  });
});

describe('what is a beat', () => {
  const pairs = (...events: Event[]) => engine.learn(events).rhythm;

  it('is a connect or a send with a time, a host and a destination', () => {
    expect(pairs(call(0, 1)).ms).toHaveLength(1);
    expect(pairs(call(0, 1, { syscall: 'send' })).ms).toHaveLength(1);
    for (const syscall of ['close', 'accept', 'exec', 'lost'])
      expect(pairs(call(0, 1, { syscall })).ms).toHaveLength(0);
    for (const name of ['host', 'daddr', 'ts'] as const) {
      const { [name]: _, ...rest } = call(0, 1);
      expect(pairs(rest).ms).toHaveLength(0);
    }
  });

  it('names its source address only where no program is known', () => {
    const has = (event: Event) => PARTS.filter((_, i) => pairs(event).has[i] === 1);
    expect(has(call(0, 1))).toEqual(['host', 'exe', 'user', 'daddr', 'dport']);
    const { exe: _, user: __, ...flow } = call(0, 1);
    expect(has(flow)).toEqual(['host', 'saddr', 'daddr', 'dport']);
    // A connection that fails has no source address: the same pair.
    const { saddr: ___, ...failed } = call(0, 2);
    expect(pairs(call(0, 1), failed).pairs).toHaveLength(2);
  });

  it('counts equal times once, and none before 1970 or from the future', () => {
    expect(pairs(call(0, 1), call(0, 1), call(0, 2)).ms).toHaveLength(2);
    const strange = [call(0, 1, { ts: -5n }), call(0, 1, { ts: -(2n ** 62n) }), call(0, 1, { ts: 2n ** 62n })];
    expect(engine.learn(strange).rhythm.ms).toHaveLength(0);
  });
});

describe('bounds', () => {
  it('keeps the pairs that tell most, and counts those that go', () => {
    const events = Array.from({ length: 20 }, (_, p) =>
      Array.from({ length: p + 1 }, (_, i) => call(p, i * 1000)),
    ).flat();
    const { rhythms, contexts } = new Owner().learn(events);
    const kept = rhythms.cells();
    expect([rhythms.size, rhythms.shed]).toEqual([6, 14]);
    const beats = new Map<number, number>();
    for (let i = 0; i < kept.length; i++) beats.set(kept.context[2 * i]!, (beats.get(kept.context[2 * i]!) ?? 0) + 1);
    expect([...beats.values()].sort((a, b) => a - b)).toEqual([15, 16, 16, 16, 16, 16]);
    // What went leaves nothing behind.
    expect(contexts.size).toBe(6 * 5);
  });

  it('holds its memory for a million beats of one pair, and for a hundred thousand pairs', () => {
    const { rhythm } = engine.learn([call(0, 0)]);
    const owner = new Owner(undefined, rhythmModel().constants);
    const ms = Float64Array.from(
      { length: 1_000_000 },
      (_, i) => Number(MONDAY / 1000n) + 10_000 * ((i * 7919) % 1_000_003),
    );
    owner.rhythms.merge({ ...rhythm, pair: new Uint32Array(ms.length), ms }, value);
    const kept = owner.rhythms.cells();
    expect(kept.length).toBe(1024);
    const newest = [...ms].sort((a, b) => b - a).slice(0, 1024);
    const times = owner.rhythms.judged()[0]!.beats.times();
    expect([...times]).toEqual(newest.reverse());
    for (let part = 0; part < 100; part++) {
      const pairs = Uint32Array.from({ length: 2000 }, (_, i) => part * 2000 + i + 1);
      const parts = { parts: rhythm.parts, has: rhythm.has, origins: rhythm.origins };
      const wide = (of: Uint32Array) => Uint32Array.from({ length: 1000 * of.length }, (_, i) => of[i % of.length]!);
      const has = Uint8Array.from({ length: 1000 * parts.has.length }, (_, i) => parts.has[i % parts.has.length]!);
      const heard = { pair: Uint32Array.from({ length: 1000 }, (_, i) => i), ms: new Float64Array(1000).fill(part) };
      owner.rhythms.merge({ pairs, parts: wide(parts.parts), has, origins: wide(parts.origins), ...heard }, value);
      expect(owner.rhythms.size).toBeLessThan(2 * rhythmModel().constants.pairs_kept + 1000);
    }
    expect(owner.rhythms.shed).toBeGreaterThan(60_000);
    expect(owner.rhythms.judged().map(({ beats }) => beats.size)).toEqual([1024]);
  });

  it('judges whatever times finite numbers make, without NaN', () => {
    const time = fc.oneof(
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: 0, max: 7_000_000_000 }),
      fc.constant(7_289_568_000_000),
    );
    fc.assert(
      fc.property(fc.array(time, { minLength: 12, maxLength: 80 }), (times) => {
        const { rhythm } = engine.learn([call(0, 0)]);
        const owner = new Owner(undefined, rhythmModel().constants);
        owner.rhythms.merge({ ...rhythm, pair: new Uint32Array(times.length), ms: Float64Array.from(times) }, value);
        for (const { judgement } of owner.rhythms.judged()) {
          const { gate, limit, description } = judgement;
          for (const x of [gate.lnP, limit, ...Object.values(description)]) expect(x).toSatisfy(Number.isFinite);
        }
      }),
    );
  });
});

it('a beat is of kind 10, in the segment of its host and day', () => {
  const { rhythms, segments } = new Owner().learn([call(0, 5), call(0, 86_400_007)]);
  const cells = rhythms.cells();
  expect([...cells.kind]).toEqual([KIND.rhythm, KIND.rhythm]);
  const days = [0, 1].map((i) => segments.find({ lo: cells.segment[2 * i]!, hi: cells.segment[2 * i + 1]! })!.day);
  const at = days.map((day, i) => day * 86_400_000 + cells.value[2 * i]!).sort((a, b) => a - b);
  expect(at).toEqual([Number(MONDAY / 1000n) + 5, Number(MONDAY / 1000n) + 86_400_007]);
});
