import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listQuarantine } from '../dist/pipeline/held-signatures.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { decideQuarantine } from '../dist/pipeline/quarantine.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { unlearn } from '../dist/pipeline/unlearn.js';
import { Store } from '../dist/store/store.js';
import { Folder, HOSTILE_EXE, quince } from './cli-rig.js';
import { type Event, MONDAY } from './engine-world.js';
import { DAY_US, fleet, oddEvent, quietDay } from './learning-world.js';

const folder = new Folder();
afterAll(() => folder.remove());

const hosts = fleet(5);
const odd = (day: number, extra: Event = {}) => oddEvent(day, 10, 'web-a', extra);
const days = (from: number, to: number, more: (day: number) => Event[] = () => []) =>
  Array.from({ length: to - from }, (_, d) => [...quietDay(from + d, hosts), ...more(from + d)]).flat();

function file(name: string, events: readonly Event[]): string {
  const plain = (value: unknown) => (typeof value === 'bigint' ? String(value) : value);
  const lines = [...events]
    .sort((a, b) => Number((a.ts as bigint) - (b.ts as bigint)))
    .map((event) => JSON.stringify({ ...event, ts: Number(event.ts) }, (_, value) => plain(value)));
  return folder.file(name, `${lines.join('\n')}\n`);
}

async function learn(store: Store, paths: readonly string[], size = 1) {
  const workers = workersFor(store, size);
  try {
    return await train({
      store,
      sources: await openSources(paths, { hashKey: store.hashKey, workers: size }),
      workers,
    });
  } finally {
    await workers.close();
  }
}

async function lnPOf(store: Store, name: string, event: Event): Promise<number> {
  const workers = workersFor(store, 1);
  try {
    const sources = await openSources([file(name, [event])], { hashKey: store.hashKey, workers: 1 });
    const { findings } = await score({ store, sources, workers, dims: 15 });
    return findings.rank()[0]!.lnP;
  } finally {
    await workers.close();
  }
}

async function rowsOf(store: Store, sql: string): Promise<Record<string, unknown>[]> {
  const rows = [];
  for await (const row of store.rows(sql)) rows.push(row);
  return rows;
}

const open = (name: string) => Store.open(join(folder.path, name), { key: '0123456789abcdef'.repeat(2) });
const held = (store: Store) => listQuarantine(store, 'dims = 15');
const FINDING = Math.log(0.001);

describe('training with quarantine', { timeout: 240_000 }, () => {
  it('stores what it decided and what waits with what it learned; two runs give what one gives, with any workers', async () => {
    const more = (day: number) => (day >= 5 ? [odd(day)] : []);
    const [first, second] = [days(0, 6, more), days(6, 8, more)];
    const one = await open('one.db');
    const two = await open('two.db');
    try {
      const whole = await learn(one, [file('all.jsonl', [...first, ...second])], 2);
      await learn(two, [file('first.jsonl', first)]);
      const rest = await learn(two, [file('second.jsonl', second)]);
      expect(whole.learning).toMatchObject({ held: 1, newly_held: 1, released: [], ramps: [] });
      expect(rest.learning).toMatchObject({ held: 1, newly_held: 0 });
      expect(await held(two)).toEqual(await held(one));
      expect((await held(one))[0]).toMatchObject({ state: 'held', days: 3, hosts: 1, what: { daddr: '203.0.113.9' } });
      const waiting = 'SELECT * FROM waiting_presence WHERE dims = 15 ORDER BY ALL';
      expect(await rowsOf(one, waiting)).toHaveLength(3);
      expect(await rowsOf(two, waiting)).toEqual(await rowsOf(one, waiting));
      const checksums = await Promise.all([one, two].map((store) => store.latestSnapshot('baseline')));
      expect(checksums[0]!.checksum).toBe(checksums[1]!.checksum);
    } finally {
      await one.close();
      await two.close();
    }
  });

  it('accepts and rejects by a person: what waits is learned, and scores say so', async () => {
    const store = await open('person.db');
    try {
      await learn(store, [
        file(
          'person.jsonl',
          days(0, 7, (day) => (day >= 5 ? [odd(day)] : [])),
        ),
      ]);
      const [row] = await held(store);
      expect(await lnPOf(store, 'before.jsonl', odd(7))).toBeLessThan(FINDING);
      expect(await decideQuarantine(store, row!.id, 'rejected')).toMatchObject({ snapshot: 2 });
      expect(await lnPOf(store, 'still.jsonl', odd(7, { pid: 1 }))).toBeLessThan(FINDING);
      await decideQuarantine(store, row!.id, 'accepted');
      expect((await held(store))[0]).toMatchObject({ state: 'accepted', reason: 'person', days: 2 });
      expect(await lnPOf(store, 'after.jsonl', odd(7, { pid: 2 }))).toBeGreaterThan(FINDING);
      await expect(decideQuarantine(store, "x' OR 1=1", 'accepted')).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
      await expect(decideQuarantine(store, '0'.repeat(16), 'accepted')).rejects.toThrow(/id of a held signature/);
      await learn(store, [file('next.jsonl', days(7, 8))]);
      expect(await rowsOf(store, 'SELECT * FROM waiting_presence WHERE dims = 15')).toEqual([]);
    } finally {
      await store.close();
    }
  });

  it('tells a change of the fleet once, as one', async () => {
    const deploy = (day: number) => (day === 5 ? hosts.slice(0, 4).map((host) => oddEvent(5, 10, host)) : []);
    const store = await open('fleet.db');
    try {
      const report = await learn(store, [file('fleet.jsonl', days(0, 6, deploy))]);
      expect(report.learning!.released).toMatchObject([{ reason: 'peers', hosts: 4, what: { dport: '4444' } }]);
      const next = await learn(store, [file('fleet-next.jsonl', days(6, 7))]);
      expect(next.learning!.released).toEqual([]);
    } finally {
      await store.close();
    }
  });

  it('holds nothing half when it is interrupted', async () => {
    const store = await open('torn.db');
    const workers = workersFor(store, 1);
    try {
      const path = file(
        'torn.jsonl',
        days(0, 7, (day) => (day >= 5 ? [odd(day)] : [])),
      );
      const [source] = await openSources([path], { hashKey: store.hashKey, workers: 1 });
      async function* broken() {
        yield* source!.batches();
        throw new Error('on purpose');
      }
      const torn = Object.assign(Object.create(source!), { batches: broken });
      await expect(train({ store, sources: [torn], workers })).rejects.toThrow('on purpose');
      for (const table of ['quarantine_rows', 'waiting_presence', 'cells', 'open_presence']) {
        expect(await rowsOf(store, `SELECT * FROM ${table}`)).toEqual([]);
      }
      expect((await learn(store, [path])).learning).toMatchObject({ held: 1 });
    } finally {
      await workers.close();
      await store.close();
    }
  });

  it('forgets with a day that is unlearned what was held on it alone', async () => {
    const store = await open('unlearn.db');
    try {
      const more = (day: number) => [...(day >= 5 ? [odd(day)] : []), ...(day === 6 ? [odd(6, { dport: 5555 })] : [])];
      await learn(store, [file('unlearn.jsonl', days(0, 8, more))]);
      expect((await held(store)).map((row) => row.days).sort()).toEqual([1, 3]);
      const day = Number((MONDAY + 6n * DAY_US) / DAY_US);
      await unlearn(store, { since: day, until: day });
      expect((await held(store)).map((row) => [row.days, row.what.dport])).toEqual([[2, '4444']]);
      expect(await rowsOf(store, `SELECT * FROM waiting_presence WHERE hour // 24 = ${day}`)).toEqual([]);
      expect(await rowsOf(store, 'SELECT * FROM waiting_presence WHERE dims = 15')).toHaveLength(2);
    } finally {
      await store.close();
    }
  });

  it('shows hostile strings escaped, and takes a hostile id for what it is', async () => {
    const hostile = { exe: HOSTILE_EXE, args: `x'; DROP TABLE cells; --${HOSTILE_EXE}` };
    const path = file(
      'hostile.jsonl',
      days(0, 6, (day) => (day === 5 ? [odd(5, hostile)] : [])),
    );
    const db = join(folder.path, 'hostile.db');
    expect((await quince(['train', '--db', db, path])).stdout).toContain('quarantine: 1 signatures held');
    const list = await quince(['quarantine', 'list', '--db', db]);
    expect([list.status, list.stdout]).toEqual([0, expect.stringContaining('203.0.113.9:4444')]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
    expect(list.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    const [row] = (await quince(['quarantine', 'list', '--db', db, '--json'])).json;
    expect(row).toMatchObject({ state: 'held', what: { daddr: '203.0.113.9' } });
    const refused = await quince(['quarantine', 'accept', '--db', db, "' OR 1=1 --\u001b[31m"]);
    expect([refused.status, refused.stderr]).toEqual([2, expect.not.stringContaining('\u001b[31m')]);
    expect(refused.stderr).toContain('quarantine accept requires the id of a held signature, got "\' OR 1=1 --');
    const unknown = await quince(['quarantine', 'reject', '--db', db, 'abc']);
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining('quarantine reject requires the id')]);
    expect(unknown.stderr).toContain('got "abc"; quince quarantine list');
    expect((await quince(['quarantine', 'accept', '--db', db, row!.id])).stdout).toContain('accepted');
    expect((await quince(['quarantine', 'list', '--db', db, '--json'])).json).toEqual([]);
    expect((await quince(['quarantine', 'list', '--db', db, '--all', '--json'])).json[0]).toMatchObject({
      state: 'accepted',
    });
  });
});
