import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../dist/errors/quince-error.js';
import { Store } from '../dist/store/store.js';
import { attack, Folder, jsonLines, ordinaryWork, quince, SCORE_US, TRAIN_US } from './cli-rig.js';

const folder = new Folder();
const rows = [...ordinaryWork(1, TRAIN_US, 60), ...attack(TRAIN_US + 5_000_000)];
const input = folder.file('events.jsonl', jsonLines(rows));
const db = folder.file('some.db');

beforeAll(async () => {
  expect((await quince(['train', '--db', db, input])).status).toBe(0);
  expect((await quince(['score', '--db', db, input, '-q'])).status).toBe(0);
});
afterAll(() => folder.remove());

/** The last line of standard error; logs come before it. */
const lastLine = (text: string) => text.trim().split('\n').at(-1)!;

describe('what is wrong is told in one line, with a code and an exit status', () => {
  const other = folder.file('other.txt', 'not a database, and long enough to look at');
  test.each([
    ['a recording named as another format', ['record', '-o', 'a.csv'], 'BAD_ARGUMENT', /Arrow stream .*got a\.csv/],
    ['a command that is none', ['recrod'], 'BAD_ARGUMENT', /unknown command 'recrod' \(Did you mean record\?\)/],
    ['an option that is none', ['train', '--db', db, input, '--fast'], 'BAD_ARGUMENT', /unknown option '--fast'/],
    ['no database named', ['train', input], 'BAD_ARGUMENT', /--db <file>/],
    ['an empty name of a database', ['train', '--db', '', input], 'BAD_ARGUMENT', /--db requires .*, got an empty one/],
    [
      'roles of another form',
      [
        'roles',
        'set',
        folder.file('roles.yaml', 'version: 1\nrules:\n  - { host: a, role: b, colour: c }\n'),
        '--db',
        db,
      ],
      'BAD_ARGUMENT',
      /got ✖ Unrecognized key: "colour" → at rules\[0\] \(BAD_ARGUMENT\)$/,
    ],
    [
      'roles that are no YAML',
      ['roles', 'set', folder.file('roles.txt', 'version: 1\nrules: [\n'), '--db', db],
      'BAD_ARGUMENT',
      /requires YAML, got (?!.*\\x0a)/,
    ],
    ['no file named', ['score', '--db', db], 'BAD_ARGUMENT', /score requires files or --stored, got neither/],
    ['files and stored events', ['score', '--db', db, input, '--stored'], 'BAD_ARGUMENT', /or --stored, got both/],
    [
      'a day of files',
      ['score', '--db', db, input, '--since', '2026-09-01'],
      'BAD_ARGUMENT',
      /got files with --of-run/,
    ],
    [
      'a time that is none',
      ['score', '--db', db, '--stored', '--since', 'noon'],
      'BAD_ARGUMENT',
      /a time such as 2026-/,
    ],
    ['two things to explain', ['explain', '--db', db, '1', '--finding', '1'], 'BAD_ARGUMENT', /got row and finding/],
    [
      'no minute named',
      ['explain', '--db', db, '--window'],
      'BAD_ARGUMENT',
      /a number, or --at and --host, got neither/,
    ],
    [
      'a host of a row',
      ['explain', '--db', db, '1', '--host', 'web1'],
      'BAD_ARGUMENT',
      /--host requires .*, got a row/,
    ],
    [
      'a host of an alert',
      ['explain', '--db', db, '--alert', '1', '--host', 'web1'],
      'BAD_ARGUMENT',
      /--host requires .*, got --alert/,
    ],
    ['a missing file', ['score', '--db', db, folder.file('none')], 'BAD_INPUT', /no such file/],
    ['a folder', ['score', '--db', db, folder.path], 'BAD_INPUT', /a directory/],
    ['an empty file', ['score', '--db', db, folder.file('empty', '')], 'BAD_INPUT', /empty|no bytes|0 bytes/],
    ['one content twice', ['score', '--db', db, input, input], 'BAD_ARGUMENT', /each content once/],
    ['dims that are none', ['score', '--db', db, input, '--dims', '7'], 'BAD_ARGUMENT', /requires 15 or 5, got "7"/],
    ['no worker', ['score', '--db', db, input, '--workers', '0'], 'BAD_ARGUMENT', /whole number from 1, got "0"/],
    ['not a database', ['sql', '--db', other, 'SELECT 1'], 'BAD_DATABASE', /requires a DuckDB file/],
    ['a missing database', ['score', '--db', folder.file('no.db'), input], 'BAD_DATABASE', /run train first/],
    [
      'a recipe that is none',
      ['sql', '--db', db, '--recipe', 'cake'],
      'BAD_ARGUMENT',
      /requires one of .*top-surprise/,
    ],
    ['a parameter that is none', ['sql', '--db', db, '--recipe', 'losses', '--param', 'a=1'], 'BAD_ARGUMENT', /"a"/],
    [
      'a parameter without value',
      ['sql', '--db', db, '--recipe', 'losses', '--param', 'a'],
      'BAD_ARGUMENT',
      /name=value/,
    ],
    ['more than a SELECT', ['sql', '--db', db, 'DROP TABLE strings'], 'BAD_SQL', /one SELECT/],
    ['SQL that fails', ['sql', '--db', db, 'SELECT nothing FROM nowhere'], 'BAD_SQL', /nowhere/],
    ['nothing to ask', ['sql', '--db', db], 'BAD_ARGUMENT', /one of a statement/],
    ['a baseline that is none', ['model', 'show', '--db', db, '9'], 'BAD_ARGUMENT', /got 9/],
    ['a log level that is none', ['version', '--log-level', 'loud'], 'BAD_ARGUMENT', /loud/],
    ['no socket named', ['sensor'], 'BAD_ARGUMENT', /--socket <path>/],
    ['a group that is none', ['sensor', '--socket', folder.file('s'), '--group', 'no such'], 'BAD_ARGUMENT', /no such/],
    [
      'no sensor there',
      ['record', '--socket', folder.file('s'), '-o', folder.file('live.arrow')],
      'NO_SENSOR',
      /quince sensor --socket/,
    ],
    [
      'a name for another sensor',
      ['record', '--socket', folder.file('s'), '--host', 'a', '-o', folder.file('live.arrow')],
      'BAD_ARGUMENT',
      /--host/,
    ],
    ['an output that exists', ['record', '-o', input, '--seconds', '1'], 'BAD_ARGUMENT', /--force/],
  ] as [string, string[], keyof typeof ERROR_CODES, RegExp][])('%s', async (_, args, code, message) => {
    const { status, stdout, stderr } = await quince(args);
    expect(lastLine(stderr)).toMatch(new RegExp(`^quince: .* \\(${code}\\)$`));
    expect(lastLine(stderr)).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(ERROR_CODES[code]);
  });

  test.each([
    ['usage', ['trian', '--json'], 'BAD_ARGUMENT', 2],
    ['a file', ['train', '--db', db, '/nowhere', '--json'], 'BAD_INPUT', 3],
    ['SQL', ['sql', '--db', db, 'DROP TABLE strings', '--json'], 'BAD_SQL', 4],
  ] as [string, string[], string, number][])('as an object with --json: %s', async (_, args, code, exit) => {
    const { status, stdout, stderr } = await quince(args);
    expect(JSON.parse(lastLine(stderr))).toEqual({ error: expect.any(String), code });
    expect(stdout).toBe('');
    expect(status).toBe(exit);
  });

  test('a missing database is not made by score', () => {
    expect(existsSync(folder.file('no.db'))).toBe(false);
  });

  test('a database in use names its owner', async () => {
    const held = folder.file('held.db');
    copyFileSync(db, held);
    const store = await Store.open(held);
    try {
      const { status, stderr } = await quince(['score', '--db', held, input]);
      expect(lastLine(stderr)).toMatch(new RegExp(`process ${process.pid} \\(DATABASE_IN_USE\\)$`));
      expect(status).toBe(4);
    } finally {
      await store.close();
    }
  });

  test('a file that gives nothing is an error, and a file name cannot write on the terminal', async () => {
    const torn = folder.file('\u001b[2Jtorn.gz', gzipSync(jsonLines(rows)));
    truncateSync(torn, 30);
    const { status, stderr } = await quince(['train', '--db', folder.file('torn.db'), torn]);
    expect(status).toBe(3);
    expect(lastLine(stderr)).toContain('\\x1b[2Jtorn.gz');
    expect(lastLine(stderr)).not.toContain('\u001b');
  });

  test('scoring without a baseline', async () => {
    const bare = folder.file('bare.db');
    await (await Store.open(bare)).close();
    const { status, stderr } = await quince(['score', '--db', bare, input, '--json']);
    expect(JSON.parse(lastLine(stderr)).code).toBe('NO_BASELINE');
    expect(status).toBe(5);
  });
});

describe('sql', () => {
  test('prints rows as JSON or as a table', async () => {
    const statement = 'SELECT event, exe, NULL AS nothing FROM events ORDER BY event LIMIT 2';
    const { json } = await quince(['sql', '--db', db, statement, '--json']);
    expect(json).toEqual([0, 1].map((event) => ({ event, exe: expect.stringContaining('/'), nothing: null })));
    const { stdout } = await quince(['sql', '--db', db, statement]);
    expect(stdout.split('\n')[0]).toMatch(/^event {2}exe/);
    expect(stdout.split('\n')).toHaveLength(4);
  });

  test('escapes what others wrote, and says when it cuts', async () => {
    const statement = "SELECT exe FROM events WHERE exe LIKE '/tmp/%'";
    const { stdout, stderr } = await quince(['sql', '--db', db, statement, '--limit', 1]);
    expect(stdout).toContain('\\x1b[31m\\u{202e}');
    expect(stdout).not.toContain('\u001b');
    expect(stderr).toContain('--limit');
  });

  test('lists and runs recipes', async () => {
    const { json } = await quince(['sql', '--recipes', '--json']);
    expect(json.length).toBeGreaterThanOrEqual(10);
    const [losses, top] = await Promise.all([
      quince(['sql', '--db', db, '--recipe', 'losses', '--json']),
      quince(['sql', '--db', db, '--recipe', 'top-surprise', '--param', 'limit=3', '--json']),
    ]);
    expect(losses.json).toEqual([1, 2].map((run) => expect.objectContaining({ run, lost: 3, reason: 'ring_full' })));
    expect(top.json).toHaveLength(3);
  });
});

describe('the other commands', () => {
  test('model list and show', async () => {
    const { json } = await quince(['model', 'list', '--db', db, '--json']);
    expect(json).toEqual([expect.objectContaining({ snapshot: 1, kind: 'baseline', run: 1 })]);
    const shown = await quince(['model', 'show', '--db', db, '--json']);
    expect(shown.json[0]).toMatchObject({ ...json[0], usable: true });
    expect((await quince(['model', 'list', '--db', db])).stdout).toMatch(/^number +as of/);
    expect((await quince(['model', 'show', '--db', db, '1'])).stdout).toContain('of the model in use');
  });

  test('doctor fails only for what was asked', async () => {
    const { status, json } = await quince(['doctor', '--db', db, '--json']);
    expect(status).toBe(0);
    const names = json.map((check) => `${check.area} ${check.name}`);
    for (const name of ['quince node', 'sensor kernel', 'sensor toolchain', 'database database', 'database baseline']) {
      expect(names).toContain(name);
    }
    expect(json.every((check) => check.status === 'ok' || check.advice !== undefined || check.area === 'sensor')).toBe(
      true,
    );
    const bad = await quince(['doctor', '--db', input]);
    expect(bad.status).toBe(4);
    expect(bad.stdout).toMatch(/fail {2}database database/);
  });

  test('version and help', async () => {
    const { json } = await quince(['version', '--json']);
    expect(json[0]).toEqual({ quince: expect.stringMatching(/^\d+\.\d+\.\d+/), node: process.version });
    const help = await quince(['--help']);
    expect(help.status).toBe(0);
    for (const name of ['record', 'sensor', 'train', 'score', 'explain', 'sql', 'model', 'doctor', 'version']) {
      expect(help.stdout).toContain(name);
    }
  });

  test('a signal ends reading of standard input, and leaves nothing behind', async () => {
    const temporary = folder.file('temporary');
    mkdirSync(temporary);
    const { status, stderr } = await quince(['train', '--db', folder.file('int.db'), '-'], {
      keepOpen: true,
      env: { TMPDIR: temporary },
      onStart: (child) => {
        // Signals are handled before the database is opened; after it standard input is copied.
        const wait = setInterval(() => {
          if (!existsSync(folder.file('int.db'))) return;
          clearInterval(wait);
          setTimeout(() => child.kill('SIGINT'), 300);
        }, 20);
      },
    });
    expect(lastLine(stderr)).toMatch(/before a row was stored; the same command begins again \(INTERRUPTED\)$/);
    expect(existsSync(folder.file('int.db'))).toBe(false);
    expect(status).toBe(130);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('a terminal', () => {
  const main = fileURLToPath(new URL('../dist/app/cli/main.js', import.meta.url));
  const onTerminal = (env: Record<string, string>) => {
    const command = [process.execPath, main, 'doctor', '-q'].map((word) => `'${word}'`).join(' ');
    return spawnSync('script', ['-qec', command, '/dev/null'], {
      env: { PATH: process.env.PATH!, TERM: 'xterm', ...env },
      encoding: 'utf8',
    }).stdout;
  };
  const hasScript = spawnSync('script', ['--version']).status === 0;

  test.skipIf(!hasScript)('gets colours, unless NO_COLOR says otherwise', () => {
    expect(onTerminal({})).toContain('\u001b[32mok');
    expect(onTerminal({ NO_COLOR: '1' })).not.toContain('\u001b');
  });

  test('a pipe gets none', async () => {
    expect((await quince(['doctor'])).stdout).not.toContain('\u001b');
  });
});

test('rows of another hour can be scored from standard input', async () => {
  const text = jsonLines(ordinaryWork(4, SCORE_US, 30));
  const { json, status } = await quince(['score', '--db', db, '-', '--all', '--json'], { input: text });
  expect(status).toBe(0);
  expect(json).toHaveLength(text.split('\n').length - 1);
});
