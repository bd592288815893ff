import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Store } from '../dist/store/store.js';
import { JSON_LINES } from '../dist/tuple/event-docs.js';
import { ATTACK_PROC, attack, Folder, jsonLines, ordinaryWork, quince, SCORE_US, TRAIN_US } from './cli-rig.js';

const MAIN = fileURLToPath(new URL('../dist/app/cli/main.js', import.meta.url));
const folder = new Folder();
const ordinary = ordinaryWork(1, TRAIN_US, 150);
const scored = [...ordinaryWork(2, SCORE_US, 60), ...attack(SCORE_US + 5_000_000)];
const train = folder.file('train.jsonl', jsonLines(ordinary));
const score = folder.file('score.jsonl', jsonLines(scored));
const db = folder.file('some.db');
let trained: Awaited<ReturnType<typeof quince>>;
let found: Awaited<ReturnType<typeof quince>>;

beforeAll(async () => {
  trained = await quince(['train', '--db', db, train]);
  found = await quince(['score', '--db', db, score]);
  expect([trained.status, found.status]).toEqual([0, 0]);
});
afterAll(() => folder.remove());

const countRuns = async (path: string) =>
  (await quince(['sql', '--db', path, 'SELECT count(*) AS n FROM runs', '--json'])).json[0]!.n;

describe('input that is none', () => {
  const picture = deflateSync(Buffer.from(jsonLines(ordinary)));
  test.each([
    ['a picture', Buffer.concat([Buffer.from('\u0089PNG\r\n\u001a\n', 'latin1'), picture])],
    ['a table', 'host,exe\nweb1,/bin/sh\n'],
    ['a text', 'Dear Sir or Madam,\n\nplease find enclosed …\n'],
    ['JSON of something else', '{"name":"x"}\n{"name":"y"}\n'],
  ])('%s is told, with no run stored and no database made', async (_, content) => {
    const path = folder.file('other', content);
    const fresh = folder.file('fresh.db');
    const [learned, judged] = [await quince(['train', '--db', fresh, path]), await quince(['score', '--db', db, path])];
    for (const { status, stdout, stderr } of [learned, judged]) {
      expect(status).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /requires Arrow, Parquet or JSON lines of events, or Zeek's conn logs, got no row .* \(BAD_INPUT\)\n$/,
      );
    }
    expect(readdirSync(folder.path).filter((name) => name.startsWith('fresh'))).toEqual([]);
    expect(await countRuns(db)).toBe(2);
  });

  test('beside a file that can be read it is counted', async () => {
    const copy = folder.file('beside.db');
    copyFileSync(db, copy);
    const other = folder.file('table.csv', 'a,b\n1,2\n');
    const { status, stdout } = await quince(['score', '--db', copy, other, score]);
    expect(status).toBe(0);
    expect(stdout).toContain('bad: not_json 2');
  });

  test('a database that was there stays, and so does its content', async () => {
    const path = folder.file('note', 'nothing\n');
    expect((await quince(['train', '--db', db, path])).status).toBe(3);
    expect(await countRuns(db)).toBe(2);
  });
});

describe('what is said of a score', () => {
  test('few units and a host never learned are one line each on standard error', async () => {
    const line = /^warning: calibrated on \d+ normal units; under 1,000, so p is rough$/m;
    expect(trained.stderr).toMatch(line);
    expect(found.stderr.match(/calibrated on/g)).toHaveLength(1);
    expect(found.stderr).not.toContain('never learned');
    const strange = folder.file(
      'strange.jsonl',
      jsonLines(ordinaryWork(3, SCORE_US, 5).map((row) => ({ ...row, host: 'db\u001b[7' }))),
    );
    const copy = folder.file('hosts.db');
    copyFileSync(db, copy);
    const { stderr } = await quince(['score', '--db', copy, strange]);
    expect(stderr).toContain('host db\\x1b[7 was never learned');
    const { stderr: records } = await quince(['score', '--db', copy, strange, '--json']);
    expect(
      records
        .trim()
        .split('\n')
        .map((record) => JSON.parse(record).level),
    ).toEqual([40, 40]);
  });

  test('the headline shows how p came about, and both marks', () => {
    const head = found.stdout.split('\n').find((line) => line.startsWith(' 1. '))!;
    const [, p, best, times] = /p (\S+) = (\S+) \(row \d+, [\d.]+ bits\) × (\d+) signatures/.exec(head)!;
    // Each p is printed with two digits.
    expect(Number(p) / (Number(best) * Number(times))).toBeCloseTo(1, 0);
    expect(head).toMatch(/, extrapolated, few units$/);
  });

  test('a finding of rows that name no process is headed by the program of its best row', async () => {
    const copy = folder.file('bare.db');
    copyFileSync(db, copy);
    const input = jsonLines([{ ts: SCORE_US, host: 'web1', syscall: 'exec', exe: '/usr/bin/\u001bx' }]);
    const { stdout } = await quince(['score', '--db', copy, '-'], { input });
    const [head, whose] = stdout.slice(stdout.indexOf(' 1. ')).split('\n');
    expect(head).toMatch(/^ 1\. \/usr\/bin\/\\x1bx {2}p \S+ = /);
    expect(whose).toBe('    rows on web1 that name no process  (1 row)');
    const explained = await quince(['explain', '--db', copy, '--finding', 1, '--json']);
    expect(explained.json[0]).toMatchObject({ of: { exe: '/usr/bin/\u001bx' }, root: { exe: null } });
  });

  test('coarser rungs count contexts, and networks are written as such', () => {
    expect(found.stdout).toMatch(/never in \d+ contexts given/);
    expect(found.stdout).toContain('10.0.0.0/8 100 %');
  });

  test('without a finding the nearest process trees are named', async () => {
    const copy = folder.file('near.db');
    copyFileSync(db, copy);
    const { stdout } = await quince(['score', '--db', copy, train]);
    expect(stdout).toMatch(/, 0 findings/);
    expect(
      stdout.match(/^nearest: p \S+ = \S+ \(row \d+, [\d.]+ bits\) × \d signatures?(?:, at most 1)? {2}\/usr\//gm),
    ).toHaveLength(3);
  });

  test('--all tells what was bad on standard error', async () => {
    const copy = folder.file('all.db');
    copyFileSync(db, copy);
    const input = `nonsense\n${jsonLines(scored)}`;
    const plain = await quince(['score', '--db', copy, '-', '--all'], { input });
    expect(plain.stderr).toMatch(
      new RegExp(`^run 3: ${scored.length} rows, bad: not_json 1 \\(first at line 1 of -\\)$`, 'm'),
    );
    const json = await quince(['score', '--db', copy, '-', '--all', '--json'], { input });
    expect(json.stderr.split('\n').find((line) => line.includes('bad'))).toContain('"bad":{"not_json":1}');
  });

  test('two databases explain one row alike', async () => {
    const other = folder.file('twin.db');
    await quince(['train', '--db', other, train]);
    await quince(['score', '--db', other, score]);
    for (const row of [0, 7]) {
      const [a, b] = [
        await quince(['explain', '--db', db, row, '--json']),
        await quince(['explain', '--db', other, row, '--json']),
      ];
      expect(a.json[0]!.parts.length).toBeGreaterThan(0);
      expect(b.json[0]!.parts).toEqual(a.json[0]!.parts);
    }
  });
});

describe('explain', () => {
  test('says whether a row is in a finding', async () => {
    const rows = jsonLines(scored).split('\n');
    const ofAttack = rows.flatMap((line, i) => (line.includes(ATTACK_PROC) ? [i] : []));
    expect(ofAttack).toHaveLength(2);
    for (const row of ofAttack) {
      const { json } = await quince(['explain', '--db', db, row, '--json']);
      expect(json[0]!.finding).toMatchObject({ rank: 1, ln_p: expect.any(Number), best_row: ofAttack.at(-1) });
    }
    expect((await quince(['explain', '--db', db, ofAttack[0]!])).stdout).toMatch(/^in finding 1 of run 2, .* p \d/m);
    const other = await quince(['explain', '--db', db, 0]);
    expect(other.stdout).toMatch(/^in no finding of run 2: a finding has p at most 0\.001 .*, this row has \S+$/m);
  });

  test('takes the newest finished run that scored rows, and names the runs when it has none', async () => {
    const copy = folder.file('later.db');
    copyFileSync(db, copy);
    const store = await Store.open(copy);
    const empty = await store.beginRun({ kind: 'score', key: 'of nothing' });
    await store.finishRun({ run: empty.run, rows: 0, bad: {} });
    await store.beginRun({ kind: 'score', key: 'killed' });
    await store.close();
    expect((await quince(['explain', '--db', copy, 0, '--json'])).json[0]).toMatchObject({ run: 2, row: 0 });
    const top = await quince(['sql', '--db', copy, '--recipe', 'top-surprise', '--param', 'limit=1', '--json']);
    expect(top.json).toHaveLength(1);
    const known = /1 \(train, \d+ rows\), 2 \(score, \d+ rows\), 3 \(score, 0 rows\), 4 \(score, 0 rows, unfinished\)/;
    for (const args of [[0, '--run', 9], [0, '--run', 1], [0, '--run', 4], [99_999]]) {
      const { status, stderr } = await quince(['explain', '--db', copy, ...args]);
      expect(status).toBe(2);
      expect(stderr).toMatch(known);
    }
  });
});

describe('record', () => {
  test('needs a file', async () => {
    const { status, stderr } = await quince(['record', '-o', '-', '--seconds', 1]);
    expect(status).toBe(2);
    expect(stderr).toContain('requires a file, got -');
    expect(existsSync('-')).toBe(false);
  });

  const bare = ['--bounding-set=-all', '--inh-caps=-all', process.execPath, MAIN];
  const canDrop = spawnSync('setpriv', [...bare.slice(0, 2), 'true']).status === 0 && process.getuid?.() === 0;
  test.skipIf(!canDrop)('without capabilities it says what doctor says, and leaves no file', () => {
    const path = folder.file('live.arrow');
    const recorded = spawnSync('setpriv', [...bare, 'record', '-o', path, '--seconds', '1'], { encoding: 'utf8' });
    const doctor = spawnSync('setpriv', [...bare, 'doctor', '--json'], { encoding: 'utf8' }).stdout;
    const checks = doctor
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { detail, advice, code } = checks.find(({ area, code }) => area === 'sensor' && code !== undefined);
    expect(code).toBe('CAP_BPF_MISSING');
    expect(recorded.stderr).toBe(`quince: the sensor ${detail}; ${advice} (${code})\n`);
    expect(recorded.status).toBe(6);
    expect(existsSync(path)).toBe(false);
  });
});

describe('the command alone', () => {
  test.each([[[]], [['model']]])('prints its help: %j', async (args) => {
    const { stderr, status } = await quince(args);
    expect(stderr).toMatch(/^Usage: quince/);
    expect(stderr).not.toContain('outputHelp');
    expect(status).toBe(2);
  });

  test.each(['--version', '-V'])('%s prints the version', async (option) => {
    const { stdout, stderr, status } = await quince([option]);
    expect(stdout).toMatch(/^quince \d+\.\d+\.\d+, Node\.js v\d+/);
    expect([stderr, status]).toEqual(['', 0]);
  });
});

test('the JSON lines of EVENTS.md are read whole', async () => {
  const input = `${JSON_LINES.join('\n')}\n`;
  const { json } = await quince(['train', '--db', folder.file('docs.db'), '-', '--json'], { input });
  expect(json[0]).toMatchObject({ rows: 2, unusable: 0, bad: {} });
});

test('a signal tells what is stored, and the same command goes on', { timeout: 60_000 }, async () => {
  const copy = folder.file('signal.db');
  copyFileSync(db, copy);
  const many = folder.file('many.jsonl', jsonLines(ordinaryWork(5, SCORE_US, 9000)));
  const args = ['score', '--db', copy, many, '--all', '--log-level', 'debug'];
  let signalled = false;
  const stopped = await quince(args, {
    onStart: (child) => {
      child.stderr!.on('data', (bytes: Buffer) => {
        // A second signal would end it at once.
        if (bytes.includes('batch stored') && !signalled) signalled = child.kill('SIGINT');
      });
    },
  });
  expect(stopped.status).toBe(130);
  const last = stopped.stderr.trim().split('\n').at(-1);
  expect(last).toMatch(/when [\d,]{4,} rows were stored; the same command goes on from there \(INTERRUPTED\)$/);
  expect((await quince(args)).status).toBe(0);
  expect(await countRuns(copy)).toBe(3);
});
