import { describe, expect, it } from 'vitest';
import { uniformDistance } from '../dist/stats/uniform-distance.js';

describe('uniformDistance', () => {
  it('is that of scipy.stats.kstest(x, "uniform") 1.14', () => {
    expect(uniformDistance([0.1, 0.35, 0.4, 0.8, 0.85])).toBeCloseTo(0.2, 12);
    expect(uniformDistance([0.85, 0.1, 0.8, 0.4, 0.35])).toBeCloseTo(0.2, 12);
    expect(uniformDistance([0.5])).toBe(0.5);
  });

  it('sees both sides of the diagonal, and nothing in no numbers', () => {
    expect(uniformDistance([0.5, 0.6, 0.7, 0.8])).toBeCloseTo(0.5, 12);
    expect(uniformDistance([0, 0, 0])).toBe(1);
    expect(uniformDistance([])).toBeNaN();
  });
});
