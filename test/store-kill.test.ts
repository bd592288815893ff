import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { open } from '../dist/duck/open.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const CHILD = fileURLToPath(new URL('./store-append-child.mjs', import.meta.url));
const BATCHES = 10;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quince-kill-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Every row of every table, but for the wall clock. */
async function contents(path: string): Promise<Record<string, unknown>> {
  const duck = await open(path, { readOnly: true });
  const tables = await duck.all('SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal ORDER BY name');
  const all: Record<string, unknown> = {};
  for (const { name } of tables) {
    const columns = name === 'runs' ? '* EXCLUDE (started, finished)' : '*';
    all[String(name)] = await duck.all(`SELECT ${columns} FROM ${String(name)} ORDER BY ALL`);
  }
  await duck.close();
  return all;
}

const batchesIn = async (path: string) => ((await contents(path)).batches as unknown[]).length;

/** Runs the child and kills it `delayMs` after it acknowledged `acknowledged` batches; returns how many it had by then. */
async function killAfter(path: string, acknowledged: number, delayMs: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, path, String(BATCHES)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = 0;
  createInterface({ input: child.stdout }).on('line', () => {
    if (++said === acknowledged) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await once(child, 'close');
  return said;
}

it('a killed run loses nothing acknowledged and, run again, gives the tables of an unbroken one', async () => {
  const unbroken = join(folder, 'unbroken.duckdb');
  execFileSync(process.execPath, [CHILD, unbroken, String(BATCHES)]);
  const want = await contents(unbroken);
  expect((want.event_rows as unknown[]).length).toBe(BATCHES * 500);
  for (const [i, [acknowledged, delayMs]] of [
    [1, 0],
    [3, 2],
    [7, 7],
  ].entries()) {
    const path = join(folder, `killed-${i}.duckdb`);
    const said = await killAfter(path, acknowledged!, delayMs!);
    expect(await batchesIn(path)).toBeGreaterThanOrEqual(said);
    execFileSync(process.execPath, [CHILD, path, String(BATCHES)]);
    expect(await contents(path)).toEqual(want);
    // A third time, when all is done, changes nothing either.
    execFileSync(process.execPath, [CHILD, path, String(BATCHES)]);
    expect(await contents(path)).toEqual(want);
  }
});
