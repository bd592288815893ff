import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binStart, binValue, countBin, MOST_BIN } from '../dist/stats/count-bins.js';

describe('countBin', () => {
  it('is exact to 64, then a sixteenth of an octave', () => {
    expect([0, 1, 63, 64, 65, 66, 67, 69, 70].map(countBin)).toEqual([0, 1, 63, 64, 65, 65, 66, 66, 67]);
    expect([127, 128, 255, 256, 2 ** 53].map(countBin)).toEqual([80, 81, 96, 97, MOST_BIN]);
  });

  it('never falls, and its bins start where binStart says, at every edge up to 2^53', () => {
    for (let bin = 1; bin <= MOST_BIN; bin++) {
      expect(countBin(binStart(bin))).toBe(bin);
      expect(countBin(binStart(bin) - 1)).toBe(bin - 1);
    }
  });

  it('keeps a value to 2.3 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (value) => {
        const back = binValue(countBin(value));
        expect(Math.abs(back - value)).toBeLessThanOrEqual(0.023 * value);
        if (value <= 64) expect(back).toBe(value);
      }),
    );
  });

  it('is monotone', () => {
    const value = fc.integer({ min: 0, max: 2 ** 40 });
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(countBin(Math.max(a, b))).toBeGreaterThanOrEqual(countBin(Math.min(a, b)));
      }),
    );
  });
});
