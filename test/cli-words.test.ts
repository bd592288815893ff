import { copyFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowText } from '../dist/app/cli/row-text.js';
import { endpointText } from '../dist/pipeline/endpoint-text.js';
import { ATTACK_PROC, attack, Folder, jsonLines, ordinaryWork, quince, SCORE_US, TRAIN_US } from './cli-rig.js';

const folder = new Folder();
const scored = [...ordinaryWork(2, SCORE_US, 40), ...attack(SCORE_US + 5_000_000)];
const train = folder.file('train.jsonl', jsonLines(ordinaryWork(1, TRAIN_US, 120)));
const score = folder.file('score.jsonl', jsonLines(scored));
const programs = folder.file('programs.db');
const network = folder.file('network.db');

const FIELDS = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state'.split(' ');
/** Connections of one address to one server, and `odd` ones to elsewhere at the end. */
function zeekLog(fromUs: number, connections: number, odd: readonly string[][] = []): string {
  const rows = Array.from({ length: connections }, (_, i) => {
    const ts = `${(fromUs + i * 1_000_000) / 1e6}`;
    return [ts, `C${i}`, `10.0.0.${i % 4}`, String(40_000 + i), '10.0.9.9', '443', 'tcp', 'SF'];
  });
  const lines = [...rows, ...odd].map((row) => row.join('\t'));
  return `${['#separator \\x09', '#path\tconn', `#fields\t${FIELDS.join('\t')}`, ...lines].join('\n')}\n`;
}
const ODD = [String(SCORE_US / 1e6), 'C9', '2001:db8::7', '50000', '2001:db8::1', '4444', 'udp', 'SF'];
const flows = folder.file('conn.log', zeekLog(TRAIN_US, 1500));
const oddFlows = folder.file('odd.log', zeekLog(SCORE_US, 30, [ODD]));

beforeAll(async () => {
  for (const [db, file] of [
    [programs, train],
    [network, flows],
  ] as const) {
    expect((await quince(['train', '--db', db, file])).status).toBe(0);
  }
  expect((await quince(['score', '--db', programs, score])).status).toBe(0);
}, 60_000);
afterAll(() => folder.remove());

/** A copy, so that tests do not see each other's runs. */
function copyOf(db: string): string {
  const copy = folder.file(`${Math.random()}.db`);
  copyFileSync(db, copy);
  return copy;
}

describe('ends of a connection', () => {
  test.each([
    ['10.0.0.5', 443, '10.0.0.5:443'],
    ['2001:db8::1', 443, '[2001:db8::1]:443'],
    ['2001:db8::1', undefined, '2001:db8::1'],
    [undefined, 443, undefined],
  ])('%s and port %s are %s', (address, port, text) => {
    expect(endpointText(address, port)).toBe(text);
  });

  test('name a flow only where nobody knows the program, and are escaped', () => {
    const flow = { saddr: '10.0.0.7', daddr: '::1', dport: 53, proto: 'udp' };
    expect(flowText(flow)).toBe('10.0.0.7 → [::1]:53 udp');
    expect(flowText({ ...flow, proto: '\u001b[2J' })).not.toContain('\u001b');
    expect(flowText({ ...flow, exe: '/usr/bin/dig' })).toBeUndefined();
  });
});

describe('sources of two kinds', { timeout: 60_000 }, () => {
  const line = /^warning: (\d+) % of the rows are of a kind of source that was never learned \((.*)\): their p says/m;

  test('syscalls on a baseline of flows: what nobody knew there is named, with the share of rows', async () => {
    const { stderr } = await quince(['score', '--db', copyOf(network), score]);
    const [, share, how] = line.exec(stderr)!;
    expect(Number(share)).toBe(100);
    expect(how).toMatch(/^they know comm, exe, parent_exe, user, which no learned event knew/);
    const json = await quince(['score', '--db', copyOf(network), score, '--json']);
    const records = json.stderr
      .trim()
      .split('\n')
      .map((record) => JSON.parse(record));
    // The row about a loss is no event of a source.
    expect(records.find(({ share }) => share !== undefined)).toMatchObject({
      level: 40,
      share: 1,
      rows: scored.length - 1,
    });
  });

  test('flows on a baseline of syscalls: what everybody knew there is named', async () => {
    const { stderr } = await quince(['score', '--db', copyOf(programs), oddFlows]);
    const [, share, how] = line.exec(stderr)!;
    expect(Number(share)).toBe(100);
    expect(how).toBe('they lack comm, exe, parent_exe, user, which every learned event knew');
  });

  test('nothing is said of the same kind, nor of a row in 200 that lacks a column', async () => {
    for (const [db, file] of [
      [programs, score],
      [network, oddFlows],
    ] as const) {
      expect((await quince(['score', '--db', copyOf(db), file])).stderr).not.toMatch(line);
    }
    const many = ordinaryWork(3, SCORE_US, 100);
    const { exe: _, ...lacking } = many[0]!;
    const input = jsonLines([lacking as (typeof many)[0], ...many.slice(1)]);
    expect((await quince(['score', '--db', copyOf(programs), '-'], { input })).stderr).not.toMatch(line);
  });
});

describe('findings of flows', { timeout: 60_000 }, () => {
  test('are headed by their ends; any of their rows names the best one', async () => {
    const db = copyOf(network);
    // More ports of one address, so that its finding has rows beside the best one.
    const more = [4445, 4446].map((port) => ODD.map((field, i) => (i === 5 ? String(port) : field)));
    const file = folder.file('more.log', zeekLog(SCORE_US, 30, [ODD, ...more]));
    const { stdout } = await quince(['score', '--db', db, file]);
    expect(stdout).toMatch(/^ 1\. 2001:db8::7 → \[2001:db8::1\]:444\d udp {2}p /m);
    expect(stdout).toMatch(/^ {4}what 2001:db8::7 did on zeek {2}\(3 rows\)$/m);
    const best = Number(/\(row (\d+),/.exec(stdout.split('\n').find((text) => text.startsWith(' 1.'))!)![1]);
    expect([30, 31, 32]).toContain(best);
    for (const row of [30, 31, 32]) {
      const { stdout: said } = await quince(['explain', '--db', db, row]);
      const end = row === best ? 'this is its best row' : `its best row is ${best}`;
      expect(said).toMatch(new RegExp(`^in finding 1 of run 2, whose process tree has p \\S+; ${end}$`, 'm'));
    }
    expect((await quince(['explain', '--db', db, 0])).stdout).toMatch(/^in no finding of run 2/m);
  });
});

test('a row of a finding that another row carries names that row', async () => {
  const rows = jsonLines(scored).split('\n');
  const ofAttack = rows.flatMap((text, i) => (text.includes(ATTACK_PROC) ? [i] : []));
  const best = await Promise.all(
    ofAttack.map(async (row) => (await quince(['explain', '--db', programs, row, '--json'])).json[0]!.finding.best_row),
  );
  expect(new Set(best).size).toBe(1);
  expect(ofAttack).toContain(best[0]);
  const other = ofAttack.find((row) => row !== best[0])!;
  expect((await quince(['explain', '--db', programs, other])).stdout).toContain(`; its best row is ${best[0]}\n`);
});

describe('bad rows', { timeout: 60_000 }, () => {
  test('tell the line of the first one of each reason, also behind blank lines and in the second file', async () => {
    const good = ordinaryWork(4, TRAIN_US, 20).map((row) => JSON.stringify(row));
    const first = folder.file('good.jsonl', `${good.slice(0, 5).join('\n')}\n`);
    const text = ['', good[0], ' ', 'nonsense', good[1], '{"ts":"yesterday"}', 'more', good[2]].join('\n');
    const second = folder.file('mixed.jsonl', `${text}\n`);
    const args = ['train', '--db', folder.file('mixed.db'), first, second];
    const { stdout } = await quince(args);
    expect(stdout).toContain(
      `bad: not_json 2 (first at line 4 of ${second}), bad_ts 1 (first at line 6 of ${second});`,
    );
    const { json } = await quince(['score', '--db', folder.file('mixed.db'), second, '--all', '--json']);
    expect(json).toHaveLength(3);
  });

  test('Zeek in JSON read as events is told for what it is, alone and beside events', async () => {
    const row = Object.fromEntries(FIELDS.map((name, i) => [name, ODD[i]]));
    const zeek = folder.file('conn.json', `${JSON.stringify({ ...row, ts: SCORE_US / 1e6 })}\n`);
    const hint = 'it looks like a Zeek conn log: --format zeek --network NAME';
    const alone = await quince(['train', '--db', folder.file('alone.db'), zeek]);
    expect(alone.status).toBe(3);
    expect(alone.stderr).toContain(`; ${hint} (BAD_INPUT)`);
    const beside = await quince(['train', '--db', folder.file('beside.db'), train, zeek]);
    expect(beside.stderr).toContain(`warning: ${zeek}: ${hint}\n`);
    const read = await quince(['train', '--db', folder.file('zeek.db'), zeek, '--format', 'zeek']);
    expect([read.status, read.stderr.includes(hint)]).toEqual([0, false]);
  });

  test('a torn file says that what came before it counts', async () => {
    const torn = folder.file('torn.jsonl.gz', gzipSync(jsonLines(ordinaryWork(5, TRAIN_US, 200))).subarray(0, -300));
    const { stdout, stderr, status } = await quince(['train', '--db', folder.file('torn.db'), torn]);
    const rows = /learned (\d+) rows/.exec(stdout)![1];
    expect(status).toBe(3);
    expect(stderr).toContain(
      `got an end in the middle of them; what can be read before that was learned, ${rows} rows in all`,
    );
  });
});

describe('sql', { timeout: 60_000 }, () => {
  test('says when a recipe found nothing, and what there is', async () => {
    const ask = (...args: string[]) => quince(['sql', '--db', programs, '--recipe', ...args]);
    const none = await ask('normal-for-exe', '--param', 'exe=/no\u001b[2J');
    expect(none.status).toBe(0);
    expect(none.stderr).toMatch(/^warning: nothing matched exe=\/no\\x1b\[2J, top=5; exe may be \/usr\/bin\/\w+, /);
    expect((await ask('top-surprise', '--param', 'run=77')).stderr).toContain('; run may be 2; dims may be 15, 5\n');
    expect((await ask('losses', '--param', 'x=1')).status).toBe(2);
    expect((await ask('normal-for-exe', '--param', 'exe=/usr/bin/curl')).stderr).toBe('');
  });

  test('says why cells are missing while their hours are open', async () => {
    const asked = await quince(['sql', '--db', programs, 'SELECT count(*) AS n FROM cells WHERE kind = 1', '--json']);
    expect(asked.json).toEqual([{ n: 0 }]);
    expect(asked.stderr).toContain('cells hold closed hours: ');
    const direct = await quince(['sql', '--db', programs, 'SELECT * FROM maturity']);
    const recipe = await quince(['sql', '--db', programs, '--recipe', 'immature-contexts']);
    expect(recipe.stderr).toBe(direct.stderr);
    expect(recipe.stderr).toMatch(/^warning: cells hold closed hours: .* stand in open_presence/);
    const other = await quince(['sql', '--db', programs, '--recipe', 'normal-on-host', '--param', 'exe=/no']);
    expect(other.stderr).toMatch(/^warning: nothing matched exe=\/no, /);
    const closed = folder.file('closed.db');
    await quince([
      'train',
      '--db',
      closed,
      folder.file(
        'h.jsonl',
        jsonLines([0, 48].flatMap((hour) => ordinaryWork(hour, TRAIN_US + hour * 3_600_000_000, 20))),
      ),
    ]);
    const known = await quince(['sql', '--db', closed, '--recipe', 'immature-contexts', '--json']);
    expect(known.json.length).toBeGreaterThan(0);
    const none = await quince(['sql', '--db', closed, '--recipe', 'immature-contexts', '--param', 'host=no']);
    expect(none.stderr).toMatch(/^warning: nothing matched host=no, exe=%, limit=20; host may be /);
    const runs = await quince(['sql', '--db', programs, 'SELECT count(*) FROM runs']);
    expect(runs.stderr).toBe('');
  });
});

test('unlearning and merging name the host and the day that are in the way', { timeout: 60_000 }, async () => {
  const day = new Date(TRAIN_US / 1000).toISOString();
  const date = day.slice(0, 10);
  const unlearn = (...args: string[]) => quince(['model', 'unlearn', '--db', copyOf(programs), ...args]);
  const none = await unlearn('--since', '2020-01-01', '--until', '2020-01-02', '--host', 'db1');
  expect(none.stderr).toContain(`got none from 2020-01-01 to 2020-01-02 on db1: learned are web1 on ${date} (`);
  const all = await unlearn('--since', date, '--until', date);
  expect(all.stderr).toContain(`got all that was learned from ${date} to ${date} (`);
  const model = folder.file('model');
  expect((await quince(['model', 'export', '--db', programs, model])).status).toBe(0);
  const { stderr } = await quince(['model', 'merge', model, model, '-o', folder.file('twice')]);
  expect(stderr).toContain(
    `one hour of a process in both: web1 on ${date}, ${Number(day.slice(11, 13))} h UTC (BAD_MODEL)`,
  );
});
