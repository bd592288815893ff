import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { DeciderOptions } from '../dist/pipeline/decider.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { type ScoreReport, score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';
import { Folder, jsonLines } from './cli-rig.js';
import { BEACON, CRON, HOUR_MS, ordinaryCalls, pacedCalls, START_MS } from './rhythm-world.js';

const folder = new Folder();
afterAll(() => folder.remove());

const ordinary = (seed: number, fromMs: number, hours: number) =>
  ['web1', 'web2', 'web3'].flatMap((host, i) => ordinaryCalls(seed + i, fromMs, hours, host));
const LATER = START_MS + 24 * HOUR_MS;
const trained = folder.file(
  'train.jsonl',
  jsonLines([...ordinary(1, START_MS, 8), ...pacedCalls(CRON, START_MS, 8, { periodMs: 300_000 })]),
);
const beacon = pacedCalls(BEACON, LATER + HOUR_MS, 50 / 60, { periodMs: 60_000, jitter: 0.1 });
const scored = folder.file('score.jsonl', jsonLines([...ordinary(11, LATER, 3), ...beacon]));

async function withWorkers<T>(store: Store, size: number, path: string, work: (input: never) => Promise<T>) {
  const workers = workersFor(store, size);
  try {
    return await work({
      store,
      sources: await openSources([path], { hashKey: store.hashKey, workers: size }),
      workers,
    } as never);
  } finally {
    await workers.close();
  }
}

const judge = (store: Store, size = 1, decision?: Partial<DeciderOptions>): Promise<ScoreReport> =>
  withWorkers(store, size, scored, (input: object) => score({ ...input, dims: 15, decision } as never));

async function stored(store: Store): Promise<string> {
  const rows: unknown[] = [];
  const queries = ['alert_rows', 'alert_evidence_rows'].map((table) => `SELECT * FROM ${table} ORDER BY ALL`);
  for (const sql of [...queries, "SELECT key, value::VARCHAR FROM state WHERE key LIKE 'decision %' ORDER BY key"]) {
    for await (const row of store.rows(sql)) rows.push(row);
  }
  return JSON.stringify(rows, (_, v) => (typeof v === 'bigint' ? String(v) : v));
}

describe('alerts of a run', { timeout: 180_000 }, () => {
  it('are stored with what carries them, the same from any number of workers, and when it is asked again', async () => {
    const outputs: string[] = [];
    for (const size of [1, 2, 7]) {
      const store = await Store.open(join(folder.path, `w${size}.db`), { key: '05'.repeat(16) });
      try {
        const report = await withWorkers(store, size, trained, train);
        expect(report.startLnP).toBeCloseTo(Math.log(1 / report.card!.minutes.minutesADay), 9);
        await judge(store, size);
        outputs.push(await stored(store));
        await judge(store, size);
        expect(await stored(store)).toBe(outputs.at(-1));
      } finally {
        await store.close();
      }
    }
    expect(outputs[1]).toBe(outputs[0]);
    expect(outputs[2]).toBe(outputs[0]);
    expect(outputs[0]).toContain('"kind":"event"');
  });

  it('tell a beacon once, with its rhythm; other options replace what was decided', async () => {
    const store = await Store.open(join(folder.path, 'w1.db'), { key: '05'.repeat(16) });
    try {
      const { decision, run } = await judge(store);
      const of = decision.alerts.filter(({ exe }) => exe === BEACON.exe);
      expect(of).toHaveLength(1);
      expect(of[0]!.minute).toBe(Math.floor(Number(beacon[0]!.ts) / 60e6));
      expect(of[0]!.closedForm).toBe(true);
      const before = await stored(store);
      const more = await judge(store, 1, { perDay: 50 });
      expect(more.run).toBe(run);
      expect(more.decision.alerts.length).toBeGreaterThan(decision.alerts.length);
      const told = more.decision.alerts.find(({ exe }) => exe === BEACON.exe)!;
      expect(told.evidence.map(({ kind }) => kind)).toContain('rhythm');
      const rows: unknown[] = [];
      for await (const row of store.rows('SELECT alert FROM alerts ORDER BY alert')) rows.push(row.alert);
      expect(rows).toEqual(more.decision.alerts.map(({ alert }) => alert));
      const lond = await judge(store, 1, { decider: 'e-lond' });
      expect(lond.decision.alerts.map(({ exe }) => exe)).toContain(BEACON.exe);
      await judge(store);
      expect(await stored(store)).toBe(before);
    } finally {
      await store.close();
    }
  });
});
