import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertExplanationLines } from '../dist/app/cli/alert-explanation-text.js';
import { alertLines } from '../dist/app/cli/alert-text.js';
import { Terminal } from '../dist/app/cli/terminal.js';
import { baselineModel } from '../dist/baseline/model.js';
import { type AlertReport, describeAlerts } from '../dist/pipeline/describe-alerts.js';
import { RowExplainer } from '../dist/pipeline/explain.js';
import { type AlertExplanation, explainAlert } from '../dist/pipeline/explain-alert.js';
import type { Judged } from '../dist/pipeline/explanation.js';
import { judgeRow } from '../dist/pipeline/finding-of-row.js';
import { score } from '../dist/pipeline/score.js';
import { scoredRun, scoringSnapshot } from '../dist/pipeline/scored-runs.js';
import { storedInput, storedSources } from '../dist/pipeline/stored-input.js';
import { ATTACKED, LEARNED } from './alert-world.js';
import { ExplainedWorld } from './explain-rig.js';

const world = new ExplainedWorld(LEARNED, ATTACKED);
const terminal = new Terminal({ logLevel: 'warn' });
let told: AlertReport[];
let explained: Judged<AlertExplanation>[];

beforeAll(async () => {
  await world.open();
  told = [];
  for await (const one of describeAlerts(world.store, world.report.decision.alerts, world.report)) told.push(one);
  explained = [];
  for (const { alert } of told) explained.push(await explainAlert(world.store, world.run, alert));
}, 120_000);
afterAll(() => world.close());

/** That of a program with an event to show; the scan's has a hostile name. */
const of = (exe: RegExp) => explained.find((e) => exe.test(String(e.of.exe)) && e.event !== null)!;
const SCAN = /^\/tmp\//;
const CALL = /^\/bin\/b$/;

describe('an alert that is explained', { timeout: 60_000 }, () => {
  it('is what scoring told: who, when, how odd, and all that carries it', () => {
    expect(explained.length).toBeGreaterThan(1);
    for (const [i, { host, exe, user, worst, kind, evidence, ...rest }] of told.entries()) {
      const e = explained[i]!;
      expect(e).toMatchObject({ ...rest, kind, of: { host, exe, user, ts: worst }, snapshot: 1 });
      expect(e.parts.map((part) => part.evidence)).toEqual(evidence);
    }
    const kinds = new Set(explained.flatMap(({ parts }) => parts.map(({ evidence }) => evidence.kind)));
    expect([...kinds].sort()).toEqual(['event', 'joint', 'window']);
  });

  it('has parts that count as −log2 of their p, the oddest first, and lies below the level that it passed', () => {
    for (const e of explained) {
      const bits = e.parts.map((part) => part.bits);
      expect(bits).toEqual([...bits].sort((a, b) => b - a));
      for (const { bits: counts, evidence } of e.parts) {
        expect(counts).toBeCloseTo((-evidence.trust * evidence.ln_p) / Math.LN2, 9);
      }
      expect(e.ln_p).toBeLessThanOrEqual(e.threshold_ln_p);
      expect(e.bits).toBeCloseTo(e.score / Math.LN2, 9);
      expect(e.conclusion).toMatchObject({ finding: true, text: expect.stringMatching(/^an alert: p .* needed /) });
    }
  });

  it('says whose history it ranks in, of how many minutes: there its score has the p that it has', async () => {
    const call = of(CALL);
    expect(call).toMatchObject({ closed_form: false, ranked_as: 'subject', few: false, extrapolated: true });
    const scan = of(SCAN);
    expect(scan).toMatchObject({ whole_host: false, ranked_as: 'subject', ranked: { group: 'all' } });
    const snapshot = await scoringSnapshot(world.store, world.run);
    for (const { ranked } of [call, scan]) {
      expect(ranked!.units).toBeGreaterThanOrEqual(baselineModel().windows.constants.group_min_units);
      expect(ranked!.units).toBeLessThanOrEqual(snapshot.card.minutes.judged);
    }
  });

  it('explains its oddest event as a row is explained, and has none where no event carries it', async () => {
    const explainer = await RowExplainer.load(world.store);
    const call = of(CALL);
    const first = call.parts.find(({ evidence }) => evidence.kind === 'event')!;
    const event = (first.evidence as { event: number }).event;
    expect(call.event).toEqual(await judgeRow(world.store, await explainer.explain(event, world.run.run)));
    expect(call.event!.tuple).toMatchObject({ daddr: '203.0.113.9', dport: 4444 });
    expect(first).toMatchObject({ name: `row ${call.event!.row}`, was: 'connect 203.0.113.9:4444' });
    expect(call.finding).toBe(call.event!.finding!.rank);
    const silent = explained.find(({ parts }) => parts.every(({ evidence }) => evidence.kind !== 'event'))!;
    expect(silent).toMatchObject({ event: null, finding: null });
  });

  it('is read by people: no hostile text acts on the terminal', () => {
    const [scan, call] = [SCAN, CALL].map((exe) => alertExplanationLines(of(exe), terminal).join('\n'));
    expect(scan).toMatch(/^alert \d+: \/tmp\/.*x \(root\) on web1, the minute from 2026-06-05 01:40 UTC/);
    expect(scan).toContain('\nranked among 1,584 minutes of everyone\n');
    expect(scan).toMatch(/ports in \d+ min +█+ +[\d.]+ {2}01:4\d, all of the host: 8\d ports, usually 1; p /);
    expect(call).toContain('\n\nIts oddest event:\nrow ');
    expect(call).toMatch(/^an alert: p \S+, and its first minute needed \S+;.* is in finding \d+$/m);
    for (const hostile of ['\u001b', '\u202e']) expect(`${scan}${call}`).not.toContain(hostile);
  });

  it('says how far below what was needed it is, where that is a number worth telling', () => {
    const [one] = told;
    const heads = [0, Math.log(1.99), Math.log(2.01), Math.log(15), 20 * Math.LN10].map((nats) => {
      const [head] = alertLines([{ ...one!, ln_p: -7, threshold_ln_p: nats - 7 }], 1, terminal);
      return /\(([^(;]*) the \S+ needed/.exec(head!)![1];
    });
    expect(heads).toEqual(['just within', 'just within', '2 times below', '15 times below', '10^20 times below']);
  });

  it('that is not there names what there is', async () => {
    const asked = explainAlert(world.store, world.run, told.length + 1);
    await expect(asked).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(asked).rejects.toThrow(
      `--alert requires 1 to ${told.length} in run 2, got ${told.length + 1}; any minute can be explained`,
    );
    const none = explainAlert(world.store, { ...world.run, run: 1 }, 1);
    await expect(none).rejects.toThrow('--alert requires a run with alerts, got 1');
  });

  it('is the same of stored events scored again, which are named by event', async () => {
    const { store, workers } = world;
    const stored = await storedInput(store, {});
    const sources = await storedSources(store, stored, 4, new AbortController().signal);
    const { run } = await score({ store, workers, sources, stored, dims: 15 });
    const again = await explainAlert(store, await scoredRun(store, run), of(CALL).alert);
    const { parts, event, ...rest } = of(CALL);
    expect(again).toMatchObject({ ...rest, run, conclusion: rest.conclusion });
    expect(again.event!.event).toBe(event!.event);
    expect(again.parts.map(({ name }) => name)).toEqual(
      parts.map(({ name }) => name.replace(/^row \d+$/, `event ${event!.event}`)),
    );
  });
});
