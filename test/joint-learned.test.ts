import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Baseline } from '../dist/baseline/baseline.js';
import { CellTable, KIND } from '../dist/baseline/cells.js';
import { readVectors } from '../dist/baseline/joint/vector-rows.js';
import { VectorSample } from '../dist/baseline/joint/vector-sample.js';
import { vectorsOf } from '../dist/baseline/joint/vectors.js';
import type { LearnedState } from '../dist/baseline/learned-state.js';
import { checkCells, pick } from '../dist/baseline/tables/cell-sums.js';
import { closeAll, Engine, type Event, HOUR_US, KEY, linesOf, MODEL, MONDAY, stored } from './engine-world.js';
import { FEW, hourOf, World } from './joint-hours.js';

const did = fc.record({ events: fc.integer({ min: 0, max: 9 }), reads: fc.integer({ min: 0, max: 3 }) });
const someHours = fc
  .uniqueArray(fc.integer({ min: 0, max: 47 }), { minLength: 2, maxLength: 10 })
  .chain((at) =>
    fc.tuple(
      ...at.map((hour) =>
        fc
          .array(fc.array(did, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 3 })
          .map((s) => hourOf(480_000 + hour, s)),
      ),
    ),
  );

describe('vectors that are learned', () => {
  it('are the same whatever the order of hours, and whichever were stored before', () => {
    fc.assert(
      fc.property(someHours, fc.nat(10), fc.integer(), (hours, cut, seed) => {
        const whole = new World().learn(hours).state.cells;
        const shuffled = [...hours].sort((a, b) => ((a.hour * 7919 + seed) % 101) - ((b.hour * 7919 + seed) % 101));
        expect(new World().learn(shuffled).state.cells).toEqual(whole);
        const first = new World().learn(shuffled.slice(0, cut));
        const stored = first.state.cells;
        const second = new VectorSample(FEW, first.into);
        second.restore([stored], () => true);
        for (const hour of shuffled.slice(cut)) second.close(hour);
        expect(first.state.cells).toEqual(whole);
      }),
    );
  });

  it('are merged by union, of which freeze reads what learning at once would have kept', () => {
    fc.assert(
      fc.property(someHours, fc.nat(10), (hours, cut) => {
        const all = new World().learn(hours);
        const [a, b] = [new World().learn(hours.slice(0, cut)), new World().learn(hours.slice(cut))];
        const merged = new World();
        for (const part of [a, b]) {
          merged.cells.addAll(part.state.cells);
          merged.contexts.addAll(part.contexts.sorted());
          for (const { segment, host, day } of part.segments.rows) merged.segments.add(segment, host, day);
        }
        const rows = (world: World) =>
          readVectors(world.state, FEW, 30)
            .flatMap((one) => one.rows)
            .map(({ key, from, values }) => `${key.hi}:${key.lo} ${from} ${values}`)
            .sort();
        expect(rows(merged)).toEqual(rows(all));
        // Unlearning goes by segment: what is left is what the other day alone gives.
        const day = all.segments.days()[0]!;
        const kept = pick(
          all.state.cells,
          (i) =>
            all.segments.find({ lo: all.state.cells.segment[2 * i]!, hi: all.state.cells.segment[2 * i + 1]! })!.day !==
            day,
        );
        expect(kept).toEqual(new World().learn(hours.filter((h) => Math.floor(h.hour / 24) !== day)).state.cells);
      }),
      { numRuns: 50 },
    );
  });

  it('keep few of who does much, and all of who does little; open hours change nothing that is closed', () => {
    const busy = hourOf(480_000, [Array.from({ length: 6 }, (_, w) => ({ events: w + 1 })), [{ events: 5 }]]);
    const world = new World().learn([busy]);
    const rows = readVectors(world.state, FEW, 30).map((one) => one.rows.length);
    expect(rows.sort()).toEqual([1, 4]);
    const before = world.state.cells;
    const sample = new VectorSample(FEW, world.into);
    sample.restore([before], () => true);
    const open = new World();
    const provisional = new VectorSample(FEW, open.into, sample);
    const next = hourOf(480_001, [Array.from({ length: 6 }, () => ({ events: 3 }))]);
    provisional.close(next);
    expect(world.state.cells).toEqual(before);
    const together = new CellTable();
    for (const part of [before, open.state.cells]) together.addAll(part);
    const both = new World().learn([busy, next]).state.cells;
    expect(together.sorted()).toEqual(both);
    sample.close(next);
    expect(world.state.cells).toEqual(both);
  });

  it('go on from what a run before stored: two runs learn what one does', () => {
    const model = { ...MODEL, vectors: { ...MODEL.vectors, dayRows: 3 } };
    const engine = new Engine();
    const windowsOf = (from: number, to: number): Event[] =>
      Array.from({ length: to - from }, (_, i) => ({
        ...{ host: 'h', exe: '/bin/a', user: 'u', syscall: 'fork', proc: 1n },
        ts: MONDAY + (BigInt(from + i) * HOUR_US) / 6n,
      }));
    const run = (events: readonly Event[], before?: LearnedState) => {
      const baseline = new Baseline(model, KEY, before);
      engine.teach(baseline, [events]);
      return baseline;
    };
    const first = stored(run(windowsOf(0, 18)).delta());
    const second = run(windowsOf(18, 30), first);
    closeAll(second);
    const whole = run(windowsOf(0, 30));
    closeAll(whole);
    const cellsOf = (state: LearnedState) => linesOf(state).cells.filter((line) => line.startsWith(`${KIND.joint} `));
    const learned = cellsOf(stored(whole.delta()));
    // Of the subject and of its host three windows each.
    expect(learned).toHaveLength(6);
    expect(cellsOf(stored(second.delta(), first))).toEqual(learned);
  });

  it('leave out windows of which much was lost, and empty ones; that the recording was cut is for judging', () => {
    const hour = hourOf(480_000, [[{ events: 3 }, {}, { events: 4 }, { events: 5 }]]);
    const lost = hour.lost.map((shares) => shares.slice());
    lost[1]![39] = 0.5;
    const found = vectorsOf({ ...hour, lost, whole: [3, 60] }, MODEL);
    expect(found.map(({ from, whole, values }) => [from % 60, whole, values[0]])).toEqual([
      [0, false, 3],
      [20, true, 4],
    ]);
  });

  it('of a foreign model are refused where no learning gives them', () => {
    const { cells } = new World().learn([hourOf(480_000, [[{ events: 3 }]])]).state;
    expect(() => checkCells(cells)).not.toThrow();
    for (const lo of [(99 << 20) >>> 0, 1440]) {
      expect(() => checkCells({ ...cells, value: Uint32Array.of(lo, 0) })).toThrow(/requires a (feature|minute)/);
    }
  });
});
