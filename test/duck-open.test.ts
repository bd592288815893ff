import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open } from '../dist/duck/open.js';
import { readParquet } from '../dist/duck/parquet.js';
import { userSql } from '../dist/duck/user-sql.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const OPEN_MODULE = new URL('../dist/duck/open.js', import.meta.url).href;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quince-duck-'));
  path = join(folder, 'a.duckdb');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the guard', () => {
  it('refuses a second opening by path, symbolic link, hard link and while the first is still opening', async () => {
    const first = open(path);
    await expect(open(path)).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
    const duck = await first;
    symlinkSync(path, join(folder, 'soft'));
    symlinkSync(folder, join(folder, 'up'));
    linkSync(path, join(folder, 'hard'));
    for (const other of ['a.duckdb', 'soft', 'hard', 'up/a.duckdb', 'up/../a.duckdb']) {
      await expect(open(join(folder, other))).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
      await expect(open(join(folder, other), { readOnly: true })).rejects.toMatchObject({ code: 'DATABASE_IN_USE' });
    }
    await duck.close();
    await duck.close();
    await (await open(join(folder, 'hard'))).close();
  });

  it('refuses a second opening from a worker thread', async () => {
    const duck = await open(path);
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { open } = await import(workerData.module);
      parentPort.postMessage(await open(workerData.path).then(() => 'opened', (error) => error.code));`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: { module: OPEN_MODULE, path },
    });
    expect((await once(worker, 'message'))[0]).toBe('DATABASE_IN_USE');
    await worker.terminate();
    await duck.close();
  });

  it('lets a failed opening be tried again, and memory be opened often', async () => {
    writeFileSync(path, 'this is a text, not a database');
    await expect(open(path)).rejects.toMatchObject({ code: 'BAD_DATABASE' });
    rmSync(path);
    const ducks = await Promise.all([open(path), open(':memory:'), open(':memory:')]);
    await Promise.all(ducks.map((d) => d.close()));
  });

  it('names the other process that holds the file', async () => {
    const script = `const { open } = await import(${JSON.stringify(OPEN_MODULE)});
      await open(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    try {
      await once(child.stdout, 'data');
      await expect(open(path)).rejects.toMatchObject({
        code: 'DATABASE_IN_USE',
        message: expect.stringContaining(`process ${child.pid}`),
      });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await (await open(path)).close();
  });
});

describe('open', () => {
  it('tells what is wrong with a file', async () => {
    writeFileSync(join(folder, 'short'), 'x');
    writeFileSync(join(folder, 'torn'), Buffer.concat([Buffer.alloc(8), Buffer.from('DUCK'), Buffer.alloc(5000)]));
    for (const bad of ['short', 'torn']) {
      await expect(open(join(folder, bad))).rejects.toMatchObject({ code: 'BAD_DATABASE' });
    }
    await expect(open(folder)).rejects.toMatchObject({ code: 'BAD_DATABASE' });
    await expect(open(join(folder, 'no/such/a'))).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(open(join(folder, 'none'), { readOnly: true })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });

  it('closes other files and settings, unless asked for external access', async () => {
    const duck = await open(path);
    await expect(duck.all(`SELECT * FROM read_text('/etc/hostname')`)).rejects.toThrow(/disabled/);
    await expect(duck.run(`COPY (SELECT 1) TO '${join(folder, 'x.csv')}'`)).rejects.toThrow(/disabled/);
    await expect(duck.run(`ATTACH '${join(folder, 'b.duckdb')}'`)).rejects.toThrow(/disabled/);
    for (const setting of [
      "memory_limit = '9GB'",
      'enable_external_access = true',
      'autoload_known_extensions = true',
    ]) {
      await expect(duck.run(`SET ${setting}`)).rejects.toThrow(/locked/);
    }
    await duck.close();
    const wide = await open(':memory:', { externalAccess: true });
    expect(await wide.all(`SELECT count(*) AS n FROM read_text('/etc/hostname')`)).toEqual([{ n: 1n }]);
    await wide.close();
  });

  it('reads in UTC, and writes nothing when read-only', async () => {
    const duck = await open(path);
    await duck.run('CREATE TABLE t AS SELECT 1 AS a');
    expect(await duck.all("SELECT current_setting('TimeZone') AS zone")).toEqual([{ zone: 'UTC' }]);
    await duck.close();
    const reader = await open(path, { readOnly: true });
    await expect(reader.run('INSERT INTO t VALUES (2)')).rejects.toMatchObject({ name: 'QuinceError' });
    expect(await reader.all('SELECT a FROM t')).toEqual([{ a: 1 }]);
    await reader.close();
  });

  it('lets a query that is larger than memory spill', { timeout: 30_000 }, async () => {
    const duck = await open(path, { memoryLimit: '30MB', threads: 1 });
    const rows = await duck.all('SELECT count(DISTINCT i || repeat(chr(120), 40)) AS n FROM range(600000) AS t(i)');
    expect(rows).toEqual([{ n: 600_000n }]);
    await duck.close();
  });
});

/** Open files of this process below the folder. */
const held = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;

describe('a query that is left or fails', () => {
  /** Fails at the last of 300,000 rows, long after a stream would have given the first. */
  const BROKEN = "SELECT CASE WHEN i = 299999 THEN error('half way')::BIGINT ELSE i END AS i FROM t";

  it('lets the database close: no descriptor, no log left', async () => {
    const duck = await open(path);
    await duck.run('CREATE TABLE t AS SELECT i FROM range(300000) AS t(i)');
    for await (const _ of duck.rows('SELECT i FROM t WHERE i >= ?', [0])) break;
    const unfinished = duck.rows('SELECT i FROM t');
    await unfinished.next();
    await expect(duck.columns('SELECT i FROM t', ['DOUBLE'])).rejects.toMatchObject({ code: 'INTERNAL' });
    const query = await userSql(duck, 'SELECT i FROM t');
    for await (const _ of query.rows()) break;
    await userSql(duck, 'SELECT i FROM t');
    expect(held()).toBeGreaterThan(0);
    await duck.close();
    expect(held()).toBe(0);
    expect(existsSync(`${path}.wal`)).toBe(false);
    await (await open(path)).close();
  });

  it('never ends as if it were complete', async () => {
    const duck = await open(path);
    await duck.run('CREATE TABLE t AS SELECT i FROM range(300000) AS t(i)');
    const drain = async (rows: AsyncIterable<unknown>) => {
      for await (const _ of rows);
    };
    await expect(drain(duck.rows(BROKEN))).rejects.toThrow(/half way/);
    await expect(duck.columns(BROKEN, ['BIGINT'])).rejects.toThrow(/half way/);
    await expect(userSql(duck, BROKEN, { rowLimit: 1e6 })).rejects.toMatchObject({ code: 'BAD_SQL' });
    await duck.close();
  });

  it('nor does a Parquet file damaged at its end, and one that is left is closed', async () => {
    const file = join(folder, 'a.parquet');
    const maker = await open(':memory:', { externalAccess: true });
    await maker.run(
      `COPY (SELECT i, hash(i)::VARCHAR AS exe FROM range(300000) AS t(i)) TO '${file}' (ROW_GROUP_SIZE 20000)`,
    );
    await maker.close();
    const read = async (until: number) => {
      let rows = 0;
      for await (const chunk of readParquet(file, () => true)) {
        rows += chunk.rows;
        if (rows >= until) break;
      }
      return rows;
    };
    expect(await read(Number.POSITIVE_INFINITY)).toBe(300_000);
    expect(await read(1)).toBeLessThan(300_000);
    expect(held()).toBe(0);
    const bytes = readFileSync(file);
    bytes.fill(0xff, Math.floor(bytes.length * 0.8), Math.floor(bytes.length * 0.8) + 4096);
    writeFileSync(file, bytes);
    await expect(read(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(held()).toBe(0);
  });
});
