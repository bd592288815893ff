import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseLabels } from '../dist/pipeline/labels.js';
import {
  ATTACK_PROC,
  attack,
  Folder,
  jsonLines,
  ordinaryWork,
  type PlainEvent,
  quince,
  type Result,
  runNode,
  SCORE_US,
  TRAIN_US,
} from './cli-rig.js';

const MAIN = fileURLToPath(new URL('../dist/app/demo/main.js', import.meta.url));
const folder = new Folder();
const db = folder.file('demo.db');
let demo: Result;

const at = (us: number) => new Date(us / 1000).toISOString();
const label = (id: string, kind: string, more: object) => ({
  id,
  kind,
  title: `what ${id} does`,
  started: at(SCORE_US),
  ended: at(SCORE_US + 200_000_000),
  roots: [],
  ...more,
});

/** A shell below the attack's root: belongs to the attack by descent alone. */
const child = (us: number): PlainEvent => ({
  ts: us,
  syscall: 'exec',
  host: 'web1',
  pid: 66_667,
  ppid: 66_666,
  proc: '434343',
  parent_proc: ATTACK_PROC,
  comm: 'sh',
  exe: '/tmp/sh',
  parent_exe: '/tmp/nc',
  user: 'www',
  args: 'sh',
});

beforeAll(async () => {
  const work = ordinaryWork(2, SCORE_US, 250);
  const daemon = work.find((row) => row.exe === '/usr/bin/psql' && row.syscall === 'connect')!;
  // The daemon itself writes a key, with nobody below it: only a row rule finds that.
  const written = { ...daemon, ts: Number(daemon.ts) + 1, syscall: 'open', path: '/root/.ssh/authorized_keys' };
  const second = SCORE_US + 20_000_000;
  folder.file('train.jsonl', jsonLines(ordinaryWork(1, TRAIN_US, 300)));
  folder.file('score.jsonl', jsonLines([...work, written, ...attack(second), child(second + 500)]));
  const labels = [
    label('shell-out', 'attack', { roots: [{ proc: ATTACK_PROC }], uses_only_known_programs: false }),
    label('key-written', 'attack', { rows: [{ exe: '/usr/bin/psql', path: '/root/.ssh/' }] }),
    label('absent', 'attack', { roots: [{ proc: '77' }] }),
    label('one-more-job', 'novelty', { roots: [{ proc: String(work[0]!.proc) }] }),
  ];
  folder.file('score.labels.json', JSON.stringify({ capture: 'score.jsonl', labels }));
  demo = await runNode([MAIN, '--data', folder.path, '--db', db]);
});
afterAll(() => folder.remove());

const lineOf = (text: string) => demo.stdout.split('\n').find((line) => line.includes(text));

describe('the demonstration', () => {
  test('learns, scores, and leaves a database that can be asked', async () => {
    expect(demo.stderr).toBe('');
    expect(demo.status).toBe(0);
    expect(demo.stdout).toMatch(/learned [\d,]+ rows/);
    expect(demo.stdout).toContain('the five-tuple alone: p');
    const { json } = await quince(['sql', '--db', db, "SELECT count(*) AS n FROM runs WHERE kind = 'score'", '--json']);
    expect(json).toEqual([{ n: 1 }]);
  });

  test('holds labels against findings: by descent, by row rule, and what was not there', () => {
    expect(lineOf('what shell-out does')).toMatch(/^found +shell-out +1 .* \* +\d.* yes +what/);
    expect(lineOf('what key-written does')).toMatch(/^(found|MISSED) +key-written +2 .* no +what/);
    expect(lineOf('what absent does')).toMatch(/^MISSED +absent +- +- +-/);
    expect(lineOf('missed: absent')).toContain('no row of it was recorded and scored');
    expect(lineOf('what one-more-job does')).toMatch(/^not found +one-more-job/);
  });

  test('sets the rest apart, beside the five-tuple and never-seen exe', () => {
    // 250 processes, less the labelled one; the daemon that wrote the key stays, without that row.
    expect(demo.stdout).toMatch(/ 249 process trees, 0 of them findings/);
    expect(lineOf('fifteen dimensions:')).toMatch(/[12] of 3 attacks found, 249 unlabelled/);
    expect(lineOf('never-seen exe:')).toMatch(/1 of 3 attacks found, 0 unlabelled trees flagged/);
  });

  test('runs again on a fresh database, and says what is missing', async () => {
    const none = await runNode([MAIN, '--data', '/nowhere', '--db', db]);
    expect(none.status).toBe(3);
    expect(none.stderr).toMatch(/labels require a readable file, got \/nowhere.* \(BAD_INPUT\)/);
  });
});

test.each([
  ['no JSON', '{', /require JSON/],
  ['no list', '{}', /labels/],
  ['a kind that is none', JSON.stringify({ labels: [label('x', 'joke', {})] }), /kind/],
  [
    'a time without zone',
    JSON.stringify({ labels: [label('x', 'attack', { started: '2026-01-01 10:00' })] }),
    /started/,
  ],
  ['a rule that takes everything', JSON.stringify({ labels: [label('x', 'attack', { rows: [{}] })] }), /rows/],
])('labels with %s are refused', (_, text, message) => {
  expect(() => parseLabels(text, 'file')).toThrow(message);
});
