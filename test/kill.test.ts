import type { ChildProcess } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Store } from '../dist/store/store.js';
import { attack, Folder, jsonLines, ordinaryWork, quince, SCORE_US, TRAIN_US } from './cli-rig.js';

/** Trials; the full trial of a release is 20. */
const KILLS = Number(process.env.QUINCE_KILLS ?? 5);
/** Five full batches and a short one. */
const PROCESSES = 13_000;

const folder = new Folder();
const trained = folder.file('trained.db');
const input = folder.file('score.jsonl');
let whole: Record<string, string>;
let wholeOutput: string;

/** All rows of all tables that scoring writes, as counts and hashes; times of the runs themselves left out. */
const CONTENTS = {
  events: 'SELECT * FROM events',
  strings: 'SELECT * FROM strings',
  scores: 'SELECT * FROM scores',
  findings: 'SELECT * FROM finding_rows',
  batches: 'SELECT * FROM batches',
  runs: 'SELECT * EXCLUDE (started, finished), finished IS NULL AS unfinished FROM runs',
  cells: 'SELECT * FROM cells',
  snapshots: 'SELECT snapshot, checksum FROM snapshot_rows',
};

async function contents(db: string): Promise<Record<string, string>> {
  const store = await Store.open(db, { readOnly: true });
  try {
    const found: Record<string, string> = {};
    for (const [name, query] of Object.entries(CONTENTS)) {
      for await (const row of store.rows(`SELECT count(*) AS n, sum(hash(t)) AS h FROM (${query}) AS t`)) {
        found[name] = `${row.n} rows, ${row.h}`;
      }
    }
    return found;
  } finally {
    await store.close();
  }
}

async function stored(db: string): Promise<{ batches: number; finished: boolean }> {
  const store = await Store.open(db, { readOnly: true });
  try {
    const sql = `SELECT (SELECT count(*) FROM batches WHERE run = 2)::DOUBLE AS batches,
      (SELECT bool_and(finished IS NOT NULL) FROM runs WHERE run = 2) AS finished`;
    const found = { batches: 0, finished: false };
    for await (const row of store.rows(sql)) {
      found.batches = Number(row.batches);
      found.finished = row.finished === true;
    }
    return found;
  } finally {
    await store.close();
  }
}

/** Kills the process some milliseconds after it acknowledged `batches` batches. */
function killAfter(child: ChildProcess, batches: number, delayMs: number): void {
  let seen = 0;
  child.stderr!.on('data', (bytes: Buffer) => {
    const before = seen;
    seen += bytes.toString().split('"batch stored"').length - 1;
    if (before < batches && seen >= batches) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
}

beforeAll(async () => {
  const rows = [...ordinaryWork(2, SCORE_US, PROCESSES), ...attack(SCORE_US + 60_000_000)];
  folder.file('score.jsonl', jsonLines(rows));
  const train = folder.file('train.jsonl', jsonLines(ordinaryWork(1, TRAIN_US, 300)));
  expect((await quince(['train', '--db', trained, train])).status).toBe(0);
  const db = folder.file('whole.db');
  copyFileSync(trained, db);
  const { stdout, status } = await quince(['score', '--db', db, input, '--json']);
  expect(status).toBe(0);
  wholeOutput = stdout;
  whole = await contents(db);
}, 300_000);
afterAll(() => folder.remove());

describe(`kill -9 while scoring, ${KILLS} times, each after an acknowledged batch`, () => {
  test('the tables after a second run equal those of an unbroken run', { timeout: 120_000 * KILLS }, async () => {
    // One of the training and six of the scoring.
    expect(whole.batches).toMatch(/^7 rows/);
    let unfinished = 0;
    for (let i = 0; i < KILLS; i++) {
      const db = folder.file(`killed-${i}.db`);
      copyFileSync(trained, db);
      // Both the moment in the input and the moment in the work on a batch differ from trial to trial.
      const after = 1 + (i % 5);
      const { status } = await quince(['score', '--db', db, input, '--json', '--log-level', 'debug'], {
        onStart: (child) => killAfter(child, after, (i * 7) % 40),
      });
      const left = await stored(db);
      if (status === null && !left.finished) unfinished++;
      expect(left.batches).toBeGreaterThanOrEqual(after);
      const again = await quince(['score', '--db', db, input, '--json']);
      expect(again.status).toBe(0);
      expect(again.stdout).toBe(wholeOutput);
      expect(await contents(db)).toEqual(whole);
    }
    // A late kill may find the work done; most must not, else the trial shows nothing.
    expect(unfinished).toBeGreaterThan(KILLS / 2);
  });
});
