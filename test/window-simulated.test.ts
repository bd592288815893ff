import { describe, expect, it } from 'vitest';
import { LAWS } from '../bench/window-laws.mjs';
import { runLong } from '../bench/windows.mjs';

describe('S on laws that its tails do not assume, six subjects, ranked in its history (bench/windows.mjs in short)', () => {
  it.each(Object.keys(LAWS))('%s', (law) => {
    const { ranked, silence, upper } = runLong(law, 6, 5);
    const [below01, below001] = ranked.shares;
    // The bench states the bounds of the issue over 20 subjects and seeds; one run of six is allowed twice that.
    expect(ranked.n).toBeGreaterThan(10_000);
    expect(below01).toBeGreaterThan(0.0025);
    expect(below01).toBeLessThan(0.02);
    expect(below001).toBeLessThan(0.004);
    expect(silence.shares[0]).toBeLessThan(0.02);
    expect(upper.every((shares) => shares.n > 500)).toBe(true);
  });
});
