import { describe, expect, it } from 'vitest';
import { LAWS } from '../bench/window-laws.mjs';
import { runLong } from '../bench/windows.mjs';

/** Of minutes made a hundredfold at least so many are below 0.01. Transfers are a thousandfold of small talk: volumes find few. */
const FOUND: Readonly<Record<string, number>> = { 'heavy-tailed': 0.4, bursty: 0.5, seasonal: 0.95, volumes: 0.02 };

describe('S on laws that its tails do not assume, six subjects, ranked in its history (bench/windows.mjs in short)', () => {
  it.each(Object.keys(LAWS))('%s', (law) => {
    const { ranked, silence, upper, hundredfold } = runLong(law, 6, 5);
    const [below01, below001] = ranked.shares;
    // The bench states the bounds of the issue over 20 subjects and seeds; one run of six is allowed twice that.
    expect(ranked.n).toBeGreaterThan(10_000);
    expect(below01).toBeGreaterThan(0.0025);
    expect(below01).toBeLessThan(0.02);
    expect(below001).toBeLessThan(0.004);
    expect(silence.shares[0]).toBeLessThan(0.02);
    expect(hundredfold.shares[0]).toBeGreaterThan(FOUND[law]!);
    expect(upper.every((shares) => shares.n > 500)).toBe(true);
  });
});
