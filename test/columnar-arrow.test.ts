import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { RecordBatchStreamWriter, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowBatch } from '../dist/columnar/arrow-batch.js';
import { ArrowStreamWriter } from '../dist/columnar/arrow-stream-writer.js';
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { EVENT_SCHEMA, SCHEMA_KEY } from '../dist/tuple/arrow-schema.js';
import type { Batch } from '../dist/tuple/batch.js';
import { COLUMNS, type Column, col } from '../dist/tuple/columns.js';
import { SLOT_AREAS, SLOT_BYTES, SLOT_ROWS } from '../dist/tuple/slot.js';
import { event } from './source-events.js';
import { open, type PlainRow, readAll, rowsOf, scratchFolder } from './source-rows.js';

const columns: readonly Column[] = COLUMNS;
const at = scratchFolder();

function makeBatch(
  rows: readonly PlainRow[],
  table = new StringTable(0),
  slot = new SharedArrayBuffer(SLOT_BYTES),
): Batch {
  const writer = new RowWriter(slot, table);
  for (const [r, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'string') writer.setText(col(name as never), r, value);
      else writer.setNumber(col(name as never), r, value);
    }
  }
  writer.finish(rows.length);
  return { id: 'x', slot, rows: rows.length, strings: table, release: () => {} };
}

const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => event(from + i));

describe('the Arrow schema', () => {
  it('has every column in order, nullable, with one dictionary for all texts', () => {
    expect(EVENT_SCHEMA.fields.map((f) => f.name)).toEqual(columns.map((c) => c.name));
    expect(EVENT_SCHEMA.fields.every((f) => f.nullable)).toBe(true);
    expect(EVENT_SCHEMA.dictionaries.size).toBe(1);
    expect(EVENT_SCHEMA.metadata.get(SCHEMA_KEY)).toBe('1');
    expect(String(EVENT_SCHEMA.fields[col('ts')]!.type)).toBe('Timestamp<MICROSECOND, UTC>');
  });
});

describe('arrowBatch', () => {
  it('wraps the memory of the slot itself, every column of it', () => {
    const batch = makeBatch(some(0, 100));
    const wrapped = arrowBatch(batch);
    for (const [c, { validity, values }] of SLOT_AREAS.entries()) {
      const data = wrapped.data.children[c]!;
      expect(data.values.buffer).toBe(batch.slot);
      expect(data.values.byteOffset).toBe(values);
      expect(data.nullBitmap!.buffer).toBe(batch.slot);
      expect(data.nullBitmap!.byteOffset).toBe(validity);
    }
  });

  it('reads as the rows of the slot, also after the string table has grown', () => {
    const table = new StringTable(0);
    for (const from of [0, 200]) {
      const batch = makeBatch(some(from, 150), table);
      const wrapped = arrowBatch(batch);
      expect(wrapped.numRows).toBe(150);
      const exe = wrapped.getChild('exe')!;
      const proc = wrapped.getChild('proc')!;
      expect([...exe]).toEqual(rowsOf(batch).map((row) => row.exe ?? null));
      expect([...proc]).toEqual(rowsOf(batch).map((row) => row.proc ?? null));
    }
  });
});

describe('ArrowStreamWriter', () => {
  /** Writes batches of `size` events, all through one slot, as a sensor does. */
  async function record(name: string, count: number, size: number, maxDelayMs = 60_000) {
    const path = at(name);
    const writer = await ArrowStreamWriter.create(path, { maxDelayMs, force: true });
    const table = new StringTable(0);
    const slot = new SharedArrayBuffer(SLOT_BYTES);
    const rows: PlainRow[] = [];
    for (let i = 0; i < count; i++) {
      const batch = makeBatch(some(i * size, size), table, slot);
      rows.push(...rowsOf(batch));
      await writer.write(batch);
    }
    await writer.close();
    return { path, rows };
  }

  it('gathers small batches into few chunks and keeps every row', async () => {
    const { path, rows } = await record('small.arrow', 29, 300);
    const read = await readAll(await open(path));
    expect(read.fault).toBeUndefined();
    expect(read.rows).toEqual(rows);
    expect(tableFromIPC(readFileSync(path)).batches.filter((b) => b.numRows > 0)).toHaveLength(2);
  });

  it('begins a new dictionary after 64 chunks, so that reading stays linear', async () => {
    const { path, rows } = await record('epochs.arrow', 140, 1, 0);
    const read = await readAll(await open(path));
    expect(read.rows).toEqual(rows);
    const seen = new Set<unknown>();
    for (const batch of tableFromIPC(readFileSync(path)).batches) {
      const dictionary = batch.data.children[0]!.dictionary!;
      expect(dictionary.data.length).toBeLessThanOrEqual(64);
      seen.add(dictionary.data[0]!.values);
    }
    expect(seen.size).toBe(3);
  });

  it('is read by apache-arrow alone, with the values of every row', async () => {
    const { path, rows } = await record('plain.arrow', 1, 300);
    const table = tableFromIPC(readFileSync(path));
    expect(table.numRows).toBe(300);
    for (const name of ['exe', 'args', 'daddr', 'proc', 'pid', 'ret']) {
      expect([...table.getChild(name)!]).toEqual(rows.map((row) => row[name] ?? null));
    }
  });

  it('counts what was lost from the rows that say so', async () => {
    const lost = { ts: 1n, syscall: 'lost', count: 41n, reason: 'ring_full' };
    const path = at('lost.arrow');
    const writer = await ArrowStreamWriter.create(path);
    await writer.write(makeBatch([lost, event(1), { ...lost, count: 1n }]));
    await writer.close();
    expect(writer.counts).toEqual({ rows: 3, batches: 1, lost: 42n });
  });

  it('keeps an existing file unless forced', async () => {
    const path = at('kept.arrow');
    writeFileSync(path, 'mine');
    await expect(ArrowStreamWriter.create(path)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await (await ArrowStreamWriter.create(path, { force: true })).close();
    expect((await readAll(await open(path))).rows).toEqual([]);
    await expect(ArrowStreamWriter.create(at('no/such/folder/x'))).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    expect(existsSync(at('no'))).toBe(false);
  });

  it('leaves a recording that is killed readable up to its last chunk, also under gzip', async () => {
    for (const name of ['killed.arrow', 'killed.arrow.gz']) {
      const writer = await ArrowStreamWriter.create(at(name), { maxDelayMs: 0 });
      for (let i = 0; i < 5; i++) await writer.write(makeBatch(some(i * 10, 10)));
      const read = await readAll(await open(at(name)));
      expect(read.fault).toMatchObject({ code: 'TORN_STREAM' });
      expect(read.rows).toEqual(rowsOf(makeBatch(some(0, 50))));
      await writer.close();
    }
  });

  it('is small under gzip', async () => {
    const { path } = await record('small.arrow.gz', 1, SLOT_ROWS);
    expect(statSync(path).size).toBeLessThan(400_000);
    expect(gunzipSync(readFileSync(path)).length).toBeGreaterThan(1_000_000);
  });

  it('needs no writer of ours to be read: a stream by apache-arrow with our schema lacks only the end mark', async () => {
    const path = at('theirs.arrow');
    const batch = makeBatch(some(0, 40));
    writeFileSync(path, RecordBatchStreamWriter.writeAll([arrowBatch(batch)]).toUint8Array(true));
    const read = await readAll(await open(path));
    expect(read.rows).toEqual(rowsOf(batch));
    expect(read.fault).toMatchObject({ code: 'TORN_STREAM' });
  });
});
