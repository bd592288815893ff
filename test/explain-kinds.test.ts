import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explanationLines } from '../dist/app/cli/explanation-text.js';
import { findingLines } from '../dist/app/cli/finding-text.js';
import { pairWords } from '../dist/app/cli/rhythm-text.js';
import { rowWords } from '../dist/app/cli/row-text.js';
import { Terminal } from '../dist/app/cli/terminal.js';
import { windowWords } from '../dist/app/cli/window-text.js';
import { describeFindings } from '../dist/pipeline/describe-findings.js';
import { RowExplainer } from '../dist/pipeline/explain.js';
import { explainFinding } from '../dist/pipeline/explain-finding.js';
import { explainPair } from '../dist/pipeline/explain-pair.js';
import { explainWindow } from '../dist/pipeline/explain-window.js';
import { FINDING_LN_P } from '../dist/pipeline/finding-limit.js';
import { judgeRow } from '../dist/pipeline/finding-of-row.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { pairByNumber } from '../dist/pipeline/pair-target.js';
import { type ScoreReport, score } from '../dist/pipeline/score.js';
import { type ScoredRun, scoredRun } from '../dist/pipeline/scored-runs.js';
import { learnedRows, storedInput, storedSources } from '../dist/pipeline/stored-input.js';
import { isSameInput } from '../dist/pipeline/stored-source.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { windowAt, windowByNumber } from '../dist/pipeline/window-target.js';
import type { Workers } from '../dist/pipeline/workers.js';
import { binValue, countBin } from '../dist/stats/count-bins.js';
import { Store } from '../dist/store/store.js';
import type { WindowRow } from '../dist/store/windows.js';
import { Folder, jsonLines } from './cli-rig.js';
import { LATER_MS, NEXT, SCAN_MS, SCORED, TRAINED } from './explain-world.js';
import { BEACON, CRON } from './rhythm-world.js';

/** Control characters but line feeds, and marks that reorder: none may reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RAW = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const folder = new Folder();
const terminal = new Terminal({ logLevel: 'warn' });
let store: Store;
let workers: Workers;
let report: ScoreReport;
let run: ScoredRun;

async function rowsOf(sql: string, from = store): Promise<Record<string, unknown>[]> {
  const rows = [];
  for await (const row of from.rows(sql)) rows.push(row);
  return rows;
}

const open = (path: string) => openSources([path], { hashKey: store.hashKey, workers: 1 });

beforeAll(async () => {
  store = await Store.open(':memory:', { key: '07'.repeat(16) });
  workers = workersFor(store, 1);
  await train({ store, workers, sources: await open(folder.file('train.jsonl', jsonLines(TRAINED))) });
  report = await score({
    store,
    workers,
    sources: await open(folder.file('score.jsonl', jsonLines(SCORED))),
    dims: 15,
  });
  run = await scoredRun(store, undefined);
}, 120_000);

afterAll(async () => {
  await workers.close();
  await store.close();
  folder.remove();
});

describe('a minute', { timeout: 120_000 }, () => {
  /** The worst of each feature, a minute of losses, of silence, without a surprise, and the first and last of a host. */
  function samples(): WindowRow[] {
    const worst = new Map<string, WindowRow>();
    for (const row of report.minutes) {
      const name = `${row.feature} ${row.wholeHost}`;
      if (row.bits > (worst.get(name)?.bits ?? -1)) worst.set(name, row);
    }
    const ofHost = report.minutes.filter(({ host, wholeHost }) => host === 'web1' && wholeHost);
    const more = [
      ofHost.find(({ lost }) => lost > 0),
      ofHost[0],
      ofHost.at(-1),
      report.minutes.find((r) => r.bits === 0),
    ];
    return [...worst.values(), ...more.filter((row) => row !== undefined)];
  }

  it('is scored again as it was, whatever it is of', async () => {
    const rows = samples();
    expect(rows.length).toBeGreaterThan(10);
    expect(new Set(rows.map(({ feature }) => feature)).has('silence')).toBe(true);
    for (const row of rows) {
      const e = await explainWindow(store, run, row);
      const [first] = e.parts;
      expect([e.bits, e.ln_p, e.lost, e.whole_host]).toEqual([row.bits, row.lnP, row.lost, row.wholeHost]);
      expect(e.conclusion.finding).toBe(row.lnP <= FINDING_LN_P);
      if (row.feature === null) continue;
      expect(first).toMatchObject({ feature: row.feature, size_s: row.sizeSeconds, value: row.value });
      expect([first!.bits, first!.ln_p, first!.typical_value]).toEqual([e.bits, row.windowLnP, row.typical]);
      expect(e.parts.every(({ bits }) => bits <= e.bits)).toBe(true);
    }
  });

  it('is of one stream with what came from the same input', () => {
    expect(isSameInput('5f of net:0', '5f of net:17')).toBe(true);
    expect(isSameInput('5f:0', '6f:0')).toBe(false);
  });

  it('of a scan: every feature and size, whose law and of how many windows, and where it was ranked', async () => {
    const row = await windowByNumber(store, run.run, 1);
    const e = await explainWindow(store, run, row);
    expect(e).toMatchObject({ kind: 'window', number: 1, run: 2, snapshot: 1, extrapolated: true, whole_host: false });
    expect(e.of).toMatchObject({ host: 'web1', ts: new Date(SCAN_MS).toISOString().replace('.000Z', '.000000Z') });
    expect(e.ranked!.units).toBeGreaterThan(1000);
    expect(e.parts[0]).toMatchObject({ name: 'ports in 1 min', value: 300, was: '300 ports', level: 'all' });
    expect(e.parts[0]!.windows).toBeGreaterThan(100);
    const names = e.parts.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['ports in 1 h', 'connections in 10 min', 'destinations in 1 min']));
    expect(e.parts.find(({ name }) => name === 'failures in 1 min')).toMatchObject({
      level: null,
      context: null,
      bits: 0,
    });
    expect(e.parts.find(({ name }) => name === 'ports in 10 min')).toMatchObject({ open: true });
    expect(e.conclusion).toEqual({ finding: true, text: expect.stringContaining("number 1 of the run's windows") });
  });

  it('that is no finding says why, and by which law of its own it was judged', async () => {
    const usual = { minute: Math.floor(LATER_MS / 60_000) + 61, host: 'web2' };
    const e = await explainWindow(store, run, await windowAt(store, run.run, usual));
    expect(e.number).toBeNull();
    expect(e.conclusion.text).toMatch(
      /^no finding: about [\d.]+ % of the [\d,]+ minutes it is ranked among are as surprising/,
    );
    expect(e.parts[0]).toMatchObject({ level: 'own', context: { counts: 'windows', given: ['own'] } });
    const own = { ...usual, exe: '/usr/bin/curl' };
    const found = report.minutes.find(
      ({ host, exe, minute }) => host === 'web2' && exe === own.exe && minute > usual.minute,
    );
    const subject = await explainWindow(store, run, await windowAt(store, run.run, { ...own, minute: found!.minute }));
    expect(subject).toMatchObject({ of: { exe: '/usr/bin/curl', user: 'www' }, bits: found!.bits });
  });

  it('that is not there names what there is', async () => {
    const minute = Math.floor(LATER_MS / 60_000) + 61;
    const at = (asked: object) => windowAt(store, run.run, { minute, host: 'web1', ...asked });
    await expect(at({ host: 'web9' })).rejects.toThrow(/run 2 has "web1", "web2", "web3"$/);
    await expect(at({ minute: minute + 100_000 })).rejects.toThrow(/near it are 2026-06-02T09:5\dZ, /);
    await expect(at({ exe: '/bin/none' })).rejects.toThrow(/there are the whole host, "/);
    await expect(windowByNumber(store, run.run, 99)).rejects.toThrow(
      /^--window requires 1 to \d in run 2, got 99; any minute/,
    );
  });
});

describe('a pair', { timeout: 120_000 }, () => {
  it('that keeps a rhythm is judged again as it was; its parts sum to its bits', async () => {
    for (const [i, found] of report.rhythms.entries()) {
      const e = await explainPair(store, run, await pairByNumber(store, run.run, i + 1));
      expect(e.pair).toEqual({ saddr: null, daddr: found.parts.daddr, dport: found.parts.dport });
      expect([e.ln_p, e.score, e.known, e.conclusion.finding]).toEqual([
        found.gate.lnP,
        found.score,
        found.known,
        found.finding,
      ]);
      expect(e.rhythm!.period_s).toBe(found.description.periodMs / 1000);
      expect(e.parts.reduce((sum, { bits }) => sum + bits, 0)).toBeCloseTo(e.bits, 9);
      expect(e.bits).toBeCloseTo(found.score / Math.LN2, 9);
      expect(e.tests[0]!.ln_p).toBe(found.gate.lnP);
      expect(new Set(e.tests.map(({ test }) => test)).size).toBe(e.tests.length);
    }
    const [beacon, cron] = await Promise.all(
      [1, 2].map(async (n) => explainPair(store, run, await pairByNumber(store, run.run, n))),
    );
    expect(beacon!.of.exe).toBe(BEACON.exe);
    expect(beacon).toMatchObject({ learned: null, as_odd: { of: 46 }, ranked: { group: 'all', units: 46 } });
    expect(beacon!.conclusion.text).toMatch(
      /^a finding: a rhythm that training did not know; it is worth [\d.]+ nats, the line is 6.9/,
    );
    expect(cron!.learned!.period_s).toBeCloseTo(300, 0);
    expect(cron!.conclusion.text).toBe('no finding: training knew the pair to keep this rhythm');
  });

  it('that keeps none says why: no regularity, or too few beats', async () => {
    const none = await explainPair(store, run, { some: { host: 'web2', exe: '/usr/bin/curl', daddr: '10.0.1.0' } });
    expect(none).toMatchObject({ is_rhythm: false, score: null, bits: 0, parts: [], pair: { dport: '443' } });
    expect(none.tests.length).toBeGreaterThan(1);
    expect(none.conclusion.text).toBe('no finding: it keeps no rhythm, for the gate asks for p at most 0.001');
    const once = await explainPair(store, run, { some: { daddr: '10.0.1.1', dport: '77' } });
    expect(once).toMatchObject({ calls: 1, rhythm: null, tests: [] });
    expect(once.conclusion.text).toBe('no finding: a rhythm needs 12 beats, 1 were heard');
  });

  it('that is not there, or not the only one, names what there is', async () => {
    const asked = explainPair(store, run, { some: { exe: CRON.exe, daddr: '192.0.2.1' } });
    await expect(asked).rejects.toThrow(/a pair that was heard in run 2, got none: no such calls are stored/);
    await expect(explainPair(store, run, { some: { exe: '/usr/bin/git' } })).rejects.toThrow(
      /one pair, got 15: there are \/usr/,
    );
    await expect(pairByNumber(store, run.run, 7)).rejects.toThrow(/^--pair requires 1 to 2 in run 2, got 7; any pair/);
  });
});

describe('a process tree', { timeout: 120_000 }, () => {
  it('is found and scored again as scoring told it', async () => {
    const found = report.findings.rank().filter(({ lnP }) => lnP <= FINDING_LN_P);
    const explainer = await RowExplainer.load(store);
    const five = report.views.five.rank();
    for (const rank of [1, found.length]) {
      const options = { run: run.run, snapshot: 1, trees: report.trees, explainer, five, rank };
      for await (const told of describeFindings([found[rank - 1]!], options)) {
        expect(await explainFinding(store, run, rank)).toEqual(told);
        expect(told.conclusion.finding).toBe(true);
      }
    }
    expect(found.length).toBeGreaterThan(100);
    await expect(explainFinding(store, run, 9999)).rejects.toThrow(/^--finding requires 1 to \d+ in run 2, got 9999/);
  });
});

describe('one form', { timeout: 120_000 }, () => {
  it('has the same fields for every kind, and lets no hostile text act on the terminal', async () => {
    const ranked = report.findings.rank();
    const at = ranked.findIndex(({ rows }) => rows === 300) + 1;
    const scanned = ranked[at - 1]!;
    const row = await judgeRow(store, await (await RowExplainer.load(store)).explain(scanned.best[0]!.event, run.run));
    const window = await explainWindow(store, run, await windowByNumber(store, run.run, 1));
    const pair = await explainPair(store, run, { some: { daddr: '10.0.1.1', dport: '77' } });
    const finding = await explainFinding(store, run, at);
    const all = [row, window, pair, finding];
    expect(all.map(({ kind }) => kind)).toEqual(['row', 'window', 'pair', 'finding']);
    for (const e of all) {
      expect(e).toMatchObject({
        run: 2,
        snapshot: 1,
        conclusion: { finding: expect.any(Boolean), text: expect.any(String) },
      });
      expect(Object.keys(e.of)).toEqual(['host', 'exe', 'user', 'ts']);
      for (const name of ['bits', 'ln_p', 'extrapolated', 'few', 'ranked', 'parts']) expect(e).toHaveProperty(name);
      const bits = e.parts.map((part) => part.bits);
      expect(bits).toEqual([...bits].sort((a, b) => b - a));
    }
    const text = [
      explanationLines(row, rowWords(row), terminal),
      explanationLines(window, windowWords(window), terminal),
      explanationLines(pair, pairWords(pair), terminal),
      findingLines(finding, terminal, { parts: 9, rows: 9 }),
    ].map((lines) => lines.join('\n'));
    for (const one of text) {
      expect(one).toContain('nc');
      expect(one).not.toMatch(RAW);
    }
    expect(row.conclusion.text).toMatch(new RegExp(`^in finding ${at} of run 2, .*; this is its best row$`));
  });
});

/** Runs a recipe through the product path. */
async function recipe(name: string, given: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
  const query = await store.recipe(name, given);
  const rows: Record<string, unknown>[] = [];
  for await (const row of query.rows()) rows.push(Object.fromEntries(query.columns.map((c, i) => [c, row[i]])));
  return rows;
}

/** Last: it learns more. */
describe('stored events', { timeout: 240_000 }, () => {
  async function again(asked: Parameters<typeof storedInput>[1], onBatch?: () => never): Promise<ScoreReport> {
    const stored = await storedInput(store, asked);
    const sources = await storedSources(store, stored, 4, new AbortController().signal);
    return score({ store, workers, sources, stored, dims: 15, ...(onBatch && { onBatch }) });
  }
  const counts = () => rowsOf('SELECT count(*) AS events, (SELECT count(*) FROM strings) AS strings FROM event_rows');

  it('score the same again by the same baseline, without being stored twice', async () => {
    const before = await counts();
    const second = await again({});
    expect(second).toMatchObject({ rows: report.rows, snapshot: 1, scoredAgain: true, bad: {} });
    expect(await counts()).toEqual(before);
    const differing = await rowsOf(`SELECT count(*) AS n FROM scores AS a FULL JOIN scores AS b
      ON b.event = a.event AND b.dims = a.dims AND b.run = ${second.run} WHERE a.run = 2
      AND (a.bits, a.ln_p, a.few, a.extrapolated, a.calibration_group) IS DISTINCT FROM (b.bits, b.ln_p, b.few, b.extrapolated, b.calibration_group)`);
    expect(differing).toEqual([{ n: 0n }]);
    expect(second.minutes).toEqual(report.minutes);
    expect(second.rhythms).toEqual(report.rhythms);
    expect(second.findings.rank().map(({ best, ...tree }) => [tree, best[0]!.event])).toEqual(
      report.findings.rank().map(({ best, ...tree }) => [tree, best[0]!.event]),
    );
    const same = await again({});
    expect(same.run).toBe(second.run);
    expect(await rowsOf(`SELECT count(*) AS n FROM scores WHERE run = ${second.run}`)).toEqual(
      await rowsOf('SELECT count(*) AS n FROM scores WHERE run = 2'),
    );
    const scoredAgain = await scoredRun(store, second.run);
    const e = await explainWindow(store, scoredAgain, await windowByNumber(store, second.run, 1));
    expect(e.bits).toBe(report.minutes.reduce((most, { bits }) => Math.max(most, bits), 0));
    const { rows_best: best, ...finding } = await explainFinding(store, scoredAgain, 1);
    expect([finding.run, best[0]!.run, best[0]!.stored_run]).toEqual([second.run, second.run, 2]);
    const row = await judgeRow(store, await (await RowExplainer.load(store)).explain(best[0]!.event, second.run));
    expect(row.finding).toMatchObject({ rank: 1, best_event: best[0]!.event });
  });

  it('are told apart by time and run, and refused where there are none', async () => {
    const from = BigInt(SCAN_MS) * 1000n;
    const asked = { ofRun: 2, since: from, until: from + 60_000_000n };
    // A run that was cut off has scores already; the same command takes it up.
    const cut = again(asked, () => {
      throw new Error('cut off');
    });
    await expect(cut).rejects.toThrow('cut off');
    const { rows, run: number } = await again(asked);
    const [{ n }] = (await rowsOf(`SELECT count(*) AS n FROM event_rows WHERE run = 2 AND
      ts >= make_timestamptz(${from}) AND ts < make_timestamptz(${from + 60_000_000n})`)) as [{ n: bigint }];
    expect(rows).toBe(Number(n));
    expect(rows).toBeGreaterThan(300);
    expect(await rowsOf(`SELECT count(*) AS n FROM scores WHERE run = ${number} AND dims = 15`)).toEqual([{ n }]);
    await expect(storedInput(store, { ofRun: 1 })).rejects.toThrow(/got run 1: there are 2$/);
  });

  it('look more usual to a baseline that learned them, and recipes say so', async () => {
    folder.file('next.jsonl', jsonLines(NEXT));
    const paths = [folder.file('score.jsonl'), folder.file('next.jsonl')];
    const sources = await openSources(paths, { hashKey: store.hashKey, workers: 1 });
    await train({ store, workers, sources });
    const newer = await again({ ofRun: 2 });
    expect(newer.snapshot).toBe(2);
    expect(await learnedRows(store, await storedInput(store, { ofRun: 2 }))).toBe(report.rows);
    const compared = await recipe('compare-runs', { run: String(newer.run), against: '2', limit: '5' });
    expect(compared).toHaveLength(5);
    expect(compared[0]).toMatchObject({ snapshot: 2, snapshot_against: 1, scored_by_both: report.rows - 1 });
    for (const { p, p_against } of compared) expect(Number(p)).toBeGreaterThan(Number(p_against));
    const e = await explainPair(store, run, await pairByNumber(store, 2, 1));
    expect(e.learned_since).toBe(true);
    expect(e.conclusion.text).toContain('more was learned after the run');
  });

  it('recipes: what is normal for a program on a host', async () => {
    const rows = await recipe('normal-on-host', { exe: '/usr/bin/curl', host: 'web1', top: '2' });
    expect(rows.find(({ name }) => name === 'port called')).toMatchObject({ value: '443', share: 1 });
    expect(rows.filter(({ name }) => name === 'daddr')).toHaveLength(2);
    const window = rows.find(({ part, name }) => part === 'window' && name === 'destinations in 1 min as www')!;
    expect(window.value).toMatch(/^usually 1.0, at most \d\.0 addresses$/);
    expect(rows.filter(({ part }) => part === 'calls')).toHaveLength(2);
    expect(rows.find(({ part }) => part === 'calls')!.value).toMatch(/^every [\d.]+ s$/);
  });

  it('recipes: maturity of contexts, news as counted by hand', async () => {
    const rows = await recipe('immature-contexts', { host: 'web1', exe: '/usr/bin/git', limit: '500' });
    expect(rows.length).toBeGreaterThan(10);
    const news = rows.map((row) => Number(row.news));
    expect(news).toEqual([...news].sort((x, y) => y - x));
    const called = rows.filter(({ factor }) => factor === 'dport');
    expect(called).toMatchObject([{ news: 0, distinct_values: 1, top_value: '22', top_share: 1 }]);
    expect(called[0]!.given).toEqual(['syscall connect', 'exe /usr/bin/git', 'user alice', 'host web1']);
    const scanned = await recipe('immature-contexts', { host: 'web1', exe: '%nc%', limit: '500' });
    // Each of the 300 ports was called once.
    const sent = scanned.find(({ factor }) => factor === 'dport');
    expect(sent).toMatchObject({ seen: 300, distinct_values: 300, news: 1 });
  });

  it('maturity is the share of units whose value was seen on one day only', async () => {
    const cells = await rowsOf(`SELECT c.context, c.value, g.day FROM cells AS c JOIN kinds AS k USING (kind)
      JOIN segments AS g USING (segment) WHERE k.name = 'factor15' AND c.value <> 1853189228`);
    const days = new Map<string, Map<string, Set<unknown>>>();
    for (const { context, value, day } of cells) {
      const values = days.get(`${context}`) ?? new Map<string, Set<unknown>>();
      days.set(`${context}`, values);
      values.set(`${value}`, (values.get(`${value}`) ?? new Set()).add(day));
    }
    const newsOf = (context: unknown) => {
      const sizes = [...days.get(`${context}`)!.values()].map(({ size }) => size);
      return sizes.filter((n) => n === 1).length / sizes.reduce((sum, n) => sum + n, 0);
    };
    const known = await rowsOf('SELECT context, news, host FROM maturity WHERE dims = 15');
    expect(known).toHaveLength(days.size);
    for (const { context, news } of known) expect(news).toBeCloseTo(newsOf(context), 12);
    expect(new Set(known.map(({ news }) => news)).size).toBeGreaterThan(2);
    expect(known.every(({ host }) => host !== null)).toBe(true);
  });

  it('recipes: history of p, loudest subjects, quarantine', async () => {
    const history = await recipe('p-history');
    const kinds = new Set(history.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['five-tuple', 'host minute', 'row', 'silence', 'subject minute']);
    const [first] = history.filter(({ run: n, kind }) => n === 2 && kind === 'row');
    const below = await rowsOf(
      'SELECT avg((ln_p <= ln(0.01))::INTEGER) AS share FROM scores WHERE run = 2 AND dims = 15',
    );
    expect(first!.below_0_01).toBeCloseTo(below[0]!.share as number, 5);
    const loud = await recipe('loudest-subjects', { run: '2' });
    expect(loud[0]).toMatchObject({ host: 'web1', whole_host: true, feature: 'ports' });
    expect(loud.find(({ exe }) => String(exe).includes('nc'))).toMatchObject({ feature: 'ports', value: 300 });
    expect(await recipe('quarantined')).toEqual([]);
  });

  it('views: models and calibration are named', async () => {
    const models = await rowsOf(
      'SELECT snapshot, days_learned, calibration, window_history FROM models ORDER BY snapshot',
    );
    expect(models).toMatchObject([
      { days_learned: 1, calibration: 'leave-out' },
      { snapshot: 2, days_learned: 3 },
    ]);
    const [most] = await rowsOf(`SELECT most, windows FROM learned_windows
      WHERE feature = 'ports' AND size_s = 60 AND contains(exe, 'nc')`);
    expect(most).toEqual({ most: binValue(countBin(300)), windows: 1 });
    const [sum] = await rowsOf(`SELECT sum(units) AS units, count(DISTINCT host) AS hosts,
      bool_and(list_contains(known, 'exe')) AS known FROM calibration WHERE dims = 15`);
    const [cells] = await rowsOf(
      "SELECT sum(n)::DOUBLE AS n FROM cells JOIN kinds USING (kind) WHERE name = 'calibration15'",
    );
    expect(sum).toMatchObject({ units: cells!.n, hosts: 3n, known: true });
  });
});
