import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSources } from '../dist/pipeline/open-sources.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';

const folder = mkdtempSync(join(tmpdir(), 'quince-train-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 5, 1);

type Row = Record<string, unknown>;

function row(day: number, hour: number, i: number, extra: Row = {}): Row {
  const ts = new Date(START + day * DAY_MS + hour * 3_600_000).toISOString();
  return {
    host: 'h',
    syscall: 'exec',
    exe: `/bin/${'abcd'[i % 4]}`,
    user: 'root',
    proc: String(1000 * day + i),
    ts,
    ...extra,
  };
}

const days = (from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, d) => from + d).flatMap((d) =>
    [1, 7, 13].flatMap((h, k) => [0, 1, 2, 3].map((i) => row(d, h, 4 * k + i))),
  );

function file(name: string, rows: readonly Row[]): string {
  const path = join(folder, name);
  writeFileSync(path, rows.map((r) => `${JSON.stringify(r)}\n`).join(''));
  return path;
}

async function learn(store: Store, paths: readonly string[]) {
  const workers = workersFor(store, 1);
  try {
    const sources = await openSources(paths, { hashKey: store.hashKey, workers: 1 });
    return await train({ store, sources, workers });
  } finally {
    await workers.close();
  }
}

async function numbers(store: Store, sql: string): Promise<number[]> {
  const out: number[] = [];
  for await (const r of store.rows(sql)) out.push(Number(Object.values(r)[0]));
  return out;
}

describe('train', { timeout: 60_000 }, () => {
  it('forgets presences after three days, and closes the days it forgot', async () => {
    const store = await Store.open(join(folder, 'forget.db'));
    try {
      await learn(store, [file('six.jsonl', days(0, 6))]);
      const first = START / DAY_MS;
      const held = await numbers(
        store,
        `SELECT DISTINCT g.day FROM cells AS c JOIN segments AS g ON g.segment = c.segment
         JOIN kinds AS k ON k.kind = c.kind WHERE k.name = 'presence15' ORDER BY 1`,
      );
      expect(held).toEqual([first + 3, first + 4, first + 5].slice(0, held.length));
      expect(held.length).toBeGreaterThan(0);
      const late = await learn(store, [file('old.jsonl', [row(0, 5, 1), row(1, 5, 2), row(6, 1, 3)])]);
      expect(late.late).toBe(2);
      const older = await learn(store, [file('before.jsonl', [row(-9, 5, 1, { proc: '9' })])]);
      expect([older.rows, older.late]).toEqual([1, 0]);
    } finally {
      await store.close();
    }
  });

  it('stores the events it learned, and counts what comes from the future', async () => {
    const store = await Store.open(join(folder, 'future.db'));
    try {
      const rows = [...days(0, 1), row(0, 1, 5, { ts: '2199-01-01T00:00:00Z' })];
      const report = await learn(store, [file('future.jsonl', rows)]);
      expect(report.bad.future).toBe(1);
      expect(report.card!.asOf).toBe(START / DAY_MS);
      expect(await numbers(store, 'SELECT count(*) FROM events')).toEqual([rows.length]);
    } finally {
      await store.close();
    }
  });

  it('refuses a database of another model, before anything is read or changed', async () => {
    const store = await Store.open(join(folder, 'model.db'));
    try {
      await store.commit({ state: { factor_model: 'another' } });
      await expect(learn(store, [file('one.jsonl', days(0, 1))])).rejects.toMatchObject({ code: 'BAD_MODEL' });
      expect(await numbers(store, 'SELECT count(*) FROM runs')).toEqual([0]);
    } finally {
      await store.close();
    }
  });

  it('takes source addresses for process instances where a source knows none', async () => {
    const flow = (i: number, daddr: string): Row => ({
      host: 'h',
      syscall: 'connect',
      proto: 'tcp',
      saddr: `10.0.0.${i % 20}`,
      daddr,
      dport: 443,
      ts: new Date(START + i * 60_000).toISOString(),
    });
    const flows = Array.from({ length: 400 }, (_, i) => flow(i, `10.0.1.${i % 5}`));
    const store = await Store.open(join(folder, 'flows.db'));
    try {
      await learn(store, [file('flows.jsonl', flows)]);
      const workers = workersFor(store, 1);
      const sources = await openSources([file('odd.jsonl', [...flows.slice(0, 100), flow(7, '203.0.113.9')])], {
        hashKey: store.hashKey,
        workers: 1,
      });
      const { findings } = await score({ store, sources, workers, dims: 15 });
      await workers.close();
      const ranked = findings.rank();
      expect(ranked).toHaveLength(20);
      expect(ranked[0]!.best[0]!.row).toBe(100);
      expect(ranked[0]!.lnP).toBeLessThan(ranked[1]!.lnP);
    } finally {
      await store.close();
    }
  });
});
