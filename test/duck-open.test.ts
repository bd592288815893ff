import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open } from '../dist/duck/open.js';

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
