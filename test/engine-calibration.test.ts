import { describe, expect, it } from 'vitest';
// @ts-expect-error a script without declarations
import { measure, summarise } from '../bench/calibration.mjs';

/**
 * A short form of `node bench/calibration.mjs`, whose 20 worlds are the evidence. One world has few extreme units and
 * they come in families (a process that does one new thing does several), so that single worlds spread from 0 to about
 * 2 % below 0.01; the bounds hold the mean of a few.
 */
function shares(name: string, seeds: readonly number[]) {
  const results = seeds.map((seed) => measure(name, seed, 600));
  const mean = (of: 'units' | 'processes', i: number) => summarise(results.map((r) => r[of].below[i])).mean as number;
  return { results, mean };
}

describe('calibration on a law the model does not assume', { timeout: 240_000 }, () => {
  it('holds when minutes were learned, by leaving process instances out', () => {
    const { results, mean } = shares('leave-out', [1, 2, 3, 4]);
    for (const r of results) expect(r.calibration).toBe('leave-out');
    expect(mean('units', 0)).toBeGreaterThan(0.001);
    expect(mean('units', 0)).toBeLessThan(0.02);
    expect(mean('units', 1)).toBeLessThan(0.003);
    expect(mean('processes', 0)).toBeLessThan(0.02);
  });

  it('holds when days were learned, prequentially', () => {
    const { results, mean } = shares('prequential', [1, 2]);
    for (const r of results) expect(r.calibration).toBe('prequential');
    expect(mean('units', 0)).toBeGreaterThan(0.001);
    expect(mean('units', 0)).toBeLessThan(0.02);
    expect(mean('units', 1)).toBeLessThan(0.003);
  });

  it('says of few units that they are few', () => {
    const [result] = [measure('leave-out', 5, 20)];
    expect(result.calibrationUnits).toBeLessThan(1000);
    expect(Object.keys(result.levels)).toEqual(['all']);
  });
});
