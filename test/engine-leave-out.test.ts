import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Baseline } from '../dist/baseline/baseline.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { atom, HOST_ATOM } from '../dist/baseline/factor/atoms.js';
import { binOf, type ScoreHistograms } from '../dist/baseline/factor/calibration.js';
import { processInstance } from '../dist/baseline/factor/learn.js';
import { LeaveOut } from '../dist/baseline/factor/leave-out.js';
import { Presences, readSignatures } from '../dist/baseline/factor/presences.js';
import { TreeScorer } from '../dist/baseline/factor/tree-score.js';
import { startHashes } from '../dist/baseline/hash-key.js';
import type { ViewName } from '../dist/baseline/learned-state.js';
import { H, toBigInt } from '../dist/tuple/hash.js';
import {
  closeAll,
  Engine,
  type Event,
  HOUR_US,
  KEY,
  MODEL,
  MONDAY,
  newBaseline,
  procOf,
  world,
} from './engine-world.js';

const engine = new Engine();
const { constants } = MODEL;

function taught(events: readonly Event[]): Baseline {
  const baseline = newBaseline();
  engine.teach(baseline, [events], false);
  closeAll(baseline);
  return baseline;
}

function leaveOut(baseline: Baseline, view: ViewName, starts: Uint32Array): Map<string, number> {
  const { cells, contexts: rows, segments } = baseline.delta();
  const contexts = new ContextTable();
  contexts.addAll(rows);
  const dayOf = (key: { lo: number; hi: number }) =>
    segments.find((s) => s.segment.lo === key.lo && s.segment.hi === key.hi)!.day;
  const spec = MODEL.views[view];
  const presences = new Presences(spec, cells, readSignatures(spec, contexts), dayOf);
  const { tree, roles } = baseline.tree(view);
  const counted = () => Array.from({ length: tree.cells.size }, (_, i) => tree.whole.get(i)).filter((n) => n !== 0);
  const before = counted();
  const histograms = new LeaveOut(spec, tree, presences, roles, constants, starts).run();
  expect(counted()).toEqual(before);
  return counts(histograms);
}

const pair = ({ lo, hi }: { lo: number; hi: number }) => `${hi}:${lo}`;

function counts(histograms: ScoreHistograms): Map<string, number> {
  const out = new Map<string, number>();
  histograms.contexts.forEach((c, i) => {
    for (const [bin, n] of histograms.weights[i]!)
      out.set(`${[c.host, c.exe, c.syscall].map(pair)} ${c.mask} ${bin}`, n);
  });
  return rounded(out);
}

/** Sums of weights depend on their order in the last digit. */
function rounded(all: Map<string, number>): Map<string, number> {
  return new Map([...all].map(([key, n]) => [key, Number(n.toPrecision(9))]));
}

const SAMPLE = constants.presence_cap + 1;

/** The hash that stands for an event's process instance. */
function instanceOf(e: Event): bigint {
  const proc = BigInt(e.proc!);
  processInstance(Number(BigInt.asUintN(32, proc)), Number(proc >> 32n));
  return toBigInt(H.lo, H.hi);
}

const smallest = (all: readonly bigint[]) => all.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, SAMPLE);

/**
 * What each (unit, signature) weighs, by the first of its events: the nine smallest process instances of a kind in an hour
 * are the sample, and stand for all of it, whose number their hashes tell. Of the others those signatures are known that few have;
 * behind an hour with such a one nothing counts.
 */
function weightsOf(events: readonly Event[], unitOf: (e: Event) => string): Map<string, number> {
  const hourOf = (e: Event) => Number(BigInt(e.ts!) / HOUR_US);
  const kindOf = (e: Event) => [e.host, e.exe, e.user, e.parent_exe, hourOf(e)].join();
  const signatures = engine.vectors(events).map((v) => {
    v.signature();
    return `${H.hi}:${H.lo}`;
  });
  const instances = (like: (e: Event, i: number) => boolean) => [...new Set(events.filter(like).map(instanceOf))];
  const isKept = events.map((event, i) => {
    const same = (o: Event, k: number) => hourOf(o) === hourOf(event) && signatures[k] === signatures[i];
    return smallest(instances(same)).includes(instanceOf(event));
  });
  const out = new Map<string, number>();
  for (const unit of new Set(events.map(unitOf))) {
    const own = events.map((_, i) => i).filter((i) => unitOf(events[i]!) === unit && isKept[i]);
    for (const hour of [...new Set(own.map((i) => hourOf(events[i]!)))].sort((a, b) => a - b)) {
      let whole = true;
      for (const i of own.filter((j) => hourOf(events[j]!) === hour)) {
        const alike = (e: Event) => kindOf(e) === kindOf(events[i]!);
        const all = instances(alike);
        const sample = smallest(all);
        const known = new Set(events.filter((e, j) => alike(e) && isKept[j]).map(instanceOf)).size;
        const estimate = (SAMPLE - 1) / (Number(sample.at(-1)!) / 2 ** 64);
        const weight = all.length < SAMPLE ? 1 : Math.max(known, estimate) / SAMPLE;
        const key = `${unit} ${signatures[i]}`;
        if (!sample.includes(instanceOf(events[i]!))) whole = false;
        else if (!out.has(key)) out.set(key, weight);
      }
      if (!whole) break;
    }
  }
  return out;
}

/** The same by brute force: learn all events but one unit's anew, for each unit, and score that unit's signatures. */
function relearn(
  events: readonly Event[],
  view: ViewName,
  unitOf: (e: Event) => string,
  weights?: Map<string, number>,
): Map<string, number> {
  const out = new Map<string, number>();
  for (const unit of new Set(events.map(unitOf))) {
    const rest = taught(events.filter((e) => unitOf(e) !== unit));
    const scorer = new TreeScorer(MODEL.views[view], rest.tree(view).tree, constants);
    const signatures = new Set<string>();
    for (const v of engine.vectors(events.filter((e) => unitOf(e) === unit))) {
      v.signature();
      const signature = `${H.hi}:${H.lo}`;
      const weight = weights === undefined ? 1 : (weights.get(`${unit} ${signature}`) ?? 0);
      if (signatures.has(signature) || weight === 0) continue;
      signatures.add(signature);
      const bin = binOf(scorer.bits(v), constants.bins_per_bit);
      const [host, exe, syscall] = [HOST_ATOM, atom('exe'), atom('syscall')].map((a) =>
        pair({ lo: v.lo[a]!, hi: v.hi[a]! }),
      );
      const key = `${host},${exe},${syscall} ${scorer.mask} ${bin}`;
      out.set(key, (out.get(key) ?? 0) + weight);
    }
  }
  return rounded(out);
}

/** Crowded places: one program mostly, so that more than nine instances share a bucket; some change program or user. */
function crowd(hours: number): fc.Arbitrary<Event[]> {
  const draw = fc.record({
    proc: fc.nat(24),
    hour: fc.nat(hours - 1),
    exe: fc.constantFrom('/bin/a', '/bin/a', '/bin/a', '/bin/b'),
    user: fc.constantFrom('root', 'root', 'www'),
    syscall: fc.constantFrom('exec', 'open', 'connect'),
    dport: fc.option(fc.constantFrom(80, 443, 22), { nil: undefined }),
    args: fc.option(fc.constantFrom('a x', 'a y', 'b z'), { nil: undefined }),
  });
  return fc.array(draw, { minLength: 20, maxLength: 90 }).map((draws) =>
    draws.map(({ proc, hour, ...fields }) => {
      const known = Object.entries(fields).filter(([, value]) => value !== undefined);
      return {
        ...Object.fromEntries(known),
        host: 'h',
        role: 'web',
        parent_exe: '/sbin/init',
        proc: procOf(0, proc),
        ts: MONDAY + BigInt(hour) * HOUR_US,
      } as Event;
    }),
  );
}

describe('leaving a process instance out', { timeout: 120_000 }, () => {
  const byProc = (e: Event) => String(e.proc);

  it('gives the histogram of learning all others anew, in crowded places too', () => {
    fc.assert(
      fc.property(crowd(2), (events) => {
        expect(leaveOut(taught(events), 'fifteen', new Uint32Array(0))).toEqual(
          relearn(events, 'fifteen', byProc, weightsOf(events, byProc)),
        );
      }),
      { numRuns: 20, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('weighs a kind by how many there were, also when all are alike', () => {
    const runs = (n: number, hour: number): Event[] =>
      Array.from({ length: n }, (_, i) => ({
        host: 'h',
        exe: '/bin/a',
        syscall: 'exec',
        // As a file may name them.
        proc: BigInt(1000 * hour + i + 1),
        ts: MONDAY + BigInt(hour) * HOUR_US,
      }));
    const total = (events: Event[]) =>
      [...leaveOut(taught(events), 'fifteen', new Uint32Array(0)).values()].reduce((a, b) => a + b, 0);
    expect(total(runs(8, 0))).toBe(8);
    // The estimate's relative standard deviation is 38 % an hour.
    const hours = Array.from({ length: 12 }, (_, hour) => runs(300, hour));
    expect(total(hours.flat()) / 3600).toBeGreaterThan(0.6);
    expect(total(hours.flat()) / 3600).toBeLessThan(1.5);
  });

  it('lets a value count that only the one in reserve has', () => {
    const procs = Array.from({ length: 9 }, (_, i) => procOf(0, i)).sort((a, b) => (a < b ? -1 : 1));
    const events = procs.flatMap((proc, i): Event[] => {
      const event: Event = { host: 'h', exe: '/bin/a', syscall: 'exec', args: 'a x', proc, ts: MONDAY };
      return i < 8
        ? [event]
        : [
            { ...event, args: 'a only' },
            { ...event, syscall: 'open', path: '/srv/only/here' },
          ];
    });
    expect(leaveOut(taught(events), 'fifteen', new Uint32Array(0))).toEqual(
      relearn(events, 'fifteen', byProc, weightsOf(events, byProc)),
    );
  });

  it('gives the histogram of learning all others anew, whatever columns are null', () => {
    fc.assert(
      fc.property(world({ hours: 2, maxEvents: 40 }), (events) => {
        const known = events.filter(
          (e) => e.role === undefined || events.some((o) => o.proc !== e.proc && o.host === e.host),
        );
        fc.pre(known.length > 0);
        expect(leaveOut(taught(known), 'fifteen', new Uint32Array(0))).toEqual(
          relearn(known, 'fifteen', byProc, weightsOf(known, byProc)),
        );
      }),
      { numRuns: 12, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('takes an instance out of every hour it lived in, but counts its signatures once', () => {
    const event = (i: number, hour: number): Event => ({
      host: 'h',
      exe: '/bin/a',
      syscall: 'exec',
      proc: procOf(0, i),
      ts: MONDAY + BigInt(hour) * HOUR_US,
    });
    const events = [0, 1, 2, 3].flatMap((hour) => [event(1, hour), event(2, hour)]);
    const histogram = leaveOut(taught(events), 'fifteen', new Uint32Array(0));
    expect([...histogram.values()]).toEqual([2]);
    expect(histogram).toEqual(relearn(events, 'fifteen', byProc, weightsOf(events, byProc)));
  });

  it('of the five-tuple leaves out (host, source address, hour)', () => {
    const flow = fc.record({
      host: fc.constantFrom('h', 'g'),
      hour: fc.nat(1),
      saddr: fc.constantFrom('10.0.0.1', '10.0.0.2', '127.0.0.1'),
      daddr: fc.constantFrom('10.0.0.9', '10.1.0.9', '192.168.0.1'),
      dport: fc.constantFrom(80, 443),
      proto: fc.constantFrom('tcp', 'udp'),
      sport: fc.constantFrom(40_000, 22),
    });
    fc.assert(
      fc.property(fc.array(flow, { minLength: 2, maxLength: 30 }), (flows) => {
        const events = flows.map(
          ({ hour, ...rest }, i): Event => ({
            ...rest,
            proc: procOf(0, i),
            ts: MONDAY + BigInt(hour) * HOUR_US,
          }),
        );
        const unitOf = (e: Event) => `${e.host} ${e.saddr} ${e.ts}`;
        expect(leaveOut(taught(events), 'five', new Uint32Array(0))).toEqual(relearn(events, 'five', unitOf));
      }),
      { numRuns: 20, interruptAfterTimeLimit: 60_000 },
    );
  });

  it('takes units of started instances only, where any was seen to start', () => {
    const of = (syscalls: readonly string[], i: number) =>
      syscalls.map((syscall): Event => ({ host: 'h', exe: '/bin/a', syscall, proc: procOf(0, i), ts: MONDAY }));
    const total = (events: readonly Event[]) =>
      [...leaveOut(taught(events), 'fifteen', startHashes(KEY)).values()].reduce((a, b) => a + b, 0);
    expect(total([...of(['open', 'connect'], 1), ...of(['open'], 2)])).toBe(3);
    expect(total([...of(['open', 'connect'], 1), ...of(['exec', 'open'], 2)])).toBe(2);
    expect(total([...of(['open', 'connect'], 1), ...of(['fork'], 2)])).toBe(1);
  });
});
