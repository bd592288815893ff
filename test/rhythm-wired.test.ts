import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSources } from '../dist/pipeline/open-sources.js';
import { type ScoreReport, score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';
import { Folder, jsonLines, type PlainEvent, quince } from './cli-rig.js';
import { BEACON, CRON, HOUR_MS, ordinaryCalls, pacedCalls, START_MS } from './rhythm-world.js';

const KEY = '05'.repeat(16);
const DAY_MS = 24 * HOUR_MS;
const folder = new Folder();
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);

const ordinary = (seed: number, fromMs: number, hours: number) =>
  ['web1', 'web2', 'web3'].flatMap((host, i) => ordinaryCalls(seed + i, fromMs, hours, host));
const TRAINED = [...ordinary(1, START_MS, 8), ...pacedCalls(CRON, START_MS, 8, { periodMs: 300_000 })];
const LATER = START_MS + DAY_MS;
const SCORED = [
  ...ordinary(11, LATER, 4),
  ...pacedCalls(CRON, LATER, 4, { periodMs: 300_000 }),
  ...pacedCalls(BEACON, LATER, 4, { periodMs: 60_000, jitter: 0.2, missed: 0.15 }),
];

const file = (name: string, rows: readonly PlainEvent[]) => folder.file(name, jsonLines(rows));

async function withWorkers<T>(
  store: Store,
  size: number,
  paths: string[],
  work: (input: never) => Promise<T>,
): Promise<T> {
  const workers = workersFor(store, size);
  try {
    const sources = await openSources(paths, { hashKey: store.hashKey, workers: size });
    return await work({ store, sources, workers, dims: 15 } as never);
  } finally {
    await workers.close();
  }
}
const learn = (store: Store, paths: string[], size = 1) => withWorkers(store, size, paths, train);
const judge = (store: Store, paths: string[], size = 1): Promise<ScoreReport> => withWorkers(store, size, paths, score);

async function rowsOf(store: Store, sql: string): Promise<Record<string, unknown>[]> {
  const rows = [];
  for await (const row of store.rows(sql)) rows.push(row);
  return rows;
}

/** Learned beats as text, and the bytes of the snapshot. */
async function learnedOf(store: Store): Promise<string[]> {
  const beats = await rowsOf(
    store,
    `SELECT c.segment, c.context, c.value, c.n FROM cells AS c JOIN kinds AS k ON k.kind = c.kind
     WHERE k.name = 'rhythm' ORDER BY ALL`,
  );
  const text = JSON.stringify(beats.map(Object.values), (_, v) => (typeof v === 'bigint' ? String(v) : v));
  expect(beats.length).toBeGreaterThan(1000);
  return [createHash('sha256').update(text).digest('hex'), (await store.latestSnapshot('baseline'))!.checksum];
}

beforeAll(() => {
  file('train.jsonl', TRAINED);
  file('score.jsonl', SCORED);
});

describe('train and score', { timeout: 400_000 }, () => {
  it('find a beacon among ordinary calls, and know the cron job', async () => {
    const store = await Store.open(at('beacon.db'), { key: KEY });
    try {
      const { card } = await learn(store, [at('train.jsonl')]);
      expect(card!.rhythms).toMatchObject({ pairs: 46, judged: 46, rhythms: 1 });
      const { run, rhythms } = await judge(store, [at('score.jsonl')]);
      expect(rhythms.map(({ parts, finding, known }) => [parts.exe, parts.daddr, finding, known])).toEqual([
        [BEACON.exe, BEACON.daddr, true, false],
        [CRON.exe, CRON.daddr, false, true],
      ]);
      const [beacon, cron] = rhythms as [ScoreReport['rhythms'][number], ScoreReport['rhythms'][number]];
      expect(beacon.parts).toMatchObject({ host: 'web1', user: 'www', saddr: null, dport: '8443' });
      expect(beacon.description.periodMs).toBeGreaterThan(57_000);
      expect(beacon.description.periodMs).toBeLessThan(63_000);
      expect(beacon.gate.lnP).toBeLessThan(-50);
      expect(cron.description.periodMs).toBeCloseTo(300_000, -3);
      // Over what was learned of the pair: eight hours of it and the four that were scored.
      expect(cron.description.beats).toBe(144);
      const stored = await rowsOf(store, `SELECT * FROM rhythms WHERE run = ${run} ORDER BY rank`);
      expect(stored).toHaveLength(2);
      expect(stored[0]).toMatchObject({ rank: 1, exe: BEACON.exe, dport: '8443', known: false, finding: true });
      expect(stored[0]!.period_s).toBeCloseTo(beacon.description.periodMs / 1000, 9);
      expect(stored[0]!.score).toBeCloseTo(beacon.bits * Math.LN2 - beacon.lnRank, 9);
    } finally {
      await store.close();
    }
  });

  it('call the same rhythm new where another program or a far period keeps it', async () => {
    const store = await Store.open(at('new.db'), { key: KEY });
    try {
      await learn(store, [at('train.jsonl')]);
      const other = pacedCalls({ ...CRON, exe: '/usr/lib/jobs/other' }, LATER, 4, { periodMs: 300_000 });
      const faster = pacedCalls(CRON, LATER, 20, { periodMs: 20_000 });
      const { rhythms } = await judge(store, [file('changed.jsonl', [...other, ...faster])]);
      expect(rhythms.map(({ parts, known }) => [parts.exe, known]).sort()).toEqual([
        ['/usr/lib/jobs/other', false],
        [CRON.exe, false],
      ]);
    } finally {
      await store.close();
    }
  });

  it('are the same in two runs as in one, and the same file twice adds nothing', async () => {
    const half = TRAINED.filter((_, i) => i % 2 === 0);
    const rest = TRAINED.filter((_, i) => i % 2 === 1);
    const learned = [];
    for (const [name, files] of [
      ['one.db', [[file('a.jsonl', half), file('b.jsonl', rest)]]],
      ['two.db', [[at('b.jsonl')], [at('a.jsonl')], [at('b.jsonl')]]],
    ] as [string, string[][]][]) {
      const store = await Store.open(at(name), { key: KEY });
      for (const paths of files) await learn(store, paths);
      learned.push(await learnedOf(store));
      await store.close();
    }
    expect(learned[1]![0]).toBe(learned[0]![0]);
  });

  it('give the same beats, snapshot and rhythms with 1, 2 and 7 workers', async () => {
    const noise = ordinary(21, LATER, 12);
    file('many.jsonl', [...noise, ...TRAINED, ...SCORED]);
    expect(noise.length + TRAINED.length + SCORED.length).toBeGreaterThan(8192);
    const results = [];
    for (const size of [1, 2, 7]) {
      const store = await Store.open(at(`workers-${size}.db`), { key: KEY });
      await learn(store, [at('train.jsonl')], size);
      const { rhythms } = await judge(store, [at('many.jsonl')], size);
      await learn(store, [at('many.jsonl')], size);
      results.push({ rhythms: JSON.stringify(rhythms), learned: await learnedOf(store) });
      await store.close();
    }
    expect(results[0]!.rhythms).toContain(BEACON.daddr);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

/** A command that must end well; its lines as JSON. */
async function ok(...args: string[]) {
  const { status, stderr, json } = await quince([...args, '--json']);
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return json;
}

describe('the command and model files', { timeout: 240_000 }, () => {
  it('print rhythms, and know them through an export and an import', async () => {
    await ok('train', '--db', at('own.db'), at('train.jsonl'));
    await ok('model', 'export', '--db', at('own.db'), at('own.model'));
    await ok('model', 'verify', at('own.model'));
    await ok('model', 'import', '--db', at('new-own.db'), at('own.model'));
    await ok('model', 'export', '--db', at('new-own.db'), at('again.model'));
    const [{ cells }] = (await ok('model', 'diff', at('own.model'), at('again.model'))) as [
      { cells: { kind: number }[] },
    ];
    expect(cells.find(({ kind }) => kind === 10)).toMatchObject({ onlyFirst: 0, onlySecond: 0, changed: 0 });
    const lines = [];
    for (const db of ['own.db', 'new-own.db']) {
      const found = (await ok('score', '--db', at(db), at('score.jsonl'))).filter(({ rhythm }) => rhythm !== undefined);
      // The gate dithers by the key of the pair, which another database has another one of.
      lines.push(found.map(({ rhythm, exe, beats, known, finding }) => ({ rhythm, exe, beats, known, finding })));
    }
    expect(lines[0]).toEqual([
      { rhythm: 1, exe: BEACON.exe, beats: expect.any(Number), known: false, finding: true },
      { rhythm: 2, exe: CRON.exe, beats: 144, known: true, finding: false },
    ]);
    expect(lines[1]).toEqual(lines[0]);
    const text = (await quince(['score', '--db', at('own.db'), at('score.jsonl'), '--limit', '1'])).stdout;
    expect(text).toContain('Rhythms: 2 pairs, 1 new, 1 findings');
    expect(text).toMatch(
      /1\. every [\d.]+ (s|min) .*\/usr\/bin\/perl \(www\) on web1 → 203\.0\.113\.9:8443 {2}finding/,
    );
    const table = (await quince(['sql', '--db', at('own.db'), '--recipe', 'rhythms', '--json'])).json;
    expect(table).toMatchObject([{ exe: BEACON.exe }, { exe: CRON.exe, known: true }]);
  });

  it('merge and subtract beats, and unlearn those of a day', async () => {
    await ok('train', '--db', at('next.db'), at('score.jsonl'));
    await ok('model', 'export', '--db', at('next.db'), at('next.model'));
    await ok('model', 'merge', at('own.model'), at('next.model'), '-o', at('sum.model'));
    await ok('model', 'subtract', at('sum.model'), at('next.model'), '-o', at('rest.model'));
    const same = async (a: string, b: string) => {
      const [{ cells }] = (await ok('model', 'diff', at(a), at(b))) as [{ cells: { kind: number; same: number }[] }];
      return cells.find(({ kind }) => kind === 10);
    };
    const own = await same('rest.model', 'own.model');
    expect(own).toMatchObject({ onlyFirst: 0, onlySecond: 0, changed: 0 });
    expect(await same('sum.model', 'own.model')).toMatchObject({ onlyFirst: expect.any(Number), same: own!.same });
    expect((await same('sum.model', 'own.model')) as object).not.toMatchObject({ onlyFirst: 0 });
    await ok('train', '--db', at('own.db'), at('score.jsonl'));
    const day = new Date(LATER).toISOString().slice(0, 10);
    await ok('model', 'unlearn', '--db', at('own.db'), '--since', day, '--until', day);
    await ok('model', 'export', '--db', at('own.db'), at('unlearned.model'));
    expect(await same('unlearned.model', 'own.model')).toMatchObject({ onlyFirst: 0, onlySecond: 0, changed: 0 });
    const rhythms = (await ok('score', '--db', at('own.db'), at('score.jsonl'))).filter(({ rhythm }) => rhythm);
    expect(rhythms.map(({ exe, known }) => [exe, known])).toEqual([
      [BEACON.exe, false],
      [CRON.exe, true],
    ]);
  });

  it('shows what others wrote without letting it act', async () => {
    const hostile = { ...BEACON, exe: '/tmp/\u001b[31m\u202enc', user: 'x\u0007' };
    file('hostile.jsonl', pacedCalls(hostile, LATER, 2, { periodMs: 60_000 }));
    const { stdout } = await quince(['score', '--db', at('own.db'), at('hostile.jsonl'), '--limit', '1']);
    expect(stdout).toContain('Rhythms: 1 pairs, 1 new');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the test
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });
});
