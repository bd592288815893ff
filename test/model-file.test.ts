import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import { open } from '../dist/duck/open.js';
import type { QuinceError } from '../dist/errors/quince-error.js';
import { verifyModel } from '../dist/pipeline/model-files.js';
import { Folder, jsonLines, ordinaryWork, quince, SCORE_US, TRAIN_US } from './cli-rig.js';

const DAY_US = 86_400_000_000;
const HALF = '9223372036854775807';
const folder = new Folder();
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);
const TABLES = ['cells', 'contexts', 'segments', 'names'] as const;

/** A command that must end well; its last line as JSON. */
async function ok(...args: string[]): Promise<Record<string, unknown>> {
  const { status, stderr, json } = await quince([...args, '--json']);
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return json.at(-1)!;
}

const exportedTo = (db: string, name: string) => ok('model', 'export', '--db', at(db), at(name));

beforeAll(async () => {
  const known = ordinaryWork(3, TRAIN_US, 40);
  folder.file('one.jsonl', jsonLines(known));
  folder.file('two.jsonl', jsonLines(ordinaryWork(4, TRAIN_US + DAY_US, 40)));
  folder.file('score.jsonl', jsonLines(ordinaryWork(5, SCORE_US, 10)));
  for (const name of ['one', 'two']) await ok('train', '--db', at(`${name}.db`), at(`${name}.jsonl`));
  await ok('train', '--db', at('both.db'), at('one.jsonl'), at('two.jsonl'));
  for (const name of ['one', 'two', 'both']) await exportedTo(`${name}.db`, `${name}.model`);
}, 240_000);

const bytesOf = (name: string) => TABLES.map((table) => readFileSync(join(at(name), `${table}.parquet`)));

/** Bits and ln p of every row. */
async function scores(db: string): Promise<[number, number][]> {
  const { status, json } = await quince(['score', '--db', at(db), at('score.jsonl'), '--all', '--json']);
  expect(status).toBe(0);
  return json.map(({ bits, ln_p }) => [bits, ln_p]);
}

describe('model files', { timeout: 240_000 }, () => {
  test('the same state is the same bytes, and a new database scores by it as the old one does', async () => {
    await exportedTo('one.db', 'again.model');
    expect(bytesOf('again.model')).toEqual(bytesOf('one.model'));
    expect(await ok('model', 'import', '--db', at('new.db'), at('one.model'))).toMatchObject({
      known: false,
      snapshot: 1,
    });
    expect(await ok('model', 'import', '--db', at('new.db'), at('one.model'))).toMatchObject({ known: true });
    const expected = await scores('one.db');
    expect(expected.length).toBeGreaterThan(10);
    expect(await scores('new.db')).toEqual(expected);
  });

  test('hold no key of the database, and no name in the clear that the model does not need', async () => {
    const cards = ['one', 'two'].map((name) =>
      JSON.parse(readFileSync(join(at(`${name}.model`), 'card.json'), 'utf8')),
    );
    expect(cards[0].key).not.toBe(cards[1].key);
    const rows = await (await open(at('one.db'), { readOnly: true })).all('FROM quince_meta');
    expect(JSON.stringify(rows, (_, v) => (typeof v === 'bigint' ? String(v) : v))).not.toContain(cards[0].key);
  });

  test('merge, subtract and diff between models of two databases', async () => {
    await ok('model', 'merge', at('one.model'), at('two.model'), '-o', at('merged.model'));
    expect(await ok('model', 'import', '--db', at('merged.db'), at('merged.model'))).toMatchObject({ known: false });
    // Keys order the sums of decayed counts, and the databases have different ones.
    const [merged, both] = [await scores('merged.db'), await scores('both.db')];
    expect(merged.length).toBe(both.length);
    merged.forEach(([bits, lnP], i) => {
      expect(bits).toBeCloseTo(both[i]![0]!, 9);
      expect(lnP).toBeCloseTo(both[i]![1]!, 9);
    });
    await ok('model', 'subtract', at('merged.model'), at('two.model'), '-o', at('rest.model'));
    expect(bytesOf('rest.model')).toEqual(bytesOf('one.model'));
    const same = (await ok('model', 'diff', at('both.model'), at('merged.model'))) as {
      cells: { kind: number }[];
    };
    const learned = same.cells.filter(({ kind }) => kind <= KIND.presence5);
    expect(learned.length).toBe(4);
    const beats = same.cells.find(({ kind }) => kind === KIND.rhythm);
    expect(beats).toMatchObject({ onlyFirst: 0, onlySecond: 0, changed: 0 });
    for (const row of learned) expect(row).toMatchObject({ onlyFirst: 0, onlySecond: 0, changed: 0 });
    // What a day scored of the next is known only where both were learned together.
    const scored: number[] = [KIND.calibration15, KIND.calibration5];
    for (const row of same.cells.filter(({ kind }) => scored.includes(kind)))
      expect(row).toMatchObject({ onlySecond: 0, changed: 0, same: 0 });
    const other = (await ok('model', 'diff', at('one.model'), at('two.model'))) as { cells: { onlyFirst: number }[] };
    expect(other.cells.some(({ onlyFirst }) => onlyFirst > 0)).toBe(true);
    const twice = await quince(['model', 'import', '--db', at('one.db'), at('merged.model'), '--json']);
    expect([twice.status, twice.stderr]).toEqual([5, expect.stringContaining('models of other hours')]);
  });

  test('unlearning a day leaves what learning without it gives', async () => {
    const day = (us: number) => new Date(us / 1000).toISOString().slice(0, 10);
    const range = ['--since', day(TRAIN_US + DAY_US), '--until', day(TRAIN_US + DAY_US + SCORE_US - TRAIN_US)];
    expect(await ok('model', 'unlearn', '--db', at('both.db'), ...range)).toMatchObject({ snapshot: 2 });
    await exportedTo('both.db', 'unlearned.model');
    const { cells } = (await ok('model', 'diff', at('one.model'), at('unlearned.model'))) as { cells: object[] };
    for (const row of cells) expect(row).toMatchObject({ onlyFirst: 0, onlySecond: 0, changed: 0 });
    expect(await scores('both.db')).toEqual(await scores('one.db'));
    // The same day learned and unlearned again.
    await ok('train', '--db', at('both.db'), folder.file('two.jsonl.gz', gzipSync(readFileSync(at('two.jsonl')))));
    expect(await ok('model', 'unlearn', '--db', at('both.db'), ...range)).toMatchObject({ snapshot: 4 });
    expect(await scores('both.db')).toEqual(await scores('one.db'));
    for (const [since, rule] of [
      [range[1]!, 'days that were learned'],
      [day(TRAIN_US), 'something to be left'],
    ]) {
      const refused = await quince([
        'model',
        'unlearn',
        '--db',
        at('both.db'),
        '--since',
        since!,
        '--until',
        range[3]!,
      ]);
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(rule!)]);
    }
  });

  test('unlearning that would leave nothing to calibrate by is refused', async () => {
    const days = Array.from({ length: 7 }, (_, day) => ordinaryWork(10 + day, TRAIN_US + day * DAY_US, 10)).flat();
    await ok('train', '--db', at('week.db'), folder.file('week.jsonl', jsonLines(days)));
    const day = (n: number) => new Date((TRAIN_US + n * DAY_US) / 1000).toISOString().slice(0, 10);
    const refused = await quince(['model', 'unlearn', '--db', at('week.db'), '--since', day(1), '--until', day(7)]);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('too few to calibrate')]);
    expect(await ok('model', 'unlearn', '--db', at('week.db'), '--since', day(6), '--until', day(7))).toMatchObject({
      snapshot: 2,
    });
  });

  test('killed in the middle there is no file or a whole one', async () => {
    const main = fileURLToPath(new URL('../dist/app/cli/main.js', import.meta.url));
    let killed = 0;
    for (let i = 0; i < 6; i++) {
      const path = at(`killed-${i}.model`);
      const child = spawn(process.execPath, [main, 'model', 'export', '--db', at('one.db'), path]);
      const ended = new Promise((resolve) => child.on('exit', resolve));
      // From the moment the file is being made on.
      while (!readdirSync(folder.path).some((name) => name.startsWith(`killed-${i}.model`))) await tick(1);
      await tick(i * 15);
      child.kill('SIGKILL');
      await ended;
      if (existsSync(path)) await ok('model', 'verify', path);
      else killed++;
    }
    expect(killed).toBeGreaterThan(0);
  });
});

const tick = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Changes a copy of the model, makes its checksums right again, and says how it is refused. */
async function refused(change: (path: string) => void | Promise<void>, resign = true): Promise<string> {
  const path = at('hostile.model');
  rmSync(path, { recursive: true, force: true });
  cpSync(at('one.model'), path, { recursive: true });
  await change(path);
  if (resign) await sign(path);
  const error = await verifyModel(path).then(
    () => undefined,
    (cause: QuinceError) => cause,
  );
  expect(error?.code).toBe('BAD_MODEL');
  return error!.message;
}

const cardOf = (path: string) => join(path, 'card.json');
const editCard = (edit: (card: Record<string, unknown>) => void) => (path: string) => {
  const card = JSON.parse(readFileSync(cardOf(path), 'utf8'));
  edit(card);
  writeFileSync(cardOf(path), JSON.stringify(card));
};

async function sign(path: string): Promise<void> {
  const duck = await open(':memory:', { externalAccess: true });
  const tables: Record<string, unknown> = {};
  for (const name of TABLES) {
    const file = join(path, `${name}.parquet`);
    const [row] = await duck.all(`SELECT count(*)::DOUBLE AS n FROM '${file}'`);
    tables[name] = { rows: row!.n, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
  }
  await duck.close();
  editCard((card) => Object.assign(card, { tables }))(path);
}

/** Writes a table again as a SELECT over it. */
const rewrite = (name: (typeof TABLES)[number], select: string) => async (path: string) => {
  const file = join(path, `${name}.parquet`);
  const duck = await open(':memory:', { externalAccess: true, threads: 1 });
  await duck.run(`CREATE TABLE t AS SELECT * FROM '${file}'`);
  await duck.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
  await duck.close();
};

const cellsOfBeats = (value: string, column: string) =>
  rewrite(
    'cells',
    `SELECT * REPLACE (CASE WHEN kind = ${KIND.rhythm} THEN ${value} ELSE ${column} END AS ${column}) FROM t`,
  );

describe('a model file that is torn, foreign, too new or hostile is refused', { timeout: 120_000 }, () => {
  test.each<[string, (path: string) => void, string]>([
    ['without a card', (path) => rmSync(cardOf(path)), 'a folder with card.json'],
    ['with half a card', (path) => truncateSync(cardOf(path), 100), 'requires JSON'],
    ['with an endless card', (path) => writeFileSync(cardOf(path), ' '.repeat(70_000)), 'at most 65536 bytes'],
    ['with a table less', (path) => rmSync(join(path, 'names.parquet')), 'names.parquet requires the SHA-256'],
    ['with a torn table', (path) => truncateSync(join(path, 'cells.parquet'), 5000), 'torn or changed'],
    ['of a newer form', editCard((card) => Object.assign(card, { format: 2 })), 'made by a newer Quince'],
    ['of no form', editCard((card) => Object.assign(card, { format: 'x' })), 'a sound card'],
    ['of another model', editCard((card) => Object.assign(card, { model: 'abcdabcdabcdabcd' })), 'requires model'],
    [
      'of other days than its card says',
      editCard((card) => Object.assign(card, { first_day: '2020-01-01' })),
      'hosts and days',
    ],
    ['with more on its card', editCard((card) => Object.assign(card, { more: 1 })), 'a sound card'],
    [
      'that claims huge tables',
      editCard((card) => Object.assign((card.tables as Record<string, object>).cells!, { rows: 1e12 })),
      'a sound card',
    ],
    [
      'that claims other tables',
      editCard((card) => Object.assign((card.tables as Record<string, object>).cells!, { rows: 7 })),
      'requires 7 rows',
    ],
  ])('%s', async (_, change, rule) => {
    expect(await refused(change, false)).toContain(rule);
  });

  test.each<[string, (path: string) => Promise<void>, string]>([
    ['negative counts', rewrite('cells', 'SELECT * REPLACE (-n AS n) FROM t'), 'a count from 1'],
    ['counts of nothing', rewrite('cells', 'SELECT * REPLACE (0::BIGINT AS n) FROM t'), 'a count from 1'],
    ['counts beyond 2^53', rewrite('cells', `SELECT * REPLACE (${HALF} AS n) FROM t`), 'a count from 1 to 2^53'],
    ['negative sums', rewrite('cells', 'SELECT * REPLACE (-1::BIGINT AS s) FROM t'), 'a sum from 0'],
    ['fractions and NaN', rewrite('cells', "SELECT * REPLACE ('NaN'::DOUBLE AS n) FROM t"), 'requires the columns'],
    ['nulls', rewrite('cells', 'SELECT * REPLACE (NULL::BIGINT AS n) FROM t'), 'no nulls'],
    ['an unknown kind', rewrite('cells', 'SELECT * REPLACE (200::UTINYINT AS kind) FROM t'), 'a known kind'],
    ['a cell twice', rewrite('cells', 'FROM t UNION ALL FROM t'), 'a key of its own'],
    ['cells in another order', rewrite('cells', 'FROM t ORDER BY n DESC, value'), 'follow from its values'],
    ['a column less', rewrite('cells', 'SELECT * EXCLUDE (s) FROM t'), 'requires the columns'],
    ['another column', rewrite('segments', 'SELECT *, 1 AS more FROM t'), 'requires the columns'],
    ['another day', rewrite('segments', 'SELECT * REPLACE (day + 1 AS day) FROM t'), 'its host and day'],
    ['a day to come', rewrite('segments', 'SELECT * REPLACE (84000::INTEGER AS day) FROM t'), 'from 1970 to tomorrow'],
    ['more hours than a day', rewrite('cells', 'SELECT * REPLACE (s + 33554432 AS s) FROM t'), 'the hours of a day'],
    ['a beat behind its day', cellsOfBeats('86400000::UBIGINT', 'value'), 'a time of the day'],
    ['a beat with a sum', cellsOfBeats('1::BIGINT', 's'), 'no sum beside a beat'],
    [
      'a pair without a destination',
      rewrite('contexts', 'FROM t WHERE factor <> 95 OR rung <> 4'),
      'host and destination',
    ],
    [
      'a pair of unknown columns',
      rewrite(
        'contexts',
        'SELECT * REPLACE (CASE WHEN factor = 95 AND rung = 5 THEN 7::SMALLINT ELSE rung END AS rung) FROM t',
      ),
      'known columns',
    ],
    [
      'a port by another name',
      rewrite('names', "SELECT * REPLACE (replace(text, '443', '4444') AS text) FROM t"),
      'requires the name',
    ],
    ['no segment', rewrite('segments', 'FROM t WHERE false'), 'a known segment'],
    ['no contexts', rewrite('contexts', 'FROM t WHERE false'), 'a context'],
    ['contexts of other values', rewrite('contexts', 'SELECT * REPLACE (parent AS value) FROM t'), 'requires'],
    ['a rung less', rewrite('contexts', 'FROM t WHERE rung <> 1'), 'requires'],
    ['no names', rewrite('names', 'FROM t WHERE false'), 'requires a name'],
    ['names of others', rewrite('names', "SELECT * REPLACE (text || 'x' AS text) FROM t"), 'a name that hashes to it'],
    ['a name that is not used', rewrite('names', "FROM t UNION ALL SELECT 5::UBIGINT, 'x'"), 'follow from its values'],
  ])('with %s', async (_, change, rule) => {
    expect(await refused(change)).toContain(rule);
  });

  test('the command says so, and makes no database', async () => {
    const message = await refused((path) => truncateSync(join(path, 'cells.parquet'), 5000), false);
    const { status, stderr } = await quince(['model', 'import', '--db', at('never.db'), at('hostile.model')]);
    expect([status, existsSync(at('never.db'))]).toEqual([5, false]);
    expect(stderr).toContain(`${message} (BAD_MODEL)`);
  });

  test('a path that is taken is not overwritten', async () => {
    const { status, stderr } = await quince(['model', 'export', '--db', at('one.db'), at('one.model')]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('a new path')]);
  });
});
