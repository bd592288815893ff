import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openSources } from '../dist/pipeline/open-sources.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';

const folder = mkdtempSync(join(tmpdir(), 'quince-workers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START_US = Date.UTC(2026, 5, 1, 22) * 1000;
/** Rows for six batches, over an hour and a midnight, no two batches alike. */
const ROWS = 45_000;

function row(i: number): string {
  const k = Math.floor(i / 9000);
  return JSON.stringify({
    host: `h${i % 3}`,
    syscall: i % 2 === 0 ? 'exec' : 'connect',
    exe: `/opt/${'abcdefghij'[(i * 7) % 10]}/${'pqrst'[k]}`,
    user: `u${(i * 13) % 7}`,
    args: `run --mode ${'klmno'[(i * 3) % 5]} --part ${'vwxyz'[k]}`,
    daddr: `10.0.${k}.${i % 250}`,
    dport: 80 + (i % 11),
    proto: 'tcp',
    proc: String(1 + Math.floor(i / 4)),
    ts: START_US + i * 250_000,
  });
}

/** The view `joint`, as text. */
async function jointOf(store: Store): Promise<string> {
  const rows: string[] = [];
  for await (const { minute, host, exe, size_s, bits, ln_p, feature_1, value_1, bits_1 } of store.rows(
    'SELECT epoch(minute) AS minute, * EXCLUDE (minute) FROM joint ORDER BY minute, host, whole_host DESC, exe, "user"',
  )) {
    rows.push(JSON.stringify([Number(minute) / 60, host, exe, size_s, bits, ln_p, feature_1, value_1, bits_1]));
  }
  return rows.join('\n');
}

async function digest(file: string, size: number): Promise<Record<string, string>> {
  const store = await Store.open(join(folder, `w${size}.db`), { key: '05'.repeat(16) });
  const workers = workersFor(store, size);
  const seen = createHash('sha256');
  let batches = 0;
  try {
    const open = () => openSources([file], { hashKey: store.hashKey, workers: size });
    const { card } = await train({ store, sources: await open(), workers });
    const report = await score({
      store,
      sources: await open(),
      workers,
      dims: 15,
      onBatch: (batch, scores, firstRow) => {
        batches++;
        seen.update(`${batch.id} ${firstRow} ${batch.rows}`);
        for (const view of [scores.fifteen, scores.five]) {
          for (const column of [view.bits, view.lnP, view.by, view.flags, view.group]) {
            seen.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
          }
        }
      },
    });
    expect(batches).toBe(Math.ceil(ROWS / 8192));
    const events = createHash('sha256');
    for await (const r of store.rows(
      `SELECT e.run, e."row", e.exe, e.ts::VARCHAR AS ts, s.bits, s.ln_p FROM events AS e
       LEFT JOIN scores AS s ON s.event = e.event AND s.dims = 15 ORDER BY e.event`,
    )) {
      events.update(JSON.stringify(Object.values(r), (_, v) => (typeof v === 'bigint' ? String(v) : v)));
    }
    const trees = JSON.stringify(report.findings.rank(), (_, v) => (typeof v === 'bigint' ? String(v) : v));
    return {
      scores: seen.digest('hex'),
      events: events.digest('hex'),
      trees,
      card: JSON.stringify(card),
      minutes: JSON.stringify(report.minutes),
      vectors: JSON.stringify(report.vectors),
      joint: await jointOf(store),
    };
  } finally {
    await workers.close();
    await store.close();
  }
}

it('gives the same bytes with 1, 2 and 7 workers, in the order of the input', { timeout: 400_000 }, async () => {
  const file = join(folder, 'rows.jsonl');
  writeFileSync(file, Array.from({ length: ROWS }, (_, i) => `${row(i)}\n`).join(''));
  const one = await digest(file, 1);
  expect(await digest(file, 2)).toEqual(one);
  expect(await digest(file, 7)).toEqual(one);
});
