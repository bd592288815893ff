import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open } from '../dist/duck/open.js';
import { EVENT_SQL_TYPE } from '../dist/store/event-columns.js';
import { MIGRATIONS, SCHEMA_VERSION } from '../dist/store/migrations/list.js';
import { Store } from '../dist/store/store.js';
import { COLUMNS } from '../dist/tuple/columns.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quince-schema-'));
  path = join(folder, 'a.duckdb');
});

afterEach(() => rmSync(folder, { recursive: true }));

async function change(sql: string): Promise<void> {
  const duck = await open(path);
  await duck.run(sql);
  await duck.close();
}

async function rowsOf(store: Store, sql: string): Promise<Record<string, unknown>[]> {
  const rows = [];
  for await (const row of store.rows(sql)) rows.push(row);
  return rows;
}

/** Ways to what the table of the key holds. */
const KEY_STATEMENTS = [
  'SELECT * FROM quince_meta',
  'FROM quince_meta',
  'TABLE quince_meta',
  'SELECT value FROM MAIN."Quince_Meta" AS m',
  'FROM memory.main.quince_meta',
  "FROM 'quince_meta'",
  "SELECT (SELECT max(value) FROM quince_meta WHERE key = 'hash_key')",
  'SELECT 1 FROM runs WHERE EXISTS (FROM quince_meta)',
  'WITH a AS (FROM quince_meta) FROM a',
  'WITH RECURSIVE a AS (FROM quince_meta UNION FROM a) FROM a',
  'SELECT 1 UNION ALL (SELECT value FROM quince_meta)',
  'SELECT kinds.name FROM kinds, quince_meta',
  'FROM kinds POSITIONAL JOIN quince_meta',
  'FROM (PIVOT quince_meta ON key IN (hash_key) USING first(value))',
  'PIVOT quince_meta ON key USING first(value)',
  'UNPIVOT quince_meta ON value',
  'SUMMARIZE quince_meta',
  'SUMMARIZE SELECT * FROM quince_meta',
  'FROM summary((FROM quince_meta))',
  'SELECT stats(value) FROM quince_meta',
  "FROM query_table('quince_meta')",
  "FROM query_table('quince' || '_meta')",
  "FROM query('FROM quince_meta')",
  "FROM histogram('quince_meta', value)",
  "FROM pragma_storage_info('quince' || '_meta')",
  "FROM json_execute_serialized_sql(json_serialize_sql('FROM quince_meta'))",
  "SELECT json_serialize_plan('SELECT 1 FROM quince_meta WHERE value < ''8''', optimize := true)",
  "SELECT JSON_Serialize_Plan(concat('FROM quince', '_meta'))",
  'SELECT 1 ORDER BY (SELECT value FROM quince_meta LIMIT 1) LIMIT (SELECT count(*) FROM quince_meta)',
];

describe('the schema', () => {
  it('has migrations 1, 2, 3, … and the columns of the event, in order and type', async () => {
    expect(MIGRATIONS.map((m) => m.version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
    const store = await Store.open(path);
    const columns = await rowsOf(
      store,
      `SELECT column_name AS name, CASE data_type WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'TIMESTAMPTZ' ELSE data_type END AS type
       FROM duckdb_columns() WHERE table_name = 'event_rows' AND column_index > 4 ORDER BY column_index`,
    );
    expect(columns).toEqual(COLUMNS.map((c) => ({ name: c.name, type: EVENT_SQL_TYPE[c.type] })));
    await store.close();
  });

  it('describes every view and every column that analysts read', async () => {
    const store = await Store.open(path);
    const bare = await rowsOf(
      store,
      `SELECT table_name || '.' || column_name AS name FROM duckdb_columns()
       WHERE comment IS NULL AND NOT internal AND schema_name = 'main' AND NOT starts_with(column_name, 'by_')
         AND (table_name IN ('events', 'scores', 'runs', 'batches', 'snapshots', 'contexts_named', 'cells_named', 'terms')
           OR table_name IN (SELECT view_name FROM duckdb_views() WHERE view_name <> 'findings'))`,
    );
    expect(bare).toEqual([]);
    const views = await rowsOf(store, 'SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL');
    expect(views).toEqual([]);
    await store.close();
  });

  it('makes a random key once, keeps it, and takes one that is given', async () => {
    const first = await Store.open(path);
    const key = Buffer.from(first.hashKey).toString('hex');
    expect(first.hashKey).toHaveLength(16);
    await first.close();
    const second = await Store.open(path, { key });
    expect(Buffer.from(second.hashKey).toString('hex')).toBe(key);
    await second.close();
    await expect(Store.open(path, { key: 'f'.repeat(32) })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(Store.open(path, { key: 'secret' })).rejects.toThrow(expect.not.stringContaining('secret'));
    const other = await Store.open(':memory:');
    expect(Buffer.from(other.hashKey).toString('hex')).not.toBe(key);
    await other.close();
  });

  it('keeps the key out of a user’s reach: no statement reads its table, nothing else shows it', async () => {
    const store = await Store.open(':memory:', { key: 'deadbeef'.repeat(4) });
    const read = async (sql: string) => {
      const rows: unknown[] = [];
      for await (const row of (await store.sql(sql)).rows()) rows.push(row);
      return rows;
    };
    // Refused before DuckDB runs it, not failed.
    const refused = /requires (tables without secrets, got quince_meta|tables, views and harmless|one SELECT)/;
    for (const sql of KEY_STATEMENTS) await expect(read(sql), sql).rejects.toThrow(refused);
    const named = await read(`SELECT table_name FROM duckdb_tables() WHERE table_name <> 'quince_meta'
      UNION SELECT view_name FROM duckdb_views() WHERE NOT internal
      UNION SELECT function_name || '()' FROM duckdb_functions() WHERE function_name LIKE 'duckdb_%'
        AND function_type = 'table'`);
    const shown = await Promise.all(named.map((name) => read(`FROM ${name}`).catch((error) => error)));
    expect(shown.filter(Array.isArray).length).toBeGreaterThan(40);
    expect(JSON.stringify(shown)).not.toContain('deadbeef');
    await store.close();
  });

  it('refuses a newer database, and says what to do', async () => {
    await (await Store.open(path)).close();
    await change(`UPDATE quince_meta SET value = '${SCHEMA_VERSION + 1}' WHERE key = 'schema_version'`);
    await expect(Store.open(path)).rejects.toMatchObject({
      code: 'BAD_DATABASE',
      message: expect.stringMatching(/update/),
    });
    await expect(Store.open(path, { readOnly: true })).rejects.toMatchObject({ code: 'BAD_DATABASE' });
  });

  it('refuses databases that are not its own, and leaves them as they were', async () => {
    await change('CREATE TABLE customers AS SELECT 1 AS id');
    const before = createHash('sha256').update(readFileSync(path)).digest('hex');
    await expect(Store.open(path)).rejects.toMatchObject({
      code: 'BAD_DATABASE',
      message: expect.stringContaining('customers'),
    });
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before);
    await change("DROP TABLE customers; CREATE TABLE quince_meta (key VARCHAR); INSERT INTO quince_meta VALUES ('x')");
    await expect(Store.open(path)).rejects.toMatchObject({ code: 'BAD_DATABASE' });
    await change("DROP TABLE quince_meta; CREATE TABLE quince_meta AS SELECT 'schema_version' AS key, 'x' AS value");
    await expect(Store.open(path)).rejects.toMatchObject({ code: 'BAD_DATABASE' });
  });

  it('migrates in one transaction: a kill or failure in the middle leaves the old one', async () => {
    const duck = await open(path);
    const half = duck.transaction(async (session) => {
      await MIGRATIONS[0]!.up(session);
      throw new Error('on purpose');
    });
    await expect(half).rejects.toThrow('on purpose');
    await duck.close();
    const store = await Store.open(path);
    expect(await rowsOf(store, 'SELECT count(*) AS n FROM events')).toEqual([{ n: 0n }]);
    await store.close();
  });

  it('reads read-only, not from an empty database, and makes lost views again', async () => {
    await change('SELECT 1');
    await expect(Store.open(path, { readOnly: true })).rejects.toMatchObject({ code: 'BAD_DATABASE' });
    await (await Store.open(path)).close();
    const reader = await Store.open(path, { readOnly: true });
    expect(await rowsOf(reader, 'SELECT count(*) AS n FROM findings')).toEqual([{ n: 0n }]);
    await reader.close();
    await change("DROP VIEW findings; UPDATE quince_meta SET value = 'old' WHERE key = 'views'");
    const store = await Store.open(path);
    expect(await rowsOf(store, 'SELECT count(*) AS n FROM findings')).toEqual([{ n: 0n }]);
    await store.close();
  });
});

describe('a kept database', () => {
  it.each([1])('of version %d opens and has its rows', async (version) => {
    const kept = new URL(`./fixtures/store-v${version}.duckdb.gz`, import.meta.url);
    writeFileSync(path, gunzipSync(readFileSync(kept)));
    const store = await Store.open(path);
    expect(Buffer.from(store.hashKey).toString('hex')).toBe('000102030405060708090a0b0c0d0e0f');
    const rows = await rowsOf(
      store,
      `SELECT count(*) AS n, count(DISTINCT exe) AS programs, count(dport) AS ports, sum(s.bits)::DOUBLE AS bits,
         min(e.ts) AS first FROM events AS e JOIN scores AS s USING (event)`,
    );
    expect(rows).toEqual([
      { n: 1000n, programs: 41n, ports: 678n, bits: expect.closeTo(19931.18, 6), first: 1772442000000000n },
    ]);
    expect((await store.readLearned([1])).cells.length).toBe(2);
    expect((await store.beginRun({ kind: 'score', key: 'child' })).complete).toBe(true);
    await store.close();
  });
});
