import { copyFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ATTACK_PROC,
  attack,
  Folder,
  HOSTILE_EXE,
  jsonLines,
  ordinaryWork,
  quince,
  SCORE_US,
  TRAIN_US,
} from './cli-rig.js';

/** Control characters but line feeds, and marks that reorder: none may reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const folder = new Folder();
const scored = [...ordinaryWork(2, SCORE_US, 250), ...attack(SCORE_US + 20_000_000)];
const train = folder.file('train.jsonl', jsonLines(ordinaryWork(1, TRAIN_US, 300)));
const score = folder.file('score.jsonl', jsonLines(scored));
const trained = folder.file('trained.db');
const done = folder.file('done.db');
/** Of the objects that `score --json` prints, those of findings; alerts come before them. */
const findingsOf = (json: readonly Record<string, unknown>[]) => json.filter((o) => o.rank !== undefined);
let firstScore: Awaited<ReturnType<typeof quince>>;

function database(name: string): string {
  const path = folder.file(`${name}.db`);
  copyFileSync(trained, path);
  return path;
}

beforeAll(async () => {
  const { status, stderr } = await quince(['train', '--db', trained, train, '--json']);
  expect(stderr).not.toContain('"code"');
  expect(status).toBe(0);
  copyFileSync(trained, done);
  firstScore = await quince(['score', '--db', done, score, '--json']);
  expect(firstScore.status).toBe(0);
});
afterAll(() => folder.remove());

describe('train', () => {
  test('says what it learned, and on a second time that it knows', async () => {
    const { status, json } = await quince(['train', '--db', database('again'), train, '--json']);
    expect(status).toBe(0);
    expect(json).toHaveLength(1);
    expect(json[0]).toMatchObject({ known: true, rows: 0, snapshot: 1, card: { daysLearned: 1 } });
    const { stdout } = await quince(['train', '--db', folder.file('new.db'), train]);
    expect(stdout).toMatch(/learned [\d,]+ rows; bad: none; late 0/);
    expect(stdout).toMatch(/fifteen .*contexts [\d,]+.*units [\d,]+/);
  });

  test('counts bad rows by reason and learns the rest', async () => {
    const input = `not json\n${jsonLines(ordinaryWork(3, TRAIN_US, 40))}{"ts":"yesterday"}\n`;
    const { status, json } = await quince(['train', '--db', folder.file('bad.db'), '-', '--json'], { input });
    expect(status).toBe(0);
    expect(json[0]!.bad).toMatchObject({ not_json: 1, bad_ts: 1 });
    expect(json[0]!.rows).toBe(input.split('\n').length - 3);
  });
});

describe('score --all --json', () => {
  test('prints one object for every event in order, whose parts sum to its bits', async () => {
    const { status, json } = await quince(['score', '--db', database('all'), score, '--all', '--json']);
    expect(status).toBe(0);
    expect(json.map((o) => o.row)).toEqual(scored.map((_, i) => i));
    for (const { bits, ln_p, by } of json) {
      const sum = Object.values<number>(by).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - bits)).toBeLessThanOrEqual(1e-6);
      expect(ln_p).toBeLessThanOrEqual(0);
    }
    const lines = jsonLines(scored).split('\n');
    const lost = lines.findIndex((line) => line.includes('"lost"'));
    expect(json[lost]).toEqual({ row: lost, bits: 0, ln_p: 0, by: {} });
    const sent = lines.findIndex((line) => line.includes('4444') && line.includes('connect'));
    expect(Math.max(...json.map((o) => o.bits))).toBe(json[sent]!.bits);
  });

  test('--dims 5 knows the five-tuple only', async () => {
    const { json } = await quince(['score', '--db', database('five'), score, '--all', '--json', '--dims', '5']);
    expect(json).toHaveLength(scored.length);
    const names = new Set(json.flatMap((o) => Object.keys(o.by)));
    expect([...names].filter((n) => !['saddr', 'sport', 'daddr', 'dport', 'proto'].includes(n))).toEqual([]);
    const lines = jsonLines(scored).split('\n');
    json.forEach((o, i) => {
      if (!lines[i]!.includes('daddr')) expect(o).toEqual({ row: i, bits: 0, ln_p: 0, by: {} });
    });
    expect(json.some((o) => o.bits > 0)).toBe(true);
  });

  test('1, 2 and 7 workers print the same bytes', { timeout: 180_000 }, async () => {
    const outputs: string[] = [];
    for (const workers of [1, 2, 7]) {
      const db = database(`w${workers}`);
      outputs.push((await quince(['score', '--db', db, score, '--all', '--json', '--workers', workers])).stdout);
    }
    expect(outputs[0]!.length).toBeGreaterThan(10_000);
    expect(outputs[1]).toBe(outputs[0]);
    expect(outputs[2]).toBe(outputs[0]);
  });

  test('a reader that leaves ends it quietly', async () => {
    const { status, stderr } = await quince(['score', '--db', database('pipe'), score, '--all', '--json', '-q'], {
      onStart: (child) => child.stdout!.destroy(),
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('score', () => {
  test('--json prints one object a finding, explained', () => {
    const [finding, ...others] = findingsOf(firstScore.json) as typeof firstScore.json;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      rank: 1,
      tree: ATTACK_PROC,
      rows: 2,
      signatures: 2,
      root: { exe: HOSTILE_EXE, pid: 66_666, user: 'www' },
    });
    expect(finding!.ln_p).toBeLessThanOrEqual(Math.log(0.001));
    expect(finding!.lineage.map((l: { exe: string }) => l.exe)).toEqual([HOSTILE_EXE, '/usr/sbin/nginx', '/sbin/init']);
    const best = finding!.rows_best[0];
    expect(best.parts.reduce((sum: number, p: { bits: number }) => sum + p.bits, 0)).toBeCloseTo(best.bits, 6);
    const bits = best.parts.map((p: { bits: number }) => p.bits);
    expect(bits).toEqual([...bits].sort((a: number, b: number) => b - a));
    const daddr = best.parts.find((p: { name: string }) => p.name === 'daddr');
    expect(daddr).toMatchObject({ was: '203.0.113.66', context: { own: 0 } });
    expect(finding!.five_tuple.bits).toBeGreaterThan(0);
  });

  test('--json prints one object an alert first: who, how far below what was needed, and what carries it', () => {
    const [alert] = firstScore.json;
    expect(alert).toMatchObject({ alert: 1, run: 2, user: 'www', whole_host: false, finding: 1 });
    // As windows know it, generalised.
    expect(alert!.exe).toMatch(/^\/tmp\/.*nc.*J/);
    expect(alert!.ln_p).toBeLessThan(alert!.threshold_ln_p);
    expect(alert!.evidence[0]).toMatchObject({ kind: 'event', trust: 1 });
    const { ln_p, dearest } = alert!.evidence[0];
    expect(ln_p).toBeLessThan(-5);
    expect(dearest).toHaveLength(3);
    const all = firstScore.json.filter((o) => o.alert !== undefined);
    expect(all.filter((o) => o.exe === alert!.exe)).toHaveLength(1);
  });

  test('in JSON nothing is beyond ASCII', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
    expect(firstScore.stdout).toMatch(/^[\u0000-\u007e]*$/);
    expect(firstScore.stdout.replaceAll('\n', '')).not.toMatch(RAW);
  });

  test('for people: hostile names are escaped, the run and the five-tuple are named', async () => {
    const { stdout, status } = await quince(['score', '--db', done, score]);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(RAW);
    expect(stdout).toContain('\\x1b[31m\\u{202e}nc\\x9b2J\\x07');
    expect(stdout).toMatch(/^Alerts: \d+ of [\d,]+ minutes/);
    expect(stdout).toContain('the five-tuple alone: p');
    expect(stdout).toContain('extrapolated');
    expect(stdout).toMatch(/daddr +[█░]{10} +\d+\.\d {2}203\.0\.113\.66; never in/);
    expect(stdout).toContain(`quince explain --db ${done} ROW --run 2`);
  });

  test('--limit shows fewer; beside --all it is refused', async () => {
    const db = database('limit');
    const worse = folder.file('two.jsonl', jsonLines([...scored, ...attack(SCORE_US + 30_000_000).map(another)]));
    const both = await quince(['score', '--db', db, worse, '--json']);
    expect(findingsOf(both.json).map((f) => f.rank)).toEqual([1, 2]);
    const one = (await quince(['score', '--db', db, worse, '--json', '--limit', 1])).json;
    expect(findingsOf(one)).toEqual(findingsOf(both.json).slice(0, 1));
    expect((await quince(['score', '--db', db, worse, '--all', '--limit', 1])).status).toBe(2);
  });

  test('a torn file is an error in the end, but its rows count', async () => {
    const torn = folder.file('torn.jsonl.gz', gzipSync(jsonLines(scored)).subarray(0, -400));
    const { status, json, stderr } = await quince(['score', '--db', database('torn'), torn, '--all', '--json']);
    expect(status).toBe(3);
    expect(json.length).toBeGreaterThan(100);
    expect(json.length).toBeLessThan(scored.length);
    expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({ code: 'TORN_STREAM' });
  });
});

const firstFinding = () => firstScore.json.find((o) => o.kind === 'finding')!;

const another = (row: Record<string, string | number>) =>
  row.proc === undefined ? row : { ...row, proc: '515151', pid: 55_555, exe: '/tmp/other' };

describe('explain', () => {
  test('explains any row of the newest run, the run given, or an event', async () => {
    const { json, status } = await quince(['explain', '--db', done, 0, '--json']);
    expect(status).toBe(0);
    expect(json[0]).toMatchObject({ row: 0, run: 2, lineage: expect.any(Array) });
    const sum = json[0]!.parts.reduce((s: number, p: { bits: number }) => s + p.bits, 0);
    expect(Math.abs(sum - json[0]!.bits)).toBeLessThanOrEqual(1e-6);
    expect((await quince(['explain', '--db', done, 0, '--run', 2, '--json'])).json).toEqual(json);
    expect((await quince(['explain', '--db', done, '--event', json[0]!.event, '--json'])).json).toEqual(json);
    const { stdout } = await quince(['explain', '--db', done, firstFinding().rows_best[0].row]);
    expect(stdout).toContain('203.0.113.66');
    expect(stdout).not.toMatch(RAW);
  });

  test('explains an alert, a process tree, a minute and a pair by number and by name, also of stored events scored again', async () => {
    const ask = (...args: (string | number)[]) => quince(['explain', '--db', done, ...args]);
    const [finding] = (await ask('--finding', 1, '--json')).json;
    // Score says beside it on which hosts it was, and whether it was announced.
    expect(firstFinding()).toMatchObject(finding!);
    const from = new Date(SCORE_US / 1000).toISOString().slice(0, 16);
    const minute = await ask('--window', '--at', `${from}Z`, '--host', 'web1', '--json');
    expect(minute.json[0]).toMatchObject({
      kind: 'window',
      of: { host: 'web1', ts: `${from}:00.000000Z` },
      number: null,
    });
    const [told] = firstScore.json;
    const [alert] = (await ask('--alert', told!.alert, '--json')).json;
    expect(alert).toMatchObject({ kind: 'alert', run: 2, ln_p: told!.ln_p, finding: told!.finding });
    expect(alert!.parts.map((part: { evidence: object }) => part.evidence)).toEqual(told!.evidence);
    const pair = await ask('--pair', '--daddr', '203.0.113.66');
    expect(pair.stdout).toMatch(/^\/tmp\/.* on web1 → 203\.0\.113\.66:4444\nrun 2, 1 beat kept, 1 of this run: /);
    expect(pair.stdout).toContain('\nno finding: a rhythm needs 12 beats, 1 was heard\n');
    expect(pair.stdout).not.toMatch(RAW);
    const again = await quince(['score', '--db', done, '--stored', '--of-run', 2, '--since', '2026-01-01']);
    expect(again.status).toBe(0);
    const event = Number(/^ 1\. .* \(event (\d+), /m.exec(again.stdout)![1]);
    expect(again.stdout).toContain(`quince explain --db ${done} --event ID --run 3 explains any row`);
    // What carries its alerts is named as `explain` takes it: the run has no rows of its own.
    const carrying = /^ {4}p \S+ {2}(row|event) (\d+): connect /m.exec(again.stdout)!;
    expect(carrying.slice(1)).toEqual(['event', String(event)]);
    expect((await ask('--event', event, '--run', 3)).stdout).toMatch(
      /^in finding 1 of run 3, .*; this is its best row$/m,
    );
    expect((await ask(0, '--run', 3)).stderr).toContain('which scored stored ones again: --event');
    const n = scored.length.toLocaleString('en-US');
    expect((await ask('--window', 1, '--run', 9)).stderr).toContain(
      `2 (score, ${n} rows), 3 (score, ${n} stored rows)`,
    );
    for (const bounds of [
      ['--since', '2030-01-01'],
      ['--until', '2020-01-01T06:00Z'],
    ]) {
      const none = await quince(['score', '--db', done, '--stored', ...bounds]);
      expect([none.status, none.stdout]).toEqual([3, '']);
      expect(none.stderr).toMatch(
        /--stored requires stored events (from 2030-01-01T0|before 2020-01-01T06)\S+, got none: they are from 2026-\S+ to 2026-\S+ \(BAD_INPUT\)$/m,
      );
    }
  });

  test('refuses a row that is not there, and one that was not scored', async () => {
    const beyond = await quince(['explain', '--db', done, 999_999]);
    expect(beyond.status).toBe(2);
    expect(beyond.stderr).toContain(`0 to ${scored.length - 1} in run 2`);
    const lost = jsonLines(scored)
      .split('\n')
      .findIndex((line) => line.includes('"lost"'));
    expect((await quince(['explain', '--db', done, lost])).status).toBe(2);
    expect((await quince(['explain', '--db', done])).status).toBe(2);
    expect((await quince(['explain', '--db', trained, 0])).stderr).toContain('run score first');
  });
});
