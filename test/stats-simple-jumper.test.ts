import { describe, expect, it } from 'vitest';
import { FRESH_JUMPER, type Jumper, stepJumper } from '../dist/stats/simple-jumper.js';
import { H, mix } from '../dist/tuple/hash.js';

const run = (ps: readonly number[]): Jumper[] => {
  const path: Jumper[] = [];
  for (const p of ps) path.push(stepJumper(path.at(-1) ?? FRESH_JUMPER, p, 0.01));
  return path;
};

const uniforms = (seed: number, n: number) =>
  Array.from({ length: n }, (_, i) => {
    mix(seed, 7, i, 0);
    return H.hi / 2 ** 32;
  });

describe('stepJumper', () => {
  it('is the published algorithm in NumPy on five p-values, J = 0.01', () => {
    const capital = run([0.1, 0.3, 0.05, 0.9, 0.02]).map((j) => Math.exp(j.lnCapital));
    const expected = [1, 1.0528, 1.229812, 0.9458638432, 1.1129703169407998];
    capital.forEach((c, i) => {
      expect(c).toBeCloseTo(expected[i]!, 12);
    });
  });

  it('grows without overflow where p-values are small: ln 76.002 after 200 times 0.02', () => {
    expect(run(new Array(200).fill(0.02)).at(-1)!.lnCapital).toBeCloseTo(76.00210279609085, 9);
    expect(Number.isFinite(run(new Array(20_000).fill(0)).at(-1)!.lnCapital)).toBe(true);
  });

  it('is a martingale: of any state the mean over uniform p is what it was', () => {
    for (const at of run([0.1, 0.02, 0.9, 0.3])) {
      const n = 1000;
      let mean = 0;
      for (let i = 0; i < n; i++) mean += Math.exp(stepJumper(at, (i + 0.5) / n, 0.01).lnCapital - at.lnCapital) / n;
      expect(mean).toBeCloseTo(1, 9);
    }
  });

  it('reaches 100 in at most 1 of 100 runs of uniform p, and in each of p² at once', () => {
    let reached = 0;
    for (let seed = 0; seed < 400; seed++) {
      if (run(uniforms(seed, 1000)).some((j) => j.lnCapital >= Math.log(100))) reached++;
      const skewed = run(uniforms(seed, 1000).map((p) => p * p));
      expect(skewed.some((j) => j.lnCapital >= Math.log(100))).toBe(true);
    }
    // Binomial(400, 0.01): above 10 with probability 0.003.
    expect(reached).toBeLessThanOrEqual(10);
  });
});
