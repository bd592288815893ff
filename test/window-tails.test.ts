import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowFit } from '../dist/baseline/window/fit.js';
import { FIT_ROW, packFits } from '../dist/baseline/window/pack.js';
import { windowModel } from '../dist/baseline/window/spec.js';
import { lnWindowP, type Observation } from '../dist/baseline/window/tails.js';
import { countBin } from '../dist/stats/count-bins.js';
import { lnTruncatedLower, lnTruncatedUpper } from '../dist/stats/negative-binomial.js';
import { lnStudentUpper } from '../dist/stats/student-t.js';

const { constants } = windowModel();
const hours = Uint8Array.from({ length: 168 }, (_, h) => (h === 7 ? 144 : 128));
const FITS: WindowFit[] = [
  { kind: 'count', mean: 6, dispersion: 0.5, windows: 900, hours: undefined },
  { kind: 'volume', location: 8, scale: 0.7, windows: 99 },
  { kind: 'count', mean: 6, dispersion: 0.5, windows: 900, hours },
  { kind: 'silence', atLeast: Float64Array.from([10, 10, 4, 1]), total: 10 },
  { kind: 'count', mean: 2, dispersion: 1, windows: 5, hours: hours.map((c) => c - 8) },
];
const fits = packFits(FITS);
const seen = (value: number, more: Partial<Observation> = {}): Observation => ({
  value,
  hour: 0,
  lost: 0,
  open: false,
  ...more,
});
const lnP = (row: number, tail: 'upper' | 'both' | 'silence', o: Observation) =>
  lnWindowP(fits, row, tail, o, constants);

describe('lnWindowP', () => {
  it('is the truncated tail of a count, twice the smaller with both', () => {
    expect(lnP(0, 'upper', seen(30))).toBeCloseTo(lnTruncatedUpper(30, 6, 0.5), 12);
    expect(lnP(0, 'both', seen(30))).toBeCloseTo(lnTruncatedUpper(30, 6, 0.5) + Math.LN2, 12);
    expect(lnP(0, 'both', seen(1))).toBeCloseTo(lnTruncatedLower(1, 6, 0.5) + Math.LN2, 12);
    expect(lnP(0, 'both', seen(5))).toBe(0);
  });

  it('is 0 for an empty window', () => {
    for (const row of [0, 1, 2]) expect(lnP(row, 'both', seen(0))).toBe(0);
  });

  it('finds each fit’s hours where they were packed', () => {
    expect(lnP(2, 'upper', seen(30, { hour: 7 }))).toBeCloseTo(lnTruncatedUpper(30, 24, 0.5), 12);
    expect(lnP(2, 'upper', seen(30, { hour: 8 }))).toBeCloseTo(lnTruncatedUpper(30, 6, 0.5), 12);
    expect(lnP(4, 'upper', seen(30, { hour: 7 }))).toBeCloseTo(lnTruncatedUpper(30, 4, 1), 12);
    expect(fits.rows.length).toBe(FITS.length * FIT_ROW);
    expect(fits.hours.length).toBe(2 * 168);
  });

  it('expects less where some was lost, and says nothing of little where over 5 % was', () => {
    expect(lnP(0, 'upper', seen(30, { lost: 0.5 }))).toBeCloseTo(lnTruncatedUpper(30, 3, 0.5), 12);
    expect(lnP(0, 'both', seen(1, { lost: 0.05 }))).toBeCloseTo(lnTruncatedLower(1, 5.7, 0.5) + Math.LN2, 9);
    expect(lnP(0, 'both', seen(1, { lost: 0.051 }))).toBe(0);
    expect(lnP(1, 'upper', seen(9e5, { lost: 0.5 }))).toBeLessThan(lnP(1, 'upper', seen(9e5)));
    expect(lnP(3, 'silence', seen(3, { lost: 0.2 }))).toBe(0);
    expect(lnP(0, 'both', seen(30, { lost: 1 }))).toBe(0);
  });

  it('says nothing of little while a window is open', () => {
    expect(lnP(0, 'both', seen(1, { open: true }))).toBe(0);
    expect(lnP(0, 'both', seen(30, { open: true }))).toBe(lnP(0, 'both', seen(30)));
  });

  it('is Student’s tail of log1p of a volume, its location uncertain by the windows', () => {
    const t = (Math.log1p(9e5) - 8) / (0.7 * Math.sqrt(1 + 1 / 99));
    expect(lnP(1, 'upper', seen(9e5))).toBeCloseTo(lnStudentUpper(t, constants.volume_nu), 12);
    expect(lnP(1, 'both', seen(3))).toBeLessThan(Math.log(0.01));
  });

  it('ranks a silence among the gaps', () => {
    expect([0, 2, 3, 4000].map((s) => lnP(3, 'silence', seen(s)))).toEqual([
      0,
      Math.log(5 / 11),
      Math.log(2 / 11),
      Math.log(1 / 11),
    ]);
  });

  it('is at most 0 and never NaN, and an upper tail falls with the value', () => {
    const value = fc.integer({ min: 0, max: 2 ** 45 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const hour = fc.integer({ min: 0, max: 167 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 }),
        value,
        value,
        hour,
        share,
        fc.boolean(),
        (row, a, b, h, lost, open) => {
          const small = row === 1 || row === 3;
          const at = (v: number) => (small ? v : v % 5_000);
          const ln = lnP(row, row === 3 ? 'silence' : 'both', seen(at(a), { hour: h, lost, open }));
          expect(ln).toBeLessThanOrEqual(0);
          const upper = (v: number) => lnP(row, row === 3 ? 'silence' : 'upper', seen(v, { hour: h, lost }));
          const [low, high] = [Math.min(at(a), at(b)), Math.max(at(a), at(b))];
          expect(upper(high)).toBeLessThanOrEqual(upper(low) + 1e-9);
        },
      ),
    );
    expect(countBin(2 ** 45)).toBeLessThan(65_536);
  });
});
