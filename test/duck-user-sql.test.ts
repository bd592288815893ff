import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Duck } from '../dist/duck/duck.js';
import type { JsonValue } from '../dist/duck/json-value.js';
import { open } from '../dist/duck/open.js';
import { type UserSqlOptions, userSql } from '../dist/duck/user-sql.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let duck: Duck;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quince-sql-'));
  duck = await open(join(folder, 'a.duckdb'));
  await duck.run('CREATE TABLE t AS SELECT i FROM range(10) AS r(i); CREATE SEQUENCE q');
});

afterAll(async () => {
  await duck.close();
  rmSync(folder, { recursive: true });
});

async function rows(sql: string, options?: UserSqlOptions): Promise<JsonValue[][]> {
  const query = await userSql(duck, sql, options);
  const all: JsonValue[][] = [];
  for await (const row of query.rows()) all.push(row);
  return all;
}

describe('userSql takes', () => {
  it.each([
    'SELECT 1',
    'FROM t',
    'VALUES (1)',
    'WITH a AS (SELECT * FROM range(3)) SELECT * FROM a;',
    'SHOW TABLES',
    'DESCRIBE t',
    'SUMMARIZE t',
    'SELECT * FROM information_schema.tables',
    'SELECT unnest([1, 2])',
    "SELECT * FROM json_each('[1]')",
  ])('%s', async (sql) => {
    expect((await rows(sql)).length).toBeGreaterThan(0);
  });
});

describe('userSql refuses', () => {
  it.each([
    '',
    'SELEC 1',
    'SELECT 1; SELECT 2',
    'SELECT 1; DROP TABLE t',
    'DROP TABLE t',
    'INSERT INTO t VALUES (1)',
    'UPDATE t SET i = 1',
    'DELETE FROM t',
    'CREATE TABLE u AS SELECT 1',
    'CREATE TEMP TABLE u AS SELECT 1',
    "COPY t TO '/tmp/quince-x.csv'",
    "EXPORT DATABASE '/tmp/quince-x'",
    "ATTACH '/tmp/quince-x.duckdb'",
    'DETACH a',
    'INSTALL httpfs',
    "LOAD '/tmp/x.duckdb_extension'",
    'PRAGMA database_list',
    'CALL enable_profiling()',
    "SET memory_limit = '9GB'",
    'RESET memory_limit',
    'BEGIN',
    'COMMIT',
    'CHECKPOINT',
    'VACUUM',
    'EXPLAIN ANALYZE SELECT 1',
    'PREPARE p AS SELECT 1',
    "SELECT nextval('q')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT (SELECT count(*) FROM glob('/etc/*'))",
    "WITH a AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM a",
    "SELECT 1 FROM t JOIN main.read_blob('/etc/passwd') ON true",
    "SELECT * FROM query('DROP TABLE t')",
    "SELECT * FROM enable_logging(storage = 'file', storage_path = '/tmp/quince-log')",
    'SELECT * FROM Force_Checkpoint()',
    'SELECT * FROM duckdb_secrets()',
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT json_serialize_plan('SELECT 1')",
    "SELECT * FROM pragma_storage_info('t')",
  ])('%s', async (sql) => {
    await expect(rows(sql)).rejects.toMatchObject({ code: 'BAD_SQL' });
  });

  it('and leaves everything as it was', async () => {
    expect(await rows('SELECT count(*), sum(i) FROM t')).toEqual([[10, 45]]);
    expect(readdirSync(folder).filter((f) => !f.startsWith('a.duckdb'))).toEqual([]);
  });
});

describe('a statement that fails', () => {
  it('is told as the user gave it, without what was put around it', async () => {
    for (const sql of ['SELECT * FROM nosuch', 'SELECT nosuch FROM t', 'SELECT i +\n  nosuch(i)\nFROM t']) {
      const error = await rows(sql).catch((cause) => cause);
      expect(error.code).toBe('BAD_SQL');
      expect(error.message, sql).toMatch(/(Catalog|Binder) Error: .*nosuch/);
      expect(error.message, sql).not.toMatch(/LINE|SELECT \* FROM \(/);
    }
  });
});

describe('limits', () => {
  it('cuts at the row limit and says so', async () => {
    for (const [limit, count, truncated] of [
      [9, 9, true],
      [10, 10, false],
      [0, 0, true],
    ] as const) {
      const query = await userSql(duck, 'FROM t', { rowLimit: limit });
      let seen = 0;
      for await (const _ of query.rows()) seen++;
      expect([seen, query.truncated]).toEqual([count, truncated]);
    }
  });

  it('reads a statement whatever ends it, in its own order', async () => {
    for (const end of ['', ';', ' ; ', ' -- c', '; -- c', ' /* c */;;', '\n;\n-- a ; b\n']) {
      expect(await rows(`SELECT i FROM t ORDER BY i DESC LIMIT 3${end}`, { rowLimit: 5 }), end).toEqual([
        [9],
        [8],
        [7],
      ]);
    }
    for (const form of ['FROM t LIMIT 1', 'VALUES (0)', '(SELECT 0)', 'WITH a AS (SELECT 0 AS i) SELECT i FROM a']) {
      expect(await rows(form), form).toEqual([[0]]);
    }
  });

  it('ends what takes too long, in one row or in many, and never as if complete', async () => {
    const slow = 'SELECT count(*) FROM range(100000000000) AS a, range(1000) AS b';
    const started = performance.now();
    await expect(rows(slow, { timeLimitMs: 150 })).rejects.toThrow(/within 150 ms/);
    const wide = 'SELECT a.range FROM range(100000000000) AS a';
    await expect(rows(wide, { timeLimitMs: 150, rowLimit: 1e12 })).rejects.toThrow(/within 150 ms/);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('frees a query that is left, and the database can close', async () => {
    for (let i = 0; i < 50; i++) {
      const query = await userSql(duck, 'FROM range(1000000000)');
      for await (const _ of query.rows()) break;
      query.close();
    }
    expect(await rows('SELECT 1')).toEqual([[1]]);
  });

  it('binds parameters as values', async () => {
    const hostile = "x' OR 1 = 1; --";
    expect(await rows('SELECT $a, $b::INTEGER + 1', { parameters: { a: hostile, b: '4' } })).toEqual([[hostile, 5]]);
    await expect(rows('SELECT $a')).rejects.toMatchObject({ code: 'BAD_SQL' });
  });
});

describe('JSON values', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740993', '-9007199254740993'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ['sum(x) FROM (VALUES (1), (2)) AS v(x)', 3],
    ["'nan'::DOUBLE", 'NaN'],
    ["'-inf'::DOUBLE", '-Infinity'],
    ['1.5::DECIMAL(9, 2)', 1.5],
    ['1.25::DECIMAL(38, 20)', '1.25000000000000000000'],
    ["TIMESTAMPTZ '2026-03-02 09:00:00.000001+01'", '2026-03-02T08:00:00.000001Z'],
    ["TIMESTAMP '1969-12-31 23:59:59.5'", '1969-12-31T23:59:59.500000Z'],
    ["TIMESTAMP_S '2026-03-02 09:00:00'", '2026-03-02T09:00:00Z'],
    ["TIMESTAMP_NS '2026-03-02 09:00:00.000000001'", '2026-03-02T09:00:00.000000001Z'],
    ["DATE '2026-03-02'", '2026-03-02'],
    ["'infinity'::TIMESTAMP", '9223372036854775807'],
    ["'ab'::BLOB", 'YWI='],
    ['[1, NULL, 3]', [1, null, 3]],
    ["{'a': [1], 'b': {'c': 18446744073709551615::UBIGINT}}", { a: [1], b: { c: '18446744073709551615' } }],
    ["MAP {'k': 1}", [{ key: 'k', value: 1 }]],
    ["'x'::ENUM('x', 'y')", 'x'],
    ['NULL', null],
    ['true', true],
  ])('%s', async (expression, value) => {
    expect(await rows(`SELECT ${expression}`)).toEqual([[value]]);
  });

  it('have distinct column names, and a struct that names __proto__ reaches no prototype', async () => {
    const query = await userSql(duck, `SELECT 1 AS a, 2 AS a, {'__proto__': {'polluted': 3}, 'b': 4} AS s`);
    expect(new Set(query.columns).size).toBe(3);
    for await (const row of query.rows()) expect(row).toMatchObject([1, 2, { b: 4 }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
