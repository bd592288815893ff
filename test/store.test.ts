import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../dist/store/store.js';
import { COLUMNS } from '../dist/tuple/columns.js';
import { batchOf, columnsOf, type EventRow, rowsOf, START_US, scoresOf, tableOf } from './store-dataset.js';

vi.setConfig({ testTimeout: 60_000 });

let store: Store;

beforeEach(async () => {
  store = await Store.open(':memory:');
});

afterEach(() => store.close());

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const nat = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const VALUE = {
  u16: nat(16),
  u32: nat(32),
  u64,
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  ts: fc.bigInt({ min: 0n, max: 4n * 10n ** 15n }),
  bool: fc.integer({ min: 0, max: 1 }),
};
const TEXT = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom("'; DROP TABLE strings; --", '\u001b[2J', '日本'),
);

/** Any row; addresses are left out because the string table rewrites them, arguments because it redacts them. */
const anyRow: fc.Arbitrary<EventRow> = fc.record(
  Object.fromEntries(
    COLUMNS.filter((c) => c.type !== 'dict' || (c.strings !== 'address' && c.strings !== 'args')).map((c) => [
      c.name,
      c.type === 'dict' ? TEXT : VALUE[c.type],
    ]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<EventRow>;

const asStored = (name: string, value: unknown) => {
  const type = COLUMNS.find((c) => c.name === name)!.type;
  if (type === 'bool') return value === 1;
  return value;
};

describe('events', () => {
  it('come back as they were, every column, nulls as nulls', async () => {
    const { run } = await store.beginRun({ kind: 'record', key: 'k' });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 20 }), async (rows) => {
        const table = tableOf();
        const { firstEvent } = await store.appendBatch(run, batchOf(`b/${n++}`, rows, table));
        const got = await rowsOf(store, `SELECT * FROM events WHERE event >= ${firstEvent} ORDER BY event`);
        for (const [i, row] of rows.entries()) {
          const want = Object.fromEntries(
            COLUMNS.map((c) => [c.name, c.name in row ? asStored(c.name, row[c.name]) : null]),
          );
          const { event, run: _run, batch: _batch, row: _row, ...rest } = got[i]!;
          expect(Number(event)).toBe(firstEvent + i);
          // A text that its column cuts sets `truncated`; short ones here never do.
          expect(rest).toEqual(want);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('are stored once a run and batch id, whatever the order of repeats', async () => {
    const { run } = await store.beginRun({ kind: 'score', key: 'k' });
    const other = await store.beginRun({ kind: 'score', key: 'l' });
    const table = tableOf();
    const rows = [{ exe: '/a' }, { exe: '/b' }, { exe: '/a' }];
    const first = batchOf('b/0', rows, table);
    const second = batchOf('b/1', rows, table);
    expect(await store.appendBatch(run, first, [scoresOf([{ exe: 1 }, { exe: 2 }, { exe: 1 }], ['exe'])])).toEqual({
      appended: true,
      batch: 1,
      firstEvent: 0,
      firstRow: 0,
    });
    const both = await Promise.all([store.appendBatch(run, second), store.appendBatch(run, second)]);
    expect(both.map((b) => [b.appended, b.firstEvent, b.firstRow])).toEqual([
      [true, 3, 3],
      [false, 3, 3],
    ]);
    expect(await store.appendBatch(run, first)).toMatchObject({ appended: false, firstEvent: 0 });
    expect(await store.appendBatch(other.run, first)).toMatchObject({ appended: true, firstEvent: 6, firstRow: 0 });
    expect(
      await rowsOf(store, 'SELECT count(*) AS n, count(DISTINCT event) AS d, max("row") AS r FROM events'),
    ).toEqual([{ n: 9n, d: 9n, r: 5n }]);
    expect(await rowsOf(store, 'SELECT count(*) AS n FROM scores')).toEqual([{ n: 3n }]);
    await expect(store.appendBatch(run, batchOf('b/0', [{ exe: '/a' }], table))).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('leave nothing behind when their transaction fails, and the next batch is whole', async () => {
    const { run } = await store.beginRun({ kind: 'score', key: 'k' });
    const table = tableOf();
    const rows = [{ exe: '/first' }, { exe: '/second' }];
    const short = scoresOf([{ exe: 1 }], ['exe']);
    await expect(store.appendBatch(run, batchOf('b/0', rows, table), [short])).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    const batch = batchOf('b/0', rows, table);
    await expect(store.appendBatch(run, { ...batch, id: null as never })).rejects.toMatchObject({
      name: 'QuinceError',
    });
    for (const name of ['event_rows', 'scores', 'batches', 'strings']) {
      expect(await rowsOf(store, `SELECT count(*) AS n FROM ${name}`)).toEqual([{ n: 0n }]);
    }
    expect(await store.appendBatch(run, batchOf('b/0', [...rows].reverse(), table))).toMatchObject({
      firstEvent: 0,
      batch: 1,
    });
    expect((await rowsOf(store, 'SELECT exe FROM events ORDER BY event')).map((r) => r.exe)).toEqual([
      '/second',
      '/first',
    ]);
    expect(await rowsOf(store, 'SELECT min(code) AS a, max(code) AS b, count(*) AS n FROM strings')).toEqual([
      { a: 1, b: 2, n: 2n },
    ]);
  });

  it('share codes over string tables and epochs', async () => {
    const { run } = await store.beginRun({ kind: 'record', key: 'k' });
    await store.appendBatch(run, batchOf('b/0', [{ exe: '/x', comm: 'x' }], tableOf(0)));
    await store.appendBatch(run, batchOf('b/1', [{ comm: 'y', exe: '/x', path: '/x' }], tableOf(1)));
    expect(await rowsOf(store, 'SELECT text FROM strings ORDER BY code')).toEqual([
      { text: '/x' },
      { text: 'x' },
      { text: 'y' },
    ]);
  });
});

describe('scores', () => {
  it('keep their parts by name, unknown ones null, unscored rows out, and new names add columns', async () => {
    const { run } = await store.beginRun({ kind: 'score', key: 'k' });
    const rows = Array.from({ length: 11 }, (_, i) => ({ exe: `/${i}` }));
    const parts = rows.map((_, i) => (i % 2 ? { exe: i, brand_new: 0.25 } : { exe: i }));
    const flags = Uint8Array.from(rows, (_, i) => (i === 4 ? 4 : i % 4));
    const group = Int32Array.from(rows, (_, i) => i - 1);
    const block = scoresOf(parts, ['exe', 'brand_new'], { flags, group, snapshot: null });
    await store.appendBatch(run, batchOf('b/0', rows, tableOf()), [block]);
    const got = await rowsOf(
      store,
      'SELECT event, bits, by_exe, by_brand_new, by_dport, extrapolated, few, calibration_group, snapshot FROM scores ORDER BY event',
    );
    const want = rows.map((_, i) => ({
      event: BigInt(i),
      bits: i + (i % 2 ? 0.25 : 0),
      by_exe: i,
      by_brand_new: i % 2 ? 0.25 : null,
      by_dport: null,
      extrapolated: (i & 1) === 1,
      few: (i & 2) === 2,
      calibration_group: i === 0 ? null : i - 1,
      snapshot: null,
    }));
    expect(got).toEqual(want.filter((_, i) => i !== 4));
    const hostile = scoresOf([{ 'x" DOUBLE; --': 1 }], ['x" DOUBLE; --']);
    await expect(store.appendBatch(run, batchOf('b/1', [{ exe: '/a' }], tableOf()), [hostile])).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });
});

describe('runs and commits', () => {
  it('know a repeated run: resumed before its end, complete after', async () => {
    const info = { kind: 'score', key: 'k', params: { dims: 15 } } as const;
    expect(await store.beginRun(info)).toEqual({ run: 1, resumed: false, complete: false });
    expect(await store.beginRun(info)).toEqual({ run: 1, resumed: true, complete: false });
    expect(await store.beginRun({ ...info, kind: 'train' })).toEqual({ run: 2, resumed: false, complete: false });
    await store.finishRun({ run: 1, rows: 5, bad: { bad_json: 2 } });
    expect(await store.beginRun(info)).toEqual({ run: 1, resumed: false, complete: true });
    await expect(store.finishRun({ run: 1, rows: 5, bad: {} })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(await rowsOf(store, `SELECT "rows", bad->>'bad_json' AS bad FROM runs WHERE run = 1`)).toEqual([
      { rows: 5n, bad: '2' },
    ]);
  });

  it('store all parts of a commit or none', async () => {
    const { run } = await store.beginRun({ kind: 'train', key: 'k' });
    const cells = columnsOf([{ kind: 1, segment: 1n, context: 1n, value: 1n, n: 1, s: 0 }]);
    const snapshot = {
      kind: 'factor',
      asOfUs: Number(START_US) + 1,
      run,
      checksum: 'abc',
      bytes: new Uint8Array([1, 2]),
      card: { a: [1] },
    };
    const parts = { learned: { cells }, snapshots: [snapshot], state: { watermark: 7 } };
    await expect(store.commit({ ...parts, end: { run: run + 1, rows: 0, bad: {} } })).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    expect((await store.readLearned([1])).cells.length).toBe(0);
    expect(await store.latestSnapshot('factor')).toBeUndefined();
    expect(await store.commit({ ...parts, end: { run, rows: 0, bad: {} } })).toEqual({ snapshots: [1] });
    expect(await store.latestSnapshot('factor')).toEqual({ ...snapshot, snapshot: 1, size: 2 });
    expect(await store.readState('watermark')).toBe(7);
    await store.commit({ state: { watermark: { day: 8 } } });
    expect(await store.readState('watermark')).toEqual({ day: 8 });
  });

  it('keep snapshots whole over their parts, newest by kind', async () => {
    const bytes = Uint8Array.from({ length: 2_500_000 }, (_, i) => (i * 31) & 255);
    const base = { asOfUs: 0, run: 1, checksum: 'c', card: null };
    await store.commit({
      snapshots: [
        { ...base, kind: 'a', bytes },
        { ...base, kind: 'b', bytes: new Uint8Array(0) },
      ],
    });
    const got = await store.latestSnapshot('a');
    expect(Buffer.from(got!.bytes).equals(Buffer.from(bytes))).toBe(true);
    expect((await store.snapshot(2))!.bytes.length).toBe(0);
    expect((await store.listSnapshots()).map((s) => [s.snapshot, s.kind, s.size])).toEqual([
      [1, 'a', 2_500_000],
      [2, 'b', 0],
    ]);
  });

  it('list findings with what they were', async () => {
    const { run } = await store.beginRun({ kind: 'score', key: 'k' });
    await store.appendBatch(run, batchOf('b/0', [{ exe: '/a' }, { exe: '/b' }], tableOf()), [
      scoresOf([{ exe: 1 }, { exe: 30 }], ['exe']),
      scoresOf([{ exe: 2 }, { exe: 3 }], ['exe'], { dims: 5 }),
    ]);
    const finding = { event: 1, tree: 2n ** 64n - 1n, rank: 1, lnP: -28, treeLnP: -27 };
    await store.commit({ findings: { run, findings: [finding, { ...finding, event: 0 }] } });
    await store.commit({ findings: { run, findings: [finding] } });
    await store.commit({ findings: { run, dims: 5, findings: [{ ...finding, rank: 7 }] } });
    const other = await store.beginRun({ kind: 'score', key: 'l' });
    await store.appendBatch(other.run, batchOf('b/0', [{ exe: '/a' }, { exe: '/b' }], tableOf()), [
      scoresOf([{ exe: 1 }, { exe: 40 }], ['exe']),
    ]);
    await store.commit({ findings: { run: other.run, findings: [{ ...finding, event: 3, rank: 9 }] } });
    expect(
      await rowsOf(store, 'SELECT run, dims, rank, tree, tree_ln_p, ln_p, bits, exe FROM findings ORDER BY rank'),
    ).toEqual(
      [
        [run, 15, 1, 30],
        [run, 5, 7, 3],
        [other.run, 15, 9, 40],
      ].map(([run, dims, rank, bits]) => ({
        ...{ run, dims, rank, bits, exe: '/b' },
        ...{ tree: 2n ** 64n - 1n, tree_ln_p: -27, ln_p: -28 },
      })),
    );
  });
});
