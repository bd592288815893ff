import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beacon, intermittent, poisson } from '../bench/rhythm-worlds.mjs';
import { gate } from '../dist/baseline/rhythm/gate.js';
import { lnRegularityRank, regularity } from '../dist/baseline/rhythm/regularity.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import { drawn, type World } from './rhythm-worlds.js';

const { constants } = rhythmModel();

function limitOf(world: World, n: number, seed: number): number {
  const times = drawn(world, n, seed);
  const pair = { lo: seed, hi: n };
  return regularity(times, pair, gate(times, pair, constants)!, constants);
}

const seeds = Array.from({ length: 30 }, (_, seed) => seed);

describe('regularity', () => {
  it('is about 0 or less without a rhythm and rises as jitter falls', () => {
    const least = (jitter: number) =>
      Math.min(...seeds.map((seed) => limitOf((c, n) => beacon(c, n, { jitter }), 100, seed)));
    expect(Math.max(...seeds.map((seed) => limitOf(poisson, 100, seed)))).toBeLessThan(0.5);
    expect(least(0.5)).toBeGreaterThan(0.5);
    expect(least(0.1)).toBeGreaterThan(3);
    expect(least(0)).toBeGreaterThan(10);
  });

  it('is lower for fewer beats of the same jitter', () => {
    const average = (n: number) =>
      seeds.reduce((sum, seed) => sum + limitOf((c, m) => beacon(c, m, { jitter: 0.25 }), n, seed), 0) / seeds.length;
    expect(average(20)).toBeLessThan(average(200) - 0.3);
  });

  it('is that of the best block for a run among silences', () => {
    for (const seed of seeds) {
      expect(limitOf((c, n) => intermittent(c, n, { jitter: 0.05, period: 60_000 }), 150, seed)).toBeGreaterThan(2);
    }
  });
});

describe('regularity of any times', () => {
  it('is finite', () => {
    const list = fc.uniqueArray(
      fc.oneof(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 2 ** 40 })),
      {
        minLength: 12,
        maxLength: 80,
      },
    );
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 20 }), (unsorted, doublings) => {
        const late = Array.from({ length: doublings }, (_, i) => 2 ** 20 * 2 ** i);
        const times = Float64Array.from(new Set([...unsorted, ...late])).sort();
        const found = gate(times, { lo: 1, hi: 1 }, constants);
        fc.pre(found !== undefined);
        expect(Number.isFinite(regularity(times, { lo: 1, hi: 1 }, found, constants))).toBe(true);
      }),
    );
  });
});

describe('lnRegularityRank', () => {
  it('is (1 + #{≥})/(n + 1), ties against the pair', () => {
    expect(lnRegularityRank(5, [1, 2, 3, 4])).toBeCloseTo(Math.log(1 / 5), 12);
    expect(lnRegularityRank(3, [1, 2, 3, 4])).toBeCloseTo(Math.log(3 / 5), 12);
    expect(lnRegularityRank(0, [1, 2, 3, 4])).toBe(0);
    expect(lnRegularityRank(9, [])).toBe(0);
  });

  it('is uniform among exchangeable pairs', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 200 }), { minLength: 2, maxLength: 40 }), (all) => {
        const ranks = all.map((one, i) => Math.exp(lnRegularityRank(one, all.toSpliced(i, 1))) * all.length);
        expect(ranks.map(Math.round).sort((a, b) => a - b)).toEqual(all.map((_, i) => i + 1));
      }),
    );
  });
});
