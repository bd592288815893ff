import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankP } from '../dist/stats/rank-p.js';

describe('rankP', () => {
  it('counts the score itself: of 3, 1, 4, 1, 5 the score 4 has p = (1 + 2)/6, one above all 1/6', () => {
    expect(rankP(2, 5)).toBe(0.5);
    expect(rankP(0, 5)).toBe(1 / 6);
    expect(rankP(5, 5)).toBe(1);
    expect(rankP(0, 0)).toBe(1);
  });

  it('takes weights: of weights 0.5, 0.25 at least as high among 1.75', () => {
    expect(rankP(0.75, 1.75)).toBeCloseTo(1.75 / 2.75, 15);
    expect(rankP(0, 991 + 9 * 556, 556)).toBeCloseTo(556 / 6551, 15);
  });

  it('is valid: among any n + 1 exchangeable scores at most α(n + 1) have p ≤ α, ties included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (scores, alpha) => {
          const low = scores.filter((s, i) => {
            const others = scores.filter((_, j) => j !== i);
            return rankP(others.filter((o) => o >= s).length, others.length) <= alpha;
          });
          expect(low.length).toBeLessThanOrEqual(alpha * scores.length + 1e-9);
        },
      ),
    );
  });
});
