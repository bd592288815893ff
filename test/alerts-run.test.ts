import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { alertExplanationLines } from '../dist/app/cli/alert-explanation-text.js';
import { alertLines } from '../dist/app/cli/alert-text.js';
import { Terminal } from '../dist/app/cli/terminal.js';
import { trainLines } from '../dist/app/cli/train-command.js';
import type { DeciderOptions } from '../dist/pipeline/decider.js';
import { type AlertReport, describeAlerts } from '../dist/pipeline/describe-alerts.js';
import { explainAlert } from '../dist/pipeline/explain-alert.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { type ScoreReport, score } from '../dist/pipeline/score.js';
import { scoredRun } from '../dist/pipeline/scored-runs.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';
import { Folder, jsonLines, type PlainEvent } from './cli-rig.js';
import { BEACON, CRON, HOUR_MS, ordinaryCalls, pacedCalls, START_MS } from './rhythm-world.js';

const folder = new Folder();
afterAll(() => folder.remove());

const ordinary = (seed: number, fromMs: number, hours: number) =>
  ['web1', 'web2', 'web3'].flatMap((host, i) => ordinaryCalls(seed + i, fromMs, hours, host));
const LATER = START_MS + 24 * HOUR_MS;
const trained = folder.file(
  'train.jsonl',
  jsonLines([...ordinary(1, START_MS, 8), ...pacedCalls(CRON, START_MS, 8, { periodMs: 300_000 })]),
);
const beacon = pacedCalls(BEACON, LATER + HOUR_MS, 50 / 60, { periodMs: 60_000, jitter: 0.1 });
const scored = folder.file('score.jsonl', jsonLines([...ordinary(11, LATER, 3), ...beacon]));

async function withWorkers<T>(store: Store, size: number, path: string, work: (input: never) => Promise<T>) {
  const workers = workersFor(store, size);
  try {
    return await work({
      store,
      sources: await openSources([path], { hashKey: store.hashKey, workers: size }),
      workers,
    } as never);
  } finally {
    await workers.close();
  }
}

const judge = (store: Store, size = 1, decision?: Partial<DeciderOptions>): Promise<ScoreReport> =>
  withWorkers(store, size, scored, (input: object) => score({ ...input, dims: 15, decision } as never));

async function stored(store: Store): Promise<string> {
  const rows: unknown[] = [];
  const queries = ['alert_rows', 'alert_evidence_rows'].map((table) => `SELECT * FROM ${table} ORDER BY ALL`);
  for (const sql of [...queries, "SELECT key, value::VARCHAR FROM state WHERE key LIKE 'decision %' ORDER BY key"]) {
    for await (const row of store.rows(sql)) rows.push(row);
  }
  return JSON.stringify(rows, (_, v) => (typeof v === 'bigint' ? String(v) : v));
}

describe('alerts of a run', { timeout: 180_000 }, () => {
  it('are stored with what carries them, the same from any number of workers, and when it is asked again', async () => {
    const outputs: string[] = [];
    for (const size of [1, 2, 7]) {
      const store = await Store.open(join(folder.path, `w${size}.db`), { key: '05'.repeat(16) });
      try {
        const report = await withWorkers(store, size, trained, train);
        expect(report.startLnP).toBeCloseTo(Math.log(1 / report.card!.minutes.minutesADay), 9);
        await judge(store, size);
        outputs.push(await stored(store));
        await judge(store, size);
        expect(await stored(store)).toBe(outputs.at(-1));
      } finally {
        await store.close();
      }
    }
    expect(outputs[1]).toBe(outputs[0]);
    expect(outputs[2]).toBe(outputs[0]);
    expect(outputs[0]).toContain('"kind":"event"');
  });

  it('tell a beacon once, with its rhythm; other options replace what was decided', async () => {
    const store = await Store.open(join(folder.path, 'w1.db'), { key: '05'.repeat(16) });
    try {
      const { decision, run } = await judge(store);
      const of = decision.alerts.filter(({ exe }) => exe === BEACON.exe);
      expect(of).toHaveLength(1);
      expect(of[0]!.minute).toBe(Math.floor(Number(beacon[0]!.ts) / 60e6));
      expect(of[0]!.closedForm).toBe(true);
      const before = await stored(store);
      const more = await judge(store, 1, { perDay: 50 });
      expect(more.run).toBe(run);
      expect(more.decision.alerts.length).toBeGreaterThan(decision.alerts.length);
      const told = more.decision.alerts.find(({ exe }) => exe === BEACON.exe)!;
      expect(told.evidence.map(({ kind }) => kind)).toContain('rhythm');
      const rows: unknown[] = [];
      for await (const row of store.rows('SELECT alert FROM alerts ORDER BY alert')) rows.push(row.alert);
      expect(rows).toEqual(more.decision.alerts.map(({ alert }) => alert));
      const lond = await judge(store, 1, { decider: 'e-lond' });
      expect(lond.decision.alerts.map(({ exe }) => exe)).toContain(BEACON.exe);
      await judge(store);
      expect(await stored(store)).toBe(before);
    } finally {
      await store.close();
    }
  });

  it('of flows tell the source: of an event, and of a rhythm, which names its pair', async () => {
    const store = await Store.open(':memory:', { key: '05'.repeat(16) });
    try {
      const flows = folder.file('flows.jsonl', jsonLines(ordinary(1, START_MS, 8).map(flow)));
      const learned = await withWorkers(store, 1, flows, train);
      const rhythmsOf = (shedPairs: number) =>
        trainLines({ ...learned, shedPairs }).find((l) => /^ {2}rhythms/.test(l));
      expect(learned.shedPairs).toBe(0);
      expect(rhythmsOf(0)).toMatch(/^ {2}rhythms {2}pairs 45, judged \d+(?:, rhythms \d+)?$/);
      expect(rhythmsOf(5000)).toBe(`${rhythmsOf(0)}; 5,000 more of few beats dropped: at most 16,384 are kept`);
      const odd = { saddr: '2001:db8::7', daddr: '2001:db8::9', dport: 4444, host: 'web2' };
      // It goes on for longer than an alert does, so that its rhythm is an alert of its own.
      const calls = pacedCalls(BEACON, LATER + HOUR_MS, 1.9, { periodMs: 60_000, jitter: 0.1 });
      const later = [...ordinary(11, LATER, 3), ...calls].map(flow);
      const path = folder.file('later.jsonl', jsonLines([...later, { ...later[0]!, ...odd }]));
      const report = await withWorkers(store, 1, path, (input: object) =>
        score({ ...input, dims: 15, decision: { perDay: 50 } } as never),
      );
      const told: AlertReport[] = [];
      for await (const one of describeAlerts(store, report.decision.alerts, report)) told.push(one);
      const terminal = new Terminal({ logLevel: 'warn' });
      const text = alertLines(told, 10, terminal).join('\n');
      const rhythm = 'every (?:59.\\d+ s|1 min): 10.0.0.66 → 203.0.113.9:8443';
      const call = 'connect 2001:db8::7 → \\[2001:db8::9\\]:4444';
      expect(text).toMatch(new RegExp(`^ {4}p \\S+ {2}rhythm 1, ${rhythm}; --pair 1$`, 'm'));
      expect(text).toMatch(new RegExp(`^ {4}p \\S+ {2}row \\d+: ${call}; `, 'm'));
      const run = await scoredRun(store, report.run);
      const lines: string[] = [];
      for (const { alert } of told)
        lines.push(...alertExplanationLines(await explainAlert(store, run, alert), terminal));
      expect(lines.join('\n')).toMatch(new RegExp(`^ {2}rhythm 1 .* {2}${rhythm}; p \\S+; --pair 1$`, 'm'));
      expect(lines.join('\n')).toMatch(new RegExp(`^ {2}row \\d+ .* {2}${call}; p `, 'm'));
    } finally {
      await store.close();
    }
  });
});

/** A row as flow logs have it: no program, but who called. */
function flow({ exe, user, proc, ...row }: PlainEvent): PlainEvent {
  return exe === BEACON.exe ? { ...row, saddr: '10.0.0.66' } : row;
}
