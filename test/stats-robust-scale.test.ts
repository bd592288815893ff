import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { robustLocationScale, weightedMedian } from '../dist/stats/robust-scale.js';

const ones = (n: number) => new Array(n).fill(1);

describe('robustLocationScale', () => {
  it('is numpy.median and scipy.stats.median_abs_deviation(scale="normal")', () => {
    const { location, scale } = robustLocationScale([2, 3.5, 1, 9, 4, 4.5, 3], ones(7), 0.01);
    expect(location).toBe(3.5);
    expect(scale).toBeCloseTo(1.482602218505602, 12);
  });

  it('has the floor where all values are the same', () => {
    expect(robustLocationScale([7, 7, 7], ones(3), 0.2)).toEqual({ location: 7, scale: 0.2 });
  });

  it('does not follow a quarter of foreign values', () => {
    const values = [...Array.from({ length: 75 }, (_, i) => 5 + (i % 15) / 10), ...new Array(25).fill(1e9)];
    const { location, scale } = robustLocationScale(values, ones(100), 0.01);
    expect(location).toBeLessThan(6.5);
    expect(scale).toBeLessThan(1.5);
  });

  it('takes weights for repetitions, in any order', () => {
    const cell = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 30 }), (cells) => {
        const repeated = cells.flatMap(([v, n]) => new Array(n).fill(v));
        fc.pre(repeated.length > 0);
        const weighted = [cells.map(([v]) => v), cells.map(([, n]) => n)] as const;
        expect(weightedMedian(...weighted)).toBe(weightedMedian(repeated.reverse(), ones(repeated.length)));
        const a = robustLocationScale(...weighted, 0.5);
        expect(a).toEqual(robustLocationScale(repeated, ones(repeated.length), 0.5));
        expect(a.scale).toBeGreaterThanOrEqual(0.5);
      }),
    );
  });
});
