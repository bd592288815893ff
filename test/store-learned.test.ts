import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../dist/store/store.js';
import type { CellColumns, ContextColumns } from '../dist/tuple/learned.js';
import { type Cell, columnsOf, halves, pair, rowsOf } from './store-dataset.js';

vi.setConfig({ testTimeout: 60_000 });

let store: Store;

beforeEach(async () => {
  store = await Store.open(':memory:');
});

afterEach(() => store.close());

const key64 = fc.constantFrom(0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n);
const count = fc.integer({ min: -1000, max: 2 ** 40 });
const cell: fc.Arbitrary<Cell> = fc.record({
  kind: fc.integer({ min: 1, max: 2 }),
  segment: key64,
  context: key64,
  value: key64,
  n: count,
  s: count,
});

/** The same sum by a Map, sorted by unsigned keys. */
function summed(cells: Cell[]): CellColumns {
  const sums = new Map<string, Cell>();
  for (const c of cells) {
    const id = [c.kind, c.segment, c.context, c.value].join();
    const known = sums.get(id);
    sums.set(id, known ? { ...c, n: known.n + c.n, s: known.s + c.s } : c);
  }
  const order = (a: bigint | number, b: bigint | number) => (a < b ? -1 : a > b ? 1 : 0);
  const left = [...sums.values()].filter((c) => c.n !== 0 || c.s !== 0);
  left.sort(
    (a, b) =>
      order(a.kind, b.kind) || order(a.segment, b.segment) || order(a.context, b.context) || order(a.value, b.value),
  );
  return columnsOf(left);
}

describe('learned state', () => {
  it('adds: any split gives the sums, sorted, and taking away what was added leaves no trace', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { maxLength: 60 }), fc.nat(60), async (cells, at) => {
        await store.addLearned({ cells: columnsOf(cells.slice(0, at)) });
        await store.addLearned({ cells: columnsOf(cells.slice(at)) });
        expect((await store.readLearned([1, 2])).cells).toEqual(summed(cells));
        expect((await store.readLearned([1])).cells).toEqual(summed(cells.filter((c) => c.kind === 1)));
        await store.addLearned({ cells: columnsOf(cells.map((c) => ({ ...c, n: -c.n, s: -c.s }))) });
        expect((await store.readLearned([1, 2])).cells.length).toBe(0);
      }),
      { numRuns: 25 },
    );
    const broken = columnsOf([{ kind: 1, segment: 1n, context: 1n, value: 1n, n: 0.5, s: 0 }]);
    await expect(store.addLearned({ cells: broken })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('keeps the first row of a context, segment or name', async () => {
    const contexts = (parent: bigint): ContextColumns => ({
      length: 3,
      context: halves([2n ** 64n - 1n, 5n, 5n]),
      factor: Int16Array.of(1, -2, -2),
      rung: Int16Array.of(0, 1, 1),
      parent: halves([parent, parent, parent + 1n]),
      value: halves([7n, 8n, 9n]),
    });
    for (const [n, parent] of [
      [1, 10n],
      [2, 20n],
    ] as const) {
      await store.addLearned({
        kinds: { factor: 1 },
        contexts: contexts(parent),
        segments: [{ segment: pair(9n), host: pair(2n ** 63n + 1n), day: 20_000 + n }],
        names: [
          { value: pair(2n ** 63n + 1n), text: `web${n}` },
          { value: pair(8n), text: '/usr/bin/curl' },
        ],
      });
    }
    const state = await store.readLearned([1]);
    expect(state.segments).toEqual([{ segment: pair(9n), host: pair(2n ** 63n + 1n), day: 20_001 }]);
    expect(state.contexts).toEqual({
      length: 2,
      context: halves([5n, 2n ** 64n - 1n]),
      factor: Int16Array.of(-2, 1),
      rung: Int16Array.of(1, 0),
      parent: halves([10n, 10n]),
      value: halves([8n, 7n]),
    });
    expect(await store.readNames()).toEqual([
      { value: pair(8n), text: '/usr/bin/curl' },
      { value: pair(2n ** 63n + 1n), text: 'web1' },
    ]);
    await store.addLearned({ cells: columnsOf([{ kind: 1, segment: 9n, context: 5n, value: 8n, n: 3, s: 0 }]) });
    expect(await rowsOf(store, 'SELECT kind, host, day::VARCHAR AS day, value, n FROM cells_named')).toEqual([
      { kind: 'factor', host: 'web1', day: '2024-10-05', value: '/usr/bin/curl', n: 3n },
    ]);
    expect(await rowsOf(store, 'SELECT value FROM contexts_named WHERE factor = -2')).toEqual([
      { value: '/usr/bin/curl' },
    ]);
  });

  it('replaces open presences as a whole', async () => {
    const presence = (hour: number) => ({ dims: 15, hour, signature: pair(2n ** 64n - hour_(hour)), proc: pair(3n) });
    const hour_ = (hour: number) => BigInt(hour);
    await store.addLearned({ open: [presence(2), presence(1)] });
    expect(await store.readOpen()).toEqual([presence(1), presence(2)]);
    await store.addLearned({ open: [presence(3)] });
    expect(await store.readOpen()).toEqual([presence(3)]);
  });
});
