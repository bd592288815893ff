import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beacon, deadTime, diurnal, intermittent, logNormal, poisson, sessions } from '../bench/rhythm-worlds.mjs';
import { dither, resolution } from '../dist/baseline/rhythm/dither.js';
import { gate } from '../dist/baseline/rhythm/gate.js';
import { climb, gaps, median, thin } from '../dist/baseline/rhythm/ladder.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import { drawn, type World } from './rhythm-worlds.js';

const { constants } = rhythmModel();
const PAIR = { lo: 1, hi: 2 };

const below = (world: World, n: number, seeds: number, level: number) => {
  let found = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const one = gate(drawn(world, n, seed), { lo: seed, hi: n }, constants);
    if (one !== undefined && one.lnP < Math.log(level)) found++;
  }
  return found / seeds;
};

describe('the gate where there is no rhythm', () => {
  // Level and 4 standard deviations; at 0.001 see bench/rhythms.mjs.
  it.each<[string, number, World, number, number]>([
    ['Poisson', 20, poisson, 2000, 0.0189],
    ['Poisson', 200, poisson, 200, 0.0381],
    ['dead time', 20, deadTime, 2000, 0.0189],
    ['dead time', 200, deadTime, 200, 0.0381],
    ['log-normal pacing', 20, logNormal, 2000, 0.0189],
    ['log-normal pacing', 200, logNormal, 200, 0.0381],
    ['sessions', 50, sessions, 1000, 0.0226],
    ['sessions', 200, sessions, 200, 0.0381],
    ['diurnal', 50, diurnal, 1000, 0.0226],
    ['diurnal', 200, diurnal, 200, 0.0381],
    ['diurnal, two hours apart', 1000, (chance, n) => diurnal(chance, n, 7_200_000), 20, 0.1],
  ])('holds 0.01: %s, n = %i', (_, n, world, seeds, most) => {
    expect(below(world, n, seeds, 0.01)).toBeLessThanOrEqual(most);
  });

  it('does not take the resolution of a log for a rhythm', () => {
    const seconds: World = (chance, n) =>
      Float64Array.from(new Set(Array.from(poisson(chance, n, 4000), (t) => 1000 * Math.floor(t / 1000))));
    expect(below(seconds, 100, 400, 0.01)).toBeLessThanOrEqual(0.03);
  });
});

describe('the gate where there is one', () => {
  // Power at 0.001 as measured by bench/rhythms.mjs, less 4 standard deviations.
  it.each<[string, number, World, number]>([
    ['no jitter, none missed', 20, (c, n) => beacon(c, n, { jitter: 0 }), 1],
    ['± 25 %, none missed', 20, (c, n) => beacon(c, n, { jitter: 0.25 }), 0.99],
    ['± 50 %, none missed', 20, (c, n) => beacon(c, n, { jitter: 0.5 }), 0.97],
    ['no jitter, 30 % missed', 20, (c, n) => beacon(c, n, { jitter: 0, missed: 0.3 }), 0.75],
    ['± 50 %, 30 % missed', 20, (c, n) => beacon(c, n, { jitter: 0.5, missed: 0.3 }), 0.15],
    ['± 50 %, 30 % missed', 50, (c, n) => beacon(c, n, { jitter: 0.5, missed: 0.3 }), 0.85],
    ['± 10 %, 30 % missed, buried', 50, (c, n) => beacon(c, n, { jitter: 0.1, missed: 0.3, buried: true }), 0.97],
    ['± 50 %, none missed, buried', 50, (c, n) => beacon(c, n, { jitter: 0.5, buried: true }), 0.97],
    ['± 25 % with silences', 200, (c, n) => intermittent(c, n, { jitter: 0.25 }), 0.97],
    ['± 50 % with silences', 200, (c, n) => intermittent(c, n, { jitter: 0.5 }), 0.75],
  ])('sees %s, n = %i', (_, n, world, least) => {
    expect(below(world, n, n > 100 ? 40 : 120, 0.001)).toBeGreaterThanOrEqual(least);
  });

  it.each([
    ['spacing', { jitter: 0.25, missed: 0 }],
    ['phase', { jitter: 0, missed: 0.3 }],
  ])('names the test that decided: %s', (test, options) => {
    expect(
      gate(
        drawn((c, n) => beacon(c, n, options), 100, 1),
        PAIR,
        constants,
      )!.test,
    ).toBe(test);
  });

  it('names a run among silences, with its δ within half of a period', () => {
    const found = gate(
      drawn((c, n) => intermittent(c, n, { jitter: 0, period: 60_000 }), 50, 1),
      PAIR,
      constants,
    )!;
    expect(found.test).toBe('run');
    expect(found.blockBeats).toBeLessThan(50);
    expect(found.deltaMs).toBeLessThanOrEqual(30_000);
  });

  it('does not underflow: the more beats the surer, to the end', () => {
    const sure = (n: number) =>
      gate(
        Float64Array.from({ length: n }, (_, i) => 60_000 * i),
        PAIR,
        constants,
      )!.lnP;
    expect(sure(1024)).toBeLessThan(2 * sure(400));
    expect(Number.isFinite(sure(1024))).toBe(true);
  });
});

describe('the gate', () => {
  it('is undefined for too few beats, and for habits of days', () => {
    const every = (ms: number, n: number) => Float64Array.from({ length: n }, (_, i) => ms * i + (i % 2));
    expect(gate(every(60_000, 11), PAIR, constants)).toBeUndefined();
    expect(gate(every(86_400_000, 100), PAIR, constants)).toBeUndefined();
    expect(gate(new Float64Array(0), PAIR, constants)).toBeUndefined();
    expect(gate(every(60_000, 12), PAIR, constants)).toBeDefined();
  });

  it('gives the same for the same pair and times, and something else at most in the dither', () => {
    const times = drawn((c, n) => beacon(c, n, { jitter: 0.3, missed: 0.2 }), 60, 4);
    expect(gate(times, PAIR, constants)).toEqual(gate(times, PAIR, constants));
    const other = gate(times, { lo: 9, hi: 9 }, constants)!;
    expect(other.lnP / gate(times, PAIR, constants)!.lnP).toBeCloseTo(1, 3);
  });

  it('has a finite ln p of at most 0 for any times, and leaves them as they were', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 45 }), { minLength: 0, maxLength: 120 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 4 }), (list, zeros) => {
        const sorted = Float64Array.from(new Set(list.map((t) => Math.floor(t / 1000 ** zeros)))).sort();
        const before = sorted.slice();
        const found = gate(sorted, PAIR, constants);
        if (found !== undefined) expect(Number.isFinite(found.lnP) && found.lnP <= 0).toBe(true);
        expect(sorted).toEqual(before);
      }),
    );
  });
});

describe('dither', () => {
  it('spreads by the coarsest resolution all times are multiples of', () => {
    expect(resolution([0, 3000, 5000])).toBe(1000);
    expect(resolution([0, 3000, 5100])).toBe(100);
    expect(resolution([0, 3000, 5001])).toBe(1);
  });

  it('moves each time within its quantum, keeps the order, and differs by pair', () => {
    const times = Float64Array.from({ length: 200 }, (_, i) => 1000 * (i + 2 ** 31));
    const moved = dither(times, PAIR);
    moved.forEach((t, i) => {
      expect(t > times[i]! && t < times[i]! + 1000).toBe(true);
    });
    expect(new Set(moved.map((t, i) => t - times[i]!)).size).toBe(200);
    expect(dither(times, { lo: 3, hi: 2 })).not.toEqual(moved);
  });
});

describe('the ladder', () => {
  it('drops what follows a beat within δ', () => {
    expect([...thin([0, 1, 2, 10, 11, 25], 5)]).toEqual([0, 10, 25]);
    expect([...gaps([0, 10, 25], 5)]).toEqual([5, 10]);
    expect(median(Float64Array.from([5, 1, 9]))).toBe(5);
  });

  it('has rungs within its shares of the median gap, at each scale of a pair with bursts', () => {
    // Four events 4 s apart every 10 minutes.
    const times = Float64Array.from({ length: 400 }, (_, i) => 600_000 * (i >> 2) + 4000 * (i & 3));
    const rungs = climb(times, constants);
    for (const { delta, times: kept, excess } of rungs) {
      const middle = median(gaps(kept));
      expect(delta).toBeLessThanOrEqual(constants.delta_to * middle);
      expect(delta).toBeGreaterThanOrEqual(0.99 * constants.delta_from * Math.min(1, excess.length / 100) * middle);
      expect(Math.min(...excess)).toBeGreaterThan(0);
    }
    expect(rungs.map(({ times: kept }) => kept.length)).toEqual(expect.arrayContaining([400, 100]));
  });
});
