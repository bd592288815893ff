import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Roles } from '../dist/baseline/roles.js';
import { openSnapshot } from '../dist/baseline/snapshot.js';
import type { QuinceError } from '../dist/errors/quince-error.js';
import { exportModel, importModel } from '../dist/pipeline/model-files.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { RoleRules, readRoleRules } from '../dist/pipeline/role-rules.js';
import { setRoles, showRoles } from '../dist/pipeline/roles.js';
import { score } from '../dist/pipeline/score.js';
import { SNAPSHOT_KIND, train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';
import { matchesGlob } from '../dist/tuple/glob.js';

const folder = mkdtempSync(join(tmpdir(), 'quince-roles-'));
afterAll(() => rmSync(folder, { recursive: true }));

const START = Date.UTC(2026, 5, 1);
type Row = Record<string, unknown>;

/** Web hosts and a node of containers; the third host names its role itself. */
function rows(days: readonly number[], hosts = ['web-1', 'web-2', 'db-1', 'node-1']): Row[] {
  return days.flatMap((day) =>
    hosts.flatMap((host, h) =>
      Array.from({ length: 12 }, (_, i) => ({
        host,
        ts: new Date(START + day * 86_400_000 + (i % 12) * 1_800_000).toISOString(),
        syscall: i % 6 === 0 ? 'exec' : 'connect',
        exe: `/bin/${'abcd'[(i + h) % 4]}`,
        user: 'root',
        proc: String(10_000 * day + 100 * h + i),
        ...(i % 6 === 0 ? {} : { proto: 'tcp', daddr: `10.0.${h}.${i % 3}`, dport: 80 + (i % 3) }),
        ...(host === 'db-1' ? { role: 'database' } : {}),
        ...(host === 'node-1' ? { image: 'registry/nginx:1.2', container: 'c', pod: 'shop-1' } : {}),
      })),
    ),
  );
}

const RULES = RoleRules.parse(`
version: 1
rules:
  - { host: 'web-*', role: web }
  - { image: '*nginx*', pod: 'shop-?', role: web }
  - { host: '*', role: rest }
`);

function file(name: string, list: readonly Row[]): string {
  const path = join(folder, name);
  writeFileSync(path, list.map((r) => `${JSON.stringify(r)}\n`).join(''));
  return path;
}

async function withSources<T>(store: Store, paths: readonly string[], n: number, work: (o: Work) => Promise<T>) {
  const workers = workersFor(store, n);
  try {
    const roles = await readRoleRules(store);
    const sources = await openSources(paths, { hashKey: store.hashKey, workers: n, roles });
    return await work({ store, sources, workers });
  } finally {
    await workers.close();
  }
}
type Work = Pick<Parameters<typeof train>[0], 'store' | 'sources' | 'workers'>;
const learn = (store: Store, paths: readonly string[], n = 1) => withSources(store, paths, n, (o) => train(o));

const secret = new Uint8Array(16).fill(5);
async function openStore(name: string): Promise<Store> {
  const store = await Store.open(join(folder, name));
  Object.defineProperty(store, 'hashKey', { value: secret });
  return store;
}

async function frozen(store: Store) {
  const stored = await store.latestSnapshot(SNAPSHOT_KIND);
  return { checksum: stored!.checksum, roles: Roles.read(openSnapshot(stored!.bytes)).entries() };
}

const hosts = async (store: Store) =>
  Object.fromEntries((await showRoles(store)).hosts.map(({ host, role, from }) => [host, [role, from]]));

describe('globs', () => {
  it('match as the regular expression of the same meaning', () => {
    const small = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.'), maxLength: 8 });
    fc.assert(
      fc.property(small, fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }), (pattern, text) => {
        const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        expect(matchesGlob(pattern, text)).toBe(new RegExp(`^${escaped}$`, 's').test(text));
      }),
    );
  });

  it('take no more than text × pattern steps on what a regular expression would hang on', () => {
    expect(matchesGlob('*a'.repeat(400), `${'a'.repeat(20_000)}b`)).toBe(false);
  });
});

describe('rules', () => {
  it('say what was expected', () => {
    const bad = [
      ['rules: []', /version/],
      ['version: 1\nrules: []', /rules/],
      ['version: 1\nrules: [{ role: web }]', /one of host, container, image, pod/],
      ['version: 1\nrules: [{ host: a }]', /role/],
      ['version: 1\nrules: [{ host: a, role: "" }]', /role/],
      ['version: 1\nrules: [{ host: a, role: web, colour: red }]', /colour/],
      ['version: 1\nrules: [{ host: [a], role: web }]', /host/],
      ['{', /YAML/],
      ['- *a', /YAML/],
      [`version: 1\nrules: [${'{},'.repeat(10_001)}]`, /rules/],
      [' '.repeat(2 ** 20 + 1), /at most/],
      [
        'a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]',
        /YAML|version/,
      ],
    ] as const;
    for (const [text, expected] of bad) {
      let error: QuinceError | undefined;
      try {
        RoleRules.parse(text);
      } catch (e) {
        error = e as QuinceError;
      }
      expect(error?.code, text.slice(0, 60)).toBe('BAD_ARGUMENT');
      expect(error?.message, text.slice(0, 60)).toMatch(expected);
    }
  });

  it('give the first that matches, and match no null', () => {
    expect(RULES.roleOf({ host: 'web-9', image: 'nginx', pod: 'shop-1' })).toBe('web');
    expect(RULES.roleOf({ host: 'n', image: 'nginx', pod: 'shop-1' })).toBe('web');
    expect(RULES.roleOf({ host: 'n', image: 'nginx' })).toBe('rest');
    expect(RULES.roleOf({ image: 'postgres' })).toBeUndefined();
    expect(RULES.roleOf({ host: '__proto__' })).toBe('rest');
  });
});

describe('roles from configuration', { timeout: 240_000 }, () => {
  const all = file('all.jsonl', rows([0, 1]));
  const early = file('early.jsonl', rows([0]));
  const later = file('later.jsonl', rows([1]));
  const told = file(
    'told.jsonl',
    rows([0, 1]).map((row) => ({ ...row, role: row.role ?? 'web' })),
  );

  it('are the same as if events had brought them, with any number of workers, whenever rules came, however training was split', async () => {
    const stores = await Promise.all(['first', 'late', 'split', 'told', 'seven'].map((n) => openStore(`${n}.db`)));
    const [first, late, split, brought, seven] = stores as [Store, Store, Store, Store, Store];
    try {
      for (const store of [first, split, seven]) await setRoles(store, RULES);
      await learn(first, [all]);
      await learn(seven, [all], 7);
      await learn(split, [early]);
      await learn(split, [later], 2);
      await learn(late, [all]);
      expect(await hosts(late)).toEqual({
        'db-1': ['database', 'event'],
        'node-1': [null, null],
        'web-1': [null, null],
        'web-2': [null, null],
      });
      const without = (await frozen(late)).roles;
      await setRoles(late, RULES);
      await learn(brought, [told]);
      const expected = await frozen(first);
      for (const store of [seven, split]) expect((await frozen(store)).checksum).toBe(expected.checksum);
      expect((await frozen(late)).roles).toEqual(expected.roles);
      const plain = (entries: typeof without) => entries.map(({ host, role }) => ({ host, role }));
      expect(plain((await frozen(brought)).roles)).toEqual(plain(expected.roles));
      expect(await hosts(late)).toEqual({
        'db-1': ['database', 'event'],
        'node-1': ['web', 'configuration'],
        'web-1': ['web', 'configuration'],
        'web-2': ['web', 'configuration'],
      });
      await setRoles(late, RoleRules.parse('version: 1\nrules: [{ host: "w*", role: other }]'));
      expect((await hosts(late))['web-1']).toEqual(['other', 'configuration']);
      expect((await hosts(late))['node-1']).toEqual([null, null]);
      await setRoles(late, undefined);
      expect((await frozen(late)).roles).toEqual(without);
      expect((await showRoles(late)).rules).toEqual([]);
    } finally {
      for (const store of stores) await store.close();
    }
  });

  it('are in the events and scores of a host that was never seen, and in a model file without the rules', async () => {
    const store = await openStore('cold.db');
    const other = await openStore('other.db');
    try {
      await setRoles(store, RULES);
      await learn(store, [file('two.jsonl', rows([0, 1], ['web-1', 'web-2']))]);
      const cold = file('cold.jsonl', rows([2], ['web-3']));
      const bits = async () => {
        const report = await withSources(store, [cold], 2, (o) => score({ ...o, dims: 15 }));
        const out: number[] = [];
        const sql = 'SELECT bits FROM scores WHERE run = ? AND dims = 15 ORDER BY event';
        for await (const row of store.rows(sql, [report.run])) out.push(Number(row.bits));
        return out.reduce((a, b) => a + b, 0);
      };
      const withRole = await bits();
      const named: unknown[] = [];
      const sql = "SELECT DISTINCT role FROM events WHERE host = 'web-3'";
      for await (const row of store.rows(sql)) named.push(row.role);
      expect(named).toEqual(['web']);
      await exportModel(store, join(folder, 'cold.model'), { quince: '0', about: '' });
      await importModel(other, join(folder, 'cold.model'));
      expect(await hosts(other)).toEqual({ 'web-1': ['web', 'event'], 'web-2': ['web', 'event'] });
      await setRoles(store, undefined);
      expect(await bits()).not.toBeCloseTo(withRole, 3);
    } finally {
      await store.close();
      await other.close();
    }
  });

  it('of an imported model follow the rules of the database, by name', async () => {
    const [from, into] = [await openStore('from.db'), await openStore('into.db')];
    try {
      await learn(from, [early]);
      await exportModel(from, join(folder, 'plain.model'), { quince: '0', about: '' });
      await setRoles(into, RULES);
      await importModel(into, join(folder, 'plain.model'));
      expect(await hosts(into)).toEqual({
        'db-1': ['database', 'event'],
        'node-1': ['rest', 'configuration'],
        'web-1': ['web', 'configuration'],
        'web-2': ['web', 'configuration'],
      });
    } finally {
      await from.close();
      await into.close();
    }
  });

  it('survive host names and roles that are hostile', async () => {
    const store = await openStore('hostile.db');
    try {
      const names = ["'; DROP TABLE events; --", '\u001b[2J', '__proto__', 'x'.repeat(3000), '*', '\ud800'];
      await setRoles(store, RoleRules.parse('version: 1\nrules: [{ host: "*", role: "\\e[2J\'; --" }]'));
      await learn(store, [
        file(
          'hostile.jsonl',
          names.flatMap((host) => rows([0], [host])),
        ),
      ]);
      const shown = (await showRoles(store)).hosts;
      expect(shown).toHaveLength(names.length);
      expect(new Set(shown.map(({ role, from }) => `${role} ${from}`))).toEqual(
        new Set(["\u001b[2J'; -- configuration"]),
      );
    } finally {
      await store.close();
    }
  });
});
