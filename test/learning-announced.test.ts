import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Announcements } from '../dist/baseline/learning/announcements.js';
import { announce, cancelAnnouncement, listAnnouncements } from '../dist/pipeline/announcements.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { Store } from '../dist/store/store.js';
import { H } from '../dist/tuple/hash.js';
import type { AnnouncementRow } from '../dist/tuple/learned.js';
import { Folder, HOSTILE_EXE, quince } from './cli-rig.js';
import { type Event, linesOf, newBaseline } from './engine-world.js';
import { at, engine, fleet, oddEvent, quietDay } from './learning-world.js';

const hosts = fleet(5);
const odd = (day: number, hour: number, host = 'web-a', extra: Event = {}) =>
  oddEvent(day, hour, host, { proc: BigInt(day * 1000 + hour * 10 + hosts.indexOf(host) + 7), ...extra });
const days = (from: number, to: number) => Array.from({ length: to - from }, (_, d) => quietDay(from + d, hosts));
const row = (extra: Partial<AnnouncementRow> = {}): AnnouncementRow => ({
  id: 1,
  name: 'deploy',
  fromUs: at(5, 10),
  untilUs: at(5, 12),
  hosts: ['web-a'],
  exes: [],
  made: '',
  cancelled: undefined,
  ...extra,
});

function teachWith(rows: readonly AnnouncementRow[], batches: readonly (readonly Event[])[]) {
  const baseline = newBaseline();
  const announced = new Announcements(rows);
  const trainer = new Trainer(baseline, true, announced);
  for (const events of batches) trainer.take(engine.learn(events), (code) => engine.table.value(code));
  return { baseline, counts: announced.counts };
}

function stateOf(baseline: ReturnType<typeof newBaseline>, event: Event): string {
  const [v] = engine.vectors([event]);
  v!.signature();
  const found = baseline.holding.decisions.find(15, { lo: H.lo, hi: H.hi });
  return found === undefined ? 'none' : `${found.state} ${found.reason}`;
}

describe('announced changes in learning', () => {
  const quiet = days(1, 5);
  const learn = (rows: readonly AnnouncementRow[], ...last: Event[][]) => teachWith(rows, [...quiet, ...last]);

  it('let in at once what they name, and nothing else: host, program, hour', () => {
    const event = odd(5, 10);
    const state = (rows: AnnouncementRow[], of = event) =>
      stateOf(learn(rows, [...quietDay(5, hosts), of]).baseline, of);
    expect(state([])).toBe('held score');
    expect(state([row()])).toBe('released announced');
    expect(state([row()], odd(5, 11))).toBe('released announced');
    expect(state([row()], odd(5, 12))).toBe('held score');
    expect(state([row()], odd(5, 9))).toBe('held score');
    expect(state([row()], odd(5, 10, 'web-b'))).toBe('held score');
    expect(state([row({ exes: ['/bin'] })])).toBe('released announced');
    expect(state([row({ exes: ['/bin/a'] })])).toBe('released announced');
    expect(state([row({ exes: ['/bi', '/bin/ab'] })])).toBe('held score');
    expect(state([row({ cancelled: 'now' })])).toBe('held score');
  });

  it('come to the same whatever the order of a day, and count each unit once', () => {
    const [before, within] = [odd(5, 9), odd(5, 10)];
    const ends = [[[before], [within]], [[within], [before]], [[within, before]]].map((last) =>
      learn([row()], quietDay(5, hosts), ...last),
    );
    const lines = ends.map(({ baseline }) => linesOf(baseline.delta()));
    expect(stateOf(ends[0]!.baseline, within)).toBe('released announced');
    expect(ends.map(({ counts }) => counts)).toEqual(ends.map(() => [{ id: 1, trees: 0, rows: 0, units: 1 }]));
    for (const other of lines.slice(1)) {
      expect(other.cells).toEqual(lines[0]!.cells);
      expect(other.open).toEqual(lines[0]!.open);
    }
  });

  it('change nothing for hosts they do not name, and nothing that a person rejected', () => {
    const named = [row({ hosts: hosts.slice(0, 4) })];
    const all = hosts.map((host) => odd(5, 10, host));
    const orders = [[all], all.map((event) => [event]), [...all].reverse().map((event) => [event])];
    for (const last of orders) {
      const { baseline, counts } = learn(named, quietDay(5, hosts), ...last);
      expect(all.map((event) => stateOf(baseline, event))).toEqual([
        ...named[0]!.hosts.map(() => 'released announced'),
        // Without an announcement too: five hosts of a role are a change of the fleet.
        'released peers',
      ]);
      expect(counts).toMatchObject([{ units: 4 }]);
    }
    const rejected = learn([], [...quietDay(5, hosts), odd(5, 10)]).baseline.holding.decisions;
    const [held] = rejected.all().filter(({ dims }) => dims === 15);
    rejected.decide(15, held!.signature, 'rejected');
    expect(rejected.announce(15, held!.signature, held!.lastDay)).toBe(false);
  });
});

const folder = new Folder();
afterAll(() => folder.remove());

function file(name: string, events: readonly Event[]): string {
  const plain = (key: string, value: unknown) =>
    typeof value === 'bigint' ? (key === 'ts' ? Number(value) : String(value)) : value;
  const lines = [...events]
    .sort((a, b) => Number((a.ts as bigint) - (b.ts as bigint)))
    .map((event) => JSON.stringify(event, plain));
  return folder.file(name, `${lines.join('\n')}\n`);
}

async function run(store: Store, path: string, work: typeof train | typeof score, size = 1) {
  const workers = workersFor(store, size);
  try {
    const sources = await openSources([path], { hashKey: store.hashKey, workers: size });
    return (await work({ store, sources, workers, dims: 15 })) as Awaited<ReturnType<typeof score>>;
  } finally {
    await workers.close();
  }
}

const request = { name: 'deploy', fromUs: at(5, 10), untilUs: at(5, 12), hosts: ['web-a', 'web-b'], exes: [] };

describe('announced changes and changes of a fleet in scoring', { timeout: 240_000 }, () => {
  it('stand apart, are counted, and cover no row that they do not name', async () => {
    for (const size of [1, 2]) {
      const store = await Store.open(join(folder.path, `score-${size}.db`), { key: '0123456789abcdef'.repeat(2) });
      try {
        await run(store, file('train.jsonl', days(1, 5).flat()), train);
        await announce(store, request);
        const both = odd(5, 10, 'web-b');
        const rows = [odd(5, 10), both, { ...both, ts: at(5, 13) }, odd(5, 10, 'web-c', { dport: 999 })];
        const { told, run: number } = await run(store, file('odd.jsonl', rows), score, size);
        const shown = told.map(({ hosts: on, announced }) => [on[0], announced]);
        expect(shown).toHaveLength(3);
        expect(shown.at(-1)).toEqual(['web-a', 1]);
        expect(shown.slice(0, 2).sort()).toEqual([
          ['web-b', undefined],
          ['web-c', undefined],
        ]);
        // Rows of two hosts are covered; of one of them another row is odd, so that its finding does not stand apart.
        expect(await listAnnouncements(store)).toMatchObject([{ trees: 1, rows: 2, units: 0, state: 'over' }]);
        const stored = [];
        for await (const found of store.rows('SELECT host, announced FROM findings WHERE run = ? ORDER BY rank', [
          number,
        ])) {
          stored.push([found.host, found.announced ?? undefined]);
        }
        expect(stored).toEqual(shown);
        const again = await run(store, file('odd.jsonl', rows), score, size);
        expect(again.run).toBe(number);
        expect(await listAnnouncements(store)).toMatchObject([{ trees: 1, rows: 2 }]);
        const taught = await run(store, file('day.jsonl', [...quietDay(5, hosts), odd(5, 10)]), train);
        expect(await listAnnouncements(store)).toMatchObject([{ trees: 1, rows: 2, units: 1 }]);
        expect((taught as unknown as { learning: unknown }).learning).toMatchObject({
          held: 0,
          released: [{ reason: 'announced' }],
        });
        await cancelAnnouncement(store, 1);
        await expect(cancelAnnouncement(store, 1)).rejects.toThrow(/got 1, which was cancelled/);
        await expect(announce(store, { ...request, hosts: [] })).rejects.toThrow(/--host or an --exe/);
        await expect(announce(store, { ...request, fromUs: at(5, 10) + 1n })).rejects.toThrow(/full hour/);
        await expect(announce(store, { ...request, untilUs: at(5, 10) })).rejects.toThrow(/--from before/);
      } finally {
        await store.close();
      }
    }
  });

  it('are one finding on enough hosts, counted once, with the hosts named', async () => {
    const db = join(folder.path, 'fleet.db');
    const store = await Store.open(db);
    await run(store, file('fleet.jsonl', days(1, 5).flat()), train);
    const two = await run(
      store,
      file(
        'two.jsonl',
        hosts.slice(0, 2).map((host) => odd(5, 10, host)),
      ),
      score,
    );
    expect(two.told.map(({ hosts: on }) => on)).toEqual([['web-a'], ['web-b']]);
    await store.close();
    const path = file('four.jsonl', [
      ...hosts.slice(0, 4).map((host) => odd(5, 10, host)),
      odd(5, 11, 'web-e', { dport: 7 }),
    ]);
    const text = await quince(['score', '--db', db, path]);
    expect(text.stdout).toContain('2 findings (p at most 0.001)');
    expect(text.stdout).toContain('one change on 4 hosts (4 process trees): web-a, web-b, web-c, web-d');
    const found = (await quince(['score', '--db', db, '--json', path])).json.filter((line) => line.tree !== undefined);
    expect(found.map((line) => [line.hosts.length, line.trees.length]).sort()).toEqual([
      [1, 1],
      [4, 4],
    ]);
    const ranks = await quince([
      'sql',
      '--db',
      db,
      '--json',
      'SELECT count(*) AS n, max(hosts) AS hosts FROM findings WHERE run = 3 GROUP BY rank ORDER BY n',
    ]);
    expect(ranks.json.map((line) => [Number(line.n), line.hosts])).toEqual([
      [1, 1],
      [4, 4],
    ]);
  });

  it('take hostile words as words', async () => {
    const db = join(folder.path, 'fleet.db');
    const name = `x'; DROP TABLE announcement_rows; --${HOSTILE_EXE}`;
    const times = ['--from', '2026-06-06T10:00:00Z', '--until', '2026-06-06T12:00:00Z'];
    const made = await quince(['announce', name, '--db', db, ...times, '--host', HOSTILE_EXE, '--exe', HOSTILE_EXE]);
    expect([made.status, made.stdout]).toEqual([0, expect.stringContaining('announcement 1')]);
    const list = await quince(['announce', 'list', '--db', db]);
    expect([list.status, list.stdout]).toEqual([0, expect.stringContaining('in force')]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
    expect(made.stdout + list.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect((await quince(['announce', 'cancel', '--db', db, 1])).stdout).toContain('cancelled');
    expect((await quince(['announce', 'all', '--db', db, ...times])).status).toBe(2);
  });
});
