import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beacon, intermittent } from '../bench/rhythm-worlds.mjs';
import {
  beatsLate,
  describe as describeRhythm,
  formatPeriod,
  periodOctave,
  type RhythmDescription,
} from '../dist/baseline/rhythm/describe.js';
import { gate } from '../dist/baseline/rhythm/gate.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import { drawn, type World } from './rhythm-worlds.js';

const { constants } = rhythmModel();
const PERIOD = 300_000;

function described(world: World, n: number, seed: number): RhythmDescription {
  const times = drawn(world, n, seed);
  return describeRhythm(times, gate(times, { lo: seed, hi: 0 }, constants)!, constants);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('describe', () => {
  it.each([
    [0, 0, false],
    [0, 0.3, false],
    [0, 0.3, true],
    [0.1, 0, true],
    [0.1, 0.3, true],
    [0.25, 0.15, false],
    [0.25, 0.3, true],
  ])('knows a beacon of 5 minutes: jitter %d, missed %d, buried %s', (jitter, missed, buried) => {
    const all = Array.from({ length: 10 }, (_, seed) =>
      described((c, n) => beacon(c, n, { jitter, missed, buried, period: PERIOD }), 100, seed),
    );
    for (const one of all) {
      expect(Math.abs(one.periodMs / PERIOD - 1)).toBeLessThan(0.05);
      expect(one.beats).toBe(100);
    }
    expect(mean(all.map((one) => one.jitterShare))).toBeCloseTo(jitter, 1);
    expect(Math.abs(mean(all.map((one) => one.missedShare)) - missed)).toBeLessThan(0.05);
  });

  it('is within a tenth for a jitter of half a period', () => {
    const all = Array.from({ length: 20 }, (_, seed) =>
      described((c, n) => beacon(c, n, { jitter: 0.5, missed: 0.3, period: PERIOD }), 100, seed),
    );
    expect(Math.abs(mean(all.map((one) => one.periodMs / PERIOD)) - 1)).toBeLessThan(0.1);
    expect(Math.abs(mean(all.map((one) => one.missedShare)) - 0.3)).toBeLessThan(0.1);
    expect(Math.abs(mean(all.map((one) => one.jitterShare)) - 0.5)).toBeLessThan(0.1);
  });

  it('counts silences apart from missed beats', () => {
    const one = described((c, n) => intermittent(c, n, { jitter: 0.1, period: PERIOD }), 150, 2);
    expect(one.silences).toBeGreaterThanOrEqual(3);
    expect(one.silences).toBeLessThanOrEqual(4);
    expect(one.missedShare).toBeLessThan(0.05);
    expect(one.periodMs / PERIOD).toBeCloseTo(1, 1);
  });

  it('says by hand: every minute, one missed', () => {
    const times = Float64Array.from(
      [...Array(20).keys(), ...Array(20).keys()].map((i, k) => 60_001 * (i + (k < 20 ? 0 : 21))),
    );
    const one = describeRhythm(times, gate(times, { lo: 1, hi: 1 }, constants)!, constants);
    expect(one).toMatchObject({ periodMs: 60_001, jitterShare: 0, silences: 0, beats: 40, lastMs: 40 * 60_001 });
    expect(one.nextMs).toBe(41 * 60_001);
    expect(one.missedShare).toBeCloseTo(1 / 40, 12);
  });

  it('is finite for whatever the gate saw', () => {
    const list = fc.uniqueArray(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 12, maxLength: 80 });
    fc.assert(
      fc.property(list, (unsorted) => {
        const times = Float64Array.from(unsorted).sort();
        const found = gate(times, { lo: 1, hi: 1 }, constants);
        fc.pre(found !== undefined);
        const one = describeRhythm(times, found, constants);
        for (const value of Object.values(one)) expect(Number.isFinite(value)).toBe(true);
        expect(one.periodMs).toBeGreaterThan(0);
        expect(one.missedShare).toBeGreaterThanOrEqual(0);
        expect(one.missedShare).toBeLessThan(1);
      }),
    );
  });
});

describe('beatsLate', () => {
  const rhythm = { periodMs: 60_000, jitterShare: 0.25, lastMs: 1_000_000 } as RhythmDescription;

  it('counts beats that are overdue by more than the jitter', () => {
    expect(beatsLate(rhythm, 1_000_000)).toBe(0);
    expect(beatsLate(rhythm, 1_074_999)).toBe(0);
    expect(beatsLate(rhythm, 1_075_000)).toBe(1);
    expect(beatsLate(rhythm, 1_000_000 + 10.3 * 60_000)).toBe(10);
    expect(beatsLate(rhythm, 0)).toBe(0);
  });
});

describe('periodOctave', () => {
  it('is the power of two at or below the seconds', () => {
    expect([1000, 1999, 2000, 60_000, 300_000, 3_600_000].map(periodOctave)).toEqual([0, 0, 1, 5, 8, 11]);
  });
});

describe('formatPeriod', () => {
  it('uses the unit people would', () => {
    expect([40, 16_000, 294_000, 3_600_000, 5_400_000].map(formatPeriod)).toEqual([
      '40 ms',
      '16 s',
      '4.9 min',
      '1 h',
      '1.5 h',
    ]);
  });
});
