import { describe, expect, it } from 'vitest';
import { Chance } from '../bench/chance.mjs';
import { type Point, watch } from '../dist/baseline/learning/ramps.js';
import { learningModel, parseLearningModel } from '../dist/baseline/learning/spec.js';
import { MONDAY, procOf } from './engine-world.js';
import { oddEvent, teach } from './learning-world.js';

const { constants } = learningModel();

function series(seed: number, days: number, level: (day: number) => number, variation = 0.2): Point[] {
  const chance = new Chance(seed);
  return Array.from({ length: days }, (_, day) => {
    const normal = Math.sqrt(2 * chance.exponential(1)) * Math.cos(2 * Math.PI * chance.uniform());
    return { day, value: Math.round(level(day) * Math.exp(variation * normal)) };
  });
}

describe('the watch over slow ramps', () => {
  it('sees 5 % a day at a daily variation of 20 % within 20 days, each of 200 times', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const points = series(seed, 34, (day) => 200 * 1.05 ** Math.max(0, day - 13));
      expect(watch(points, 'units', constants).some((r) => r.direction === 'up' && r.day >= 14)).toBe(true);
    }
  });

  it('is wrong at most once in five years of a series where nothing changes', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 200; seed++)
      alarms += watch(
        series(seed, 365, () => 200),
        'units',
        constants,
      ).length;
    expect(alarms).toBeLessThan(200 / 5);
  });

  it('says since when, what was expected, and begins again', () => {
    const level = (day: number) => (day < 20 ? 100 : 300);
    const [first, second] = watch(series(3, 120, level), 'units', constants);
    expect(first).toMatchObject({ direction: 'up' });
    expect(first!.since).toBeGreaterThanOrEqual(18);
    expect(first!.day).toBeLessThanOrEqual(24);
    expect(first!.expected).toBeCloseTo(100, -1.5);
    expect(second!.since).toBeGreaterThan(first!.day);
  });

  it('sees what falls, and bits as they are', () => {
    const falling = series(5, 60, (day) => 400 * 0.93 ** Math.max(0, day - 15));
    expect(watch(falling, 'units', constants)[0]).toMatchObject({ direction: 'down' });
    const bits = series(6, 60, (day) => 10 + Math.max(0, day - 30), 0.05);
    expect(watch(bits, 'bits', constants)[0]).toMatchObject({ direction: 'up' });
  });

  it('says nothing of a series too short, and nothing but numbers of one that never moves', () => {
    const steep = Array.from({ length: constants.ramp_min_days }, (_, day) => ({ day, value: 10 ** day }));
    expect(watch(steep, 'units', constants)).toEqual([]);
    const still = Array.from({ length: 50 }, (_, day) => ({ day, value: day < 40 ? 5 : 500 }));
    for (const ramp of watch(still, 'units', constants)) {
      for (const n of [ramp.since, ramp.day, ramp.value, ramp.expected]) expect(Number.isFinite(n)).toBe(true);
    }
  });
});

describe('a baseline', { timeout: 240_000 }, () => {
  it('tells a ramp of what a program does from the day it was seen, by host and program', () => {
    const letters = 'abcdefghijklmnop';
    const word = (i: number) => `${letters[i % 16]}${letters[Math.floor(i / 16) % 16]}`;
    const levels = series(4, 34, (day) => 50 * 1.05 ** Math.max(0, day - 13));
    const baseline = teach(
      levels.map(({ day, value }) =>
        Array.from({ length: value }, (_, i) => ({
          ...oddEvent(day, 10, 'web-a', { syscall: 'open', path: `/srv/data/${word(i)}` }),
          proc: procOf(1, day * 500 + i),
        })),
      ),
    );
    const ramps = baseline.ramps(0).filter((ramp) => ramp.rate === 'units' && ramp.direction === 'up');
    expect(ramps.length).toBeGreaterThan(0);
    const first = Number(MONDAY / 86_400_000_000n);
    expect(ramps[0]!.since).toBeGreaterThanOrEqual(first + 10);
    expect(ramps[0]!.value).toBeGreaterThan(1.3 * ramps[0]!.expected);
    expect(baseline.ramps(ramps.at(-1)!.day + 1).filter((ramp) => ramp.rate === 'units')).toEqual([]);
  });
});

describe('models/learning.yaml', () => {
  it('refuses what is no model, saying what it requires', () => {
    expect(() => parseLearningModel('version: 1\nconstants: {}\n')).toThrow(/hold_p/);
    expect(() => parseLearningModel('version: 2')).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }));
  });
});
