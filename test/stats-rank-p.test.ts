import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomisedP, rankP } from '../dist/stats/rank-p.js';
import { uniformDistance } from '../dist/stats/uniform-distance.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';

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

describe('randomisedP', () => {
  it('is the end of the interval that ties leave: of 3, 1, 4, 1, 5 the score 4 lies between 1/6 and 3/6', () => {
    expect(randomisedP(1, 2, 5, 0)).toBeCloseTo(1 / 6, 15);
    expect(randomisedP(1, 2, 5, 1)).toBe(rankP(2, 5));
    expect(randomisedP(0, 0, 0, 0.3)).toBe(0.3);
  });

  it('is uniform whatever the scores and their ties, where the conservative one is not', () => {
    const chance = UniformStream.seeded(5);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 12 }), (values, others) => {
        const p: number[] = [];
        const conservative: number[] = [];
        for (let draw = 0; draw < 4000; draw++) {
          // A skewed law with ties: the fewer values, the more.
          const scores = Array.from({ length: others + 1 }, () => Math.floor(values * chance.next() ** 3));
          const [own, rest] = [scores[0]!, scores.slice(1)];
          const atLeast = rest.filter((s) => s >= own).length;
          p.push(randomisedP(rest.filter((s) => s > own).length, atLeast, others, chance.next()));
          conservative.push(rankP(atLeast, others));
        }
        // One in 100,000 of honest samples is farther away.
        expect(uniformDistance(p)).toBeLessThan(2.47 / Math.sqrt(4000));
        if (values === 1) expect(uniformDistance(conservative)).toBe(1);
      }),
      { numRuns: 20 },
    );
  });

  it('is uniform under weights where each score is the one ranked in proportion to its weight', () => {
    const scores = [7, 7, 3, 9, 1, 3];
    const weights = [4, 1, 2.5, 1, 8, 0.5];
    const total = weights.reduce((a, b) => a + b, 0);
    const sum = (keep: (i: number) => boolean) => weights.reduce((a, w, i) => (keep(i) ? a + w : a), 0);
    const steps = 2000;
    const below = (limit: number) =>
      scores.reduce((share, s, i) => {
        let low = 0;
        for (let g = 0; g < steps; g++) {
          const above = sum((j) => j !== i && scores[j]! > s);
          const atLeast = sum((j) => j !== i && scores[j]! >= s);
          if (randomisedP(above, atLeast, total - weights[i]!, (g + 0.5) / steps, weights[i]!) < limit) low++;
        }
        return share + (weights[i]! / total) * (low / steps);
      }, 0);
    for (const limit of [0.01, 0.1, 0.5, 0.9]) expect(below(limit)).toBeCloseTo(limit, 2);
  });
});
