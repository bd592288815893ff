import { describe, expect, it } from 'vitest';
import { partsAt } from '../dist/baseline/rhythm/learn.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import type { Snapshot } from '../dist/baseline/snapshot.js';
import { RhythmBaseline } from '../dist/score/rhythm-baseline.js';
import { RhythmScores } from '../dist/score/rhythm-scores.js';
import { toBigInt } from '../dist/tuple/hash.js';
import { Engine, type Event, frozen, HOUR_US, MONDAY, newBaseline } from './engine-world.js';
import { Chance } from './rhythm-worlds.js';

const MODEL = rhythmModel();
const HOUR_MS = Number(HOUR_US) / 1000;
const DAY_MS = 24 * HOUR_MS;
const MONDAY_MS = Number(MONDAY / 1000n);
const engine = new Engine();
const value = (code: number) => engine.table.value(code);

function call(ms: number, extra: Event = {}): Event {
  const own = { host: 'h', syscall: 'connect', exe: '/bin/a', user: 'u', proc: 1n, proto: 'tcp' };
  return { ...own, daddr: '10.0.0.1', dport: 443, ts: BigInt(MONDAY_MS + Math.round(ms)) * 1000n, ...extra };
}

const paced = (n: number, periodMs: number, fromMs: number, extra: Event = {}) =>
  Array.from({ length: n }, (_, i) => call(fromMs + i * periodMs, extra));

/** Calls at no pace: uniform in a span. */
function loose(n: number, fromMs: number, spanMs: number, seed: number, extra: Event = {}): Event[] {
  const chance = new Chance(seed);
  const times = Array.from({ length: n }, () => fromMs + spanMs * chance.uniform()).sort((a, b) => a - b);
  return times.map((ms) => call(ms, extra));
}

function learned(...batches: Event[][]): Snapshot {
  const baseline = newBaseline();
  engine.teach(baseline, batches, false);
  return frozen(baseline);
}

/** Thirty pairs without a rhythm, and one that keeps a minute. */
const ordinary = Array.from({ length: 30 }, (_, p) => loose(20, 0, 8 * HOUR_MS, p, { daddr: `10.0.1.${p}` }));
const BASELINE = learned(...ordinary, paced(60, 60_000, 0, { exe: '/bin/agent', dport: 80 }));

function scoresOf(snapshot: Snapshot, batches: readonly Event[][], before = new Map<bigint, number[]>()) {
  const scores = new RhythmScores(new RhythmBaseline(snapshot, MODEL), before, MODEL.constants);
  for (const events of batches) scores.take(engine.learn(events).rhythm, value);
  return scores.ranked();
}

describe('rhythms of what is scored', () => {
  it('are found by what is scored alone, and the same wherever batches end', () => {
    const events = paced(40, 30_000, DAY_MS, { daddr: '192.0.2.1' });
    const [found] = scoresOf(BASELINE, [events]);
    expect(found!.description.periodMs).toBeCloseTo(30_000, -2);
    expect(found).toMatchObject({ known: false, parts: { exe: '/bin/a', daddr: '192.0.2.1', saddr: null } });
    expect(scoresOf(BASELINE, [events.slice(0, 3), events.slice(3, 39), events.slice(39)])).toEqual([found]);
  });

  it('are none where nothing keeps a pace', () => {
    expect(scoresOf(BASELINE, [loose(300, DAY_MS, HOUR_MS, 99)])).toEqual([]);
  });

  it('go on from the beats that were learned', () => {
    const events = paced(6, 60_000, 120 * 60_000, { exe: '/bin/agent', dport: 80 });
    const { rhythm } = engine.learn(events);
    const key = toBigInt(rhythm.pairs[0]!, rhythm.pairs[1]!);
    const before = new Map([[key, Array.from({ length: 60 }, (_, i) => MONDAY_MS + i * 60_000)]]);
    const [known] = scoresOf(BASELINE, [events], before);
    expect(known).toMatchObject({ known: true, finding: false, description: { beats: 66, silences: 1 } });
    // Six beats alone are too few.
    expect(scoresOf(BASELINE, [events])).toEqual([]);
  });

  it('are none where all that is scored is older than the learned beats that are kept', () => {
    const events = paced(60, 60_000, 0, { exe: '/bin/agent', dport: 80 });
    const { rhythm } = engine.learn(events);
    const key = toBigInt(rhythm.pairs[0]!, rhythm.pairs[1]!);
    const newer = Array.from({ length: 1024 }, (_, i) => MONDAY_MS + DAY_MS + i * 60_000);
    expect(scoresOf(BASELINE, [events], new Map([[key, newer]]))).toEqual([]);
    expect(scoresOf(BASELINE, [events], new Map([[key, newer.slice(0, 20)]]))).toHaveLength(1);
  });

  it('are seen also when the next day pushes them out of what is kept', () => {
    const beacon = paced(1100, 60_000, DAY_MS);
    const flood = loose(3000, 2 * DAY_MS, 20 * HOUR_MS, 4);
    expect(scoresOf(BASELINE, [flood])).toEqual([]);
    const [found] = scoresOf(BASELINE, [beacon, flood]);
    expect(found!.description.periodMs).toBeCloseTo(60_000, -2);
  });

  it('cost one gate a day of a pair at most: a million beats over 58 days', () => {
    let calls = 0;
    class Counting extends RhythmBaseline {
      override surprise(...given: Parameters<RhythmBaseline['surprise']>) {
        calls++;
        return super.surprise(...given);
      }
    }
    const { rhythm } = engine.learn([call(0)]);
    const ms = Float64Array.from({ length: 1_000_000 }, (_, i) => MONDAY_MS + i * 5000);
    const scores = new RhythmScores(new Counting(BASELINE, MODEL), new Map(), MODEL.constants);
    scores.take({ ...rhythm, pair: new Uint32Array(ms.length), ms }, value);
    expect(scores.ranked()).toHaveLength(1);
    expect(calls).toBe(58);
  });
});

describe('what was learned', () => {
  const read = new RhythmBaseline(BASELINE, MODEL);
  const partsOf = (event: Event) => partsAt(engine.learn([event]).rhythm, 0);
  const octaves = [undefined, ...Array.from({ length: 32 }, (_, i) => i - 16)];

  it('spreads all probability over the octaves and none, in every context', () => {
    const events = [call(0), call(0, { exe: '/bin/agent', dport: 80 }), call(0, { exe: '/bin/new', host: 'other' })];
    for (const event of events) {
      const sum = octaves.reduce((s, octave) => s + 2 ** -read.octaveBits(partsOf(event), octave), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it('makes an octave cheap for the program and port that keep it, and dear for others', () => {
    const minute = 5;
    const agent = read.octaveBits(partsOf(call(0, { exe: '/bin/agent', dport: 80, daddr: '192.0.2.9' })), minute);
    const other = read.octaveBits(partsOf(call(0, { daddr: '192.0.2.9' })), minute);
    expect(agent).toBeLessThan(2);
    expect(other).toBeGreaterThan(5);
    expect(read.octaveBits(partsOf(call(0)), undefined)).toBeLessThan(0.5);
  });

  it('is joined by role: what one host of it does is no news on another', () => {
    const web = learned(
      ...[1, 2, 3].map((h) => paced(40, 60_000, 0, { host: `h${h}`, role: 'web', exe: '/bin/agent', dport: 80 })),
      ...[1, 2, 3].map((h) => loose(40, 0, HOUR_MS, h, { host: `d${h}`, role: 'db', exe: '/bin/agent', dport: 80 })),
      [call(0, { host: 'h4', role: 'web', exe: '/bin/other' }), call(0, { host: 'd4', role: 'db', exe: '/bin/other' })],
    );
    const bits = (host: string) =>
      new RhythmBaseline(web, MODEL).octaveBits(partsOf(call(0, { host, exe: '/bin/agent', dport: 80 })), 5);
    expect(bits('h4')).toBeLessThan(bits('d4') - 1);
  });

  it('is nothing where a snapshot was frozen without rhythms or under other constants', () => {
    const baseline = newBaseline();
    engine.teach(baseline, [paced(60, 60_000, 0)], false);
    const events = [paced(60, 60_000, DAY_MS)];
    for (const [snapshot, model] of [
      [baseline.freezeBefore(Number.POSITIVE_INFINITY)!, MODEL],
      [BASELINE, { ...MODEL, hash: 'another' }],
    ] as const) {
      const scores = new RhythmScores(new RhythmBaseline(snapshot, model), new Map(), MODEL.constants);
      for (const batch of events) scores.take(engine.learn(batch).rhythm, value);
      expect(scores.ranked()).toMatchObject([{ known: false, finding: false, lnRank: 0, bits: Math.log2(33) }]);
    }
  });
});
