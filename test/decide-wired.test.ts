import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import { Roles } from '../dist/baseline/roles.js';
import type { Snapshot } from '../dist/baseline/snapshot.js';
import { checkCells, mergeTables, pick, subtractTables } from '../dist/baseline/tables/cell-sums.js';
import { Rekeying } from '../dist/baseline/tables/rekey.js';
import { evidenceIn, OpenHostHour } from '../dist/baseline/window/open-windows.js';
import { combine } from '../dist/decide/combine.js';
import { addEvidence, evidenceOf, NO_EVIDENCE, scoreOfSums } from '../dist/decide/evidence-sums.js';
import { decisionModel } from '../dist/decide/spec.js';
import { DayEvidence } from '../dist/pipeline/day-evidence.js';
import { type DecisionReport, decide } from '../dist/pipeline/decision.js';
import { RunWatch } from '../dist/pipeline/run-watch.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { WindowScoring } from '../dist/pipeline/window-scoring.js';
import { Engine, type Event, KEY, linesOf, MODEL, newBaseline, procOf } from './engine-world.js';
import { at, storedWithHeld } from './learning-world.js';

const { constants } = decisionModel();
const MINUTE_US = 60_000_000n;
const HOSTS = ['web-a', 'web-b'];

/** A day of a small fleet: each program of each host calls a server once or twice in each of some minutes. */
function usual(day: number): Event[] {
  const events: Event[] = [];
  for (let minute = 0; minute < 1440; minute += 40) {
    for (const [h, host] of HOSTS.entries()) {
      for (let i = 0; i < 3; i++) {
        const calls = 1 + (((minute / 40) * 7 + i * 5 + h * 3 + day) % 3);
        for (let k = 0; k < calls; k++) {
          events.push({
            host,
            role: 'web',
            proc: procOf(h, day * 100 + i),
            ts: at(day, 0) + BigInt(minute) * MINUTE_US + BigInt(i * 1000 + k),
            syscall: 'connect',
            exe: `/bin/${'abc'[i]}`,
            user: 'root',
            proto: 'tcp',
            daddr: `10.0.0.${1 + ((minute / 40 + k) % 4)}`,
            dport: 443,
          });
        }
      }
    }
  }
  return events;
}

function trained(batches: readonly (readonly Event[])[], baseline = newBaseline()) {
  const engine = new Engine();
  const trainer = new Trainer(baseline);
  for (const events of batches) trainer.take(engine.learn(events), (code) => engine.table.value(code));
  baseline.advance();
  return baseline;
}

async function decided(snapshot: Snapshot, batches: readonly (readonly Event[])[], perDay = 1) {
  const engine = new Engine();
  const windows = new WindowScoring(snapshot);
  const watch = RunWatch.of(snapshot);
  const events = new DayEvidence(watch);
  let rows = 0;
  windows.beginStream();
  for (const batch of batches) {
    const result = engine.score(batch, snapshot);
    events.take(result.units, result.fifteen, rows, rows);
    windows.take(result.windows, (code) => engine.table.value(code)?.whole);
    rows += batch.length;
  }
  const { minutes } = await windows.finish({ readNames: async () => [] } as never);
  const scored = { minutes, events, rhythms: [], roles: Roles.read(snapshot) };
  return { ...decide(snapshot, scored, { decider: 'budget', perDay }), watch };
}

const cut = (events: readonly Event[], size: number): Event[][] =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, i) => events.slice(i * size, (i + 1) * size));

const DAYS = 6;
/** So that one minute of training stands out. */
const burst = Array.from({ length: 60 }, (_, i) => ({
  ...usual(4)[0],
  exe: '/bin/b',
  ts: at(4, 10) + BigInt(i),
  dport: 5000 + i,
}));
const inOrder = (events: Event[]) => events.sort((a, b) => Number(BigInt(a.ts!) - BigInt(b.ts!)));
const learned = inOrder([...Array.from({ length: DAYS }, (_, day) => usual(day)).flat(), ...burst]);
const whole = trained([learned]);
const snapshot = whole.freeze()!;
const tables = whole.tables([]);
const NEW_KINDS = [KIND.minuteScore, KIND.minutePeak, KIND.calibrationRank];
const kindsOf = (lines: readonly string[]) => lines.filter((l) => NEW_KINDS.some((kind) => l.startsWith(`${kind} `)));

describe('evidence of a minute as whole numbers', () => {
  const lnP = fc.double({ min: -22, max: 0, noNaN: true });

  it('is what combining gives, to its unit, in any order', () => {
    fc.assert(
      fc.property(fc.array(lnP, { minLength: 1, maxLength: 12 }), (all) => {
        const sums = all.map((p) => evidenceOf(p, constants));
        const folded = sums.reduce(addEvidence, NO_EVIDENCE);
        expect([...sums].reverse().reduce(addEvidence, NO_EVIDENCE)).toEqual(folded);
        const exact = combine(
          all.map((p, i) => ({ key: `${i}`, lnP: p, trust: 1 })),
          constants,
        ).score;
        expect(scoreOfSums(folded, constants)).toBeCloseTo(exact, 2);
      }),
    );
  });

  it('stays exact: what would be more stays there, also in another order', () => {
    const most = { above: Number.MAX_SAFE_INTEGER - 5, below: 0, count: 1 };
    const [a, b] = [evidenceOf(-9, constants), evidenceOf(-0.1, constants)];
    expect(addEvidence(addEvidence(most, a), b)).toEqual(addEvidence(addEvidence(most, b), a));
    expect(addEvidence(most, a).above).toBe(Number.MAX_SAFE_INTEGER);
    expect(evidenceOf(-500, constants)).toEqual(evidenceOf(constants.fold_ln_p, constants));
  });
});

describe('minutes judged in training', { timeout: 240_000 }, () => {
  it('are those of days whose events have a p, each once', () => {
    // Those of open hours too, as they will be when these close.
    const judged = tables.cells.n.reduce((sum, n, i) => sum + (tables.cells.kind[i] === KIND.minuteScore ? n : 0), 0);
    expect(judged).toBe(snapshot.card.minutes.judged);
    // Each of two hosts and their three programs has 36 minutes a day, on two whole days at least.
    expect(judged).toBeGreaterThan(2 * 2 * 4 * 36);
    expect(snapshot.card.minutes.history).toBe('ranked');
    // What events tell is their subject's: the minutes of a host are judged by their windows alone.
    const hour = { host: { lo: 1, hi: 1 }, exe: { lo: 2, hi: 2 }, user: undefined } as const;
    const open = new OpenHostHour(16);
    const at = open.subject({ kind: 'subject', ...hour });
    open.evidence(at, 7, evidenceOf(-9, constants));
    open.count(at, 7, 1);
    expect([...open.whole(hour.host).counts.keys()]).toEqual([7]);
    expect(evidenceIn(at)[7]).toEqual(evidenceOf(-9, constants));
  });

  it('are the same wherever batches end', () => {
    const one = linesOf(whole.delta());
    const parts = linesOf(trained(cut(learned, 397)).delta());
    expect(kindsOf(parts.cells)).toEqual(kindsOf(one.cells));
    expect(parts.open).toEqual(one.open);
  });

  it('are the same in two runs as in one, open hours included', () => {
    const one = linesOf(whole.delta());
    // An hour and a half into the fifth day: its first events have been told, and their hours are open.
    const half = learned.findIndex(({ ts }) => BigInt(ts!) > at(4, 1) + 30n * MINUTE_US);
    const before = storedWithHeld(trained([learned.slice(0, half)]).delta());
    expect(before.openWindows!.some(({ place }) => Math.floor(place / 60) >= 252)).toBe(true);
    const after = storedWithHeld(trained([learned.slice(half)], newBaseline(before)).delta(), before);
    const lines = linesOf(after);
    expect(kindsOf(lines.cells)).toEqual(kindsOf(one.cells));
    expect(lines.open).toEqual(one.open);
  });
});

describe('model files of judged minutes', { timeout: 120_000 }, () => {
  const OTHER = new Uint8Array(32).fill(9);

  it('hold them under any key', () => {
    checkCells(tables.cells);
    for (const kind of NEW_KINDS) expect(tables.cells.kind.includes(kind)).toBe(true);
    const other = Rekeying.apply(MODEL, tables, KEY, OTHER);
    expect(other.cells.context).not.toEqual(tables.cells.context);
    expect(Rekeying.apply(MODEL, other, OTHER, KEY).cells).toEqual(tables.cells);
  });

  it('add and take away those of a host', () => {
    const { segments } = tables;
    const first = new Set(segments.filter(({ host }) => host.lo === segments[0]!.host.lo).map((s) => s.segment.lo));
    const of = (isFirst: boolean) => ({
      ...tables,
      cells: pick(tables.cells, (i) => first.has(tables.cells.segment[2 * i]!) === isFirst),
    });
    const [a, b] = [of(true), of(false)];
    expect(mergeTables(a, b).cells).toEqual(tables.cells);
    expect(subtractTables(tables, b).cells).toEqual(a.cells);
  });

  it('are refused where they hold what no learning gives', () => {
    const strange = (kind: number, lo: number, hi: number) => {
      const at = tables.cells.kind.indexOf(kind);
      const value = tables.cells.value.slice();
      value.set([lo, hi], 2 * at);
      return () => checkCells({ ...tables.cells, value });
    };
    expect(strange(KIND.minuteScore, 9000, 0)).toThrow('requires a bin from 0 to 8191, got 9000');
    expect(strange(KIND.minutePeak, 100, 2880)).toThrow('requires a bin and a minute of the day');
    expect(strange(KIND.calibrationRank, 16, 0)).toThrow('requires a rank of a level');
    expect(strange(KIND.calibrationRank, 3, 6)).toThrow('requires a rank of a level');
  });
});

const next = usual(DAYS);
const subject = (alert: DecisionReport['alerts'][number]) => `${alert.exe} ${alert.user} ${alert.host}`;
const client: Event = { ...usual(0)[0], host: 'web-a', exe: '/bin/a' };
const odd: Event = { ...client, exe: '/tmp/x', daddr: '203.0.113.9', dport: 4444, ts: at(DAYS, 5), proc: 77n };
const scan = Array.from({ length: 900 }, (_, i) => ({
  ...client,
  ts: at(DAYS, 9) + BigInt(i) * 2_000_000n,
  daddr: '10.0.0.1',
  dport: 1 + i,
}));

describe('alerts', { timeout: 240_000 }, () => {
  it('are few where nothing happens, and their options count', async () => {
    const quiet = await decided(snapshot, [next]);
    expect(quiet.alerts.length).toBeLessThanOrEqual(3);
    expect(quiet.minutes).toBeGreaterThan(250);
    const fewer = await decided(snapshot, [next], 0.02);
    expect(fewer.startLnP).toBeLessThan(quiet.startLnP);
  });

  it('tell a scan and an odd program once each, with what carries them; what goes on makes them worse', async () => {
    const { alerts } = await decided(snapshot, cut(inOrder([...next, odd, ...scan]), 500));
    const found = alerts.filter((a) => subject(a) === '/tmp/x root web-a');
    expect(found).toHaveLength(1);
    expect(found[0]!.evidence[0]!.kind).toBe('event');
    expect(found[0]!.minute).toBe(Number(at(DAYS, 5) / MINUTE_US));
    const scans = alerts.filter(
      (a) => subject(a) === '/bin/a root web-a' && a.minute >= Number(at(DAYS, 9) / MINUTE_US),
    );
    expect(scans).toHaveLength(1);
    expect(scans[0]!.lnP).toBeLessThan(scans[0]!.thresholdLnP);
    expect(alerts.filter((a) => a.wholeHost)).toEqual([]);
  });

  it('are the same whatever the batches', async () => {
    const events = inOrder([...next, odd, ...scan]);
    const one = await decided(snapshot, [events]);
    const parts = await decided(snapshot, cut(events, 123));
    expect(parts.alerts).toEqual(one.alerts);
    expect(parts.state).toEqual(one.state);
    expect(parts.watch!.broken()).toEqual(one.watch!.broken());
  });

  it('begin, while nothing was judged, at the p that so many minutes a day exceed', async () => {
    const short = trained([usual(0)]).freeze()!;
    const { minutes, calibration } = short.card;
    expect(calibration).toBe('leave-out');
    expect(minutes.history).toBe('closed form');
    // Three programs on two hosts and the hosts: 36 minutes each.
    expect(minutes.minutesADay).toBeGreaterThan(8 * 36 * 0.95);
    expect(minutes.minutesADay).toBeLessThan(8 * 36 * 1.1);
    const { startLnP, alerts } = await decided(short, [[...usual(1), { ...odd, ts: at(1, 5) }]], 2);
    expect(startLnP).toBeCloseTo(Math.log(2 / minutes.minutesADay), 9);
    expect(alerts.every((a) => a.closedForm)).toBe(true);
  });
});
