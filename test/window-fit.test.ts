import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitCounts, fitSilence, fitVolumes, hourFactor } from '../dist/baseline/window/fit.js';
import {
  addWindows,
  blockOf,
  mergeHistograms,
  poolHours,
  type WindowHistogram,
} from '../dist/baseline/window/histogram.js';
import { windowModel } from '../dist/baseline/window/spec.js';
import { countBin } from '../dist/stats/count-bins.js';

const { constants } = windowModel();

/** hour → bin → windows */
const of = (hours: Record<number, Record<number, number>>): WindowHistogram =>
  new Map(
    Object.entries(hours).map(([h, bins]) => [
      Number(h),
      new Map(Object.entries(bins).map(([b, n]) => [Number(b), n])),
    ]),
  );
const BUSY = of({ 9: { 1: 5, 2: 9, 3: 12, 4: 8, 5: 4, 8: 2 } });
const any = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 167 }), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 })))
  .map((cells) => {
    const histogram = new Map<number, Map<number, number>>();
    for (const [hour, bin, n] of cells) addWindows(histogram, hour, bin, n);
    return histogram as WindowHistogram;
  });

describe('histograms', () => {
  it('add, in any order and split, to the same bytes', () => {
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        const text = (h: WindowHistogram) => JSON.stringify([...h].map(([k, v]) => [k, [...v]]));
        const all = text(mergeHistograms([a, b, c]));
        expect(text(mergeHistograms([c, mergeHistograms([b, a])]))).toBe(all);
        const blocks = [a, b, c];
        const total = (h: WindowHistogram) => [...poolHours(h).values()].reduce((x, y) => x + y, 0);
        expect(total(a) + total(b) + total(c)).toBe(total(mergeHistograms(blocks)));
      }),
    );
  });

  it('fall into blocks of equal time', () => {
    expect([-5, 0, 9, 10, 79, 80, 200].map((t) => blockOf(t, 0, 80, 8, 1))).toEqual([0, 0, 0, 1, 7, 7, 7]);
    expect([0, 1, 2, 3, 4, 5, 6].map((t) => blockOf(t, 0, 6, 3, 2))).toEqual([0, 1, 2, 0, 1, 2, 2]);
  });
});

describe('fitCounts', () => {
  it('does not depend on the order of hours and bins', () => {
    fc.assert(
      fc.property(any, (histogram) => {
        const reversed = new Map(
          [...histogram].reverse().map(([h, bins]) => [h, new Map([...bins].reverse())] as const),
        );
        expect(fitCounts(reversed, 20, 600, constants)).toEqual(fitCounts(histogram, 20, 600, constants));
      }),
      { numRuns: 25 },
    );
  });

  it('ignores bin 0: absence belongs to silence', () => {
    const idle = mergeHistograms([BUSY, of({ 9: { 0: 10_000 } })]);
    expect(fitCounts(idle, 20, 60, constants)).toEqual(fitCounts(BUSY, 20, 60, constants));
    expect(fitCounts(of({ 9: { 0: 5 } }), 20, 60, constants)).toBeUndefined();
  });

  it('starts as the role and becomes its own', () => {
    const role = fitCounts(of({ 9: { 40: 500, 50: 400, 80: 100 } }), 1, 60, constants)!;
    expect(fitCounts(new Map(), 1, 60, constants, role)).toBe(role);
    const one = fitCounts(of({ 9: { 2: 1 } }), 1, 60, constants, role)!;
    const many = fitCounts(of({ 9: { 1: 300, 2: 400, 3: 300 } }), 1, 60, constants, role)!;
    // One window of about 2 says as much as 1/2 + α windows of the role.
    const role_ = Math.log(role.mean);
    const weight = 0.5 + one.dispersion;
    expect(Math.log(one.mean)).toBeGreaterThan((Math.log(1.5) + 0.8 * weight * role_) / (1 + 0.8 * weight));
    expect(Math.log(one.mean)).toBeLessThan((Math.log(2) + 1.2 * weight * role_) / (1 + 1.2 * weight));
    expect(many.mean).toBeLessThan(2.5);
    const role0 = fitCounts(BUSY, 1, 60, constants)!;
    expect(
      Math.abs(Math.log(fitCounts(of({ 9: { 3: 2 } }), 1, 60, constants, role0)!.dispersion / role0.dispersion)),
    ).toBeLessThan(0.5);
  });

  it('knows hours from 14 days on, and what is quantised is within 4.5 %', () => {
    const week = of(Object.fromEntries(Array.from({ length: 168 }, (_, h) => [h, { [h % 24 < 12 ? 4 : 16]: 60 }])));
    expect(fitCounts(week, 13, 60, constants)!.hours).toBeUndefined();
    const fit = fitCounts(week, 14, 60, constants)!;
    const kappa = constants.hour_prior_hours * 60;
    expect(hourFactor(fit.hours![12]!) / ((kappa + (60 * 16) / 10) / (kappa + 60))).toBeCloseTo(1, 1);
    expect(fit.hours![0]).toBeLessThan(fit.hours![12]!);
    expect(hourFactor(128)).toBe(1);
    expect(hourFactor(136)).toBe(2);
  });
});

describe('fitVolumes', () => {
  it('is median and MAD of log1p, shrunk to the role’s', () => {
    const bins = [1000, 2000, 4000].map(countBin);
    const fit = fitVolumes(of({ 3: Object.fromEntries(bins.map((b) => [b, 100])) }), constants)!;
    expect(fit.location).toBeCloseTo(Math.log1p(2000), 1);
    expect(fit.scale).toBeCloseTo(1.4826 * Math.LN2, 1);
    const role = { kind: 'volume', location: 20, scale: 2, windows: 9999 } as const;
    const shrunk = fitVolumes(of({ 3: { [bins[1]!]: 5 } }), constants, role)!;
    // Five windows beside five of the role: the scale's logs meet half way from its floor, and the location goes by its square.
    expect(shrunk.location).toBeCloseTo((5 * Math.log1p(2000) + 0.2 * 20) / 5.2, 1);
    expect(shrunk.scale).toBeCloseTo(Math.sqrt(0.1 * 2), 6);
    expect(fitVolumes(new Map(), constants, role)).toBe(role);
    expect(fitVolumes(of({ 3: { 0: 5 } }), constants)).toBeUndefined();
  });
});

describe('fitSilence', () => {
  it('counts gaps of at least a length, and all of the role’s as five', () => {
    const role = fitSilence(new Map([[60, 100]]), constants)!;
    expect(role.total).toBe(100);
    const own = fitSilence(
      new Map([
        [10, 30],
        [50, 10],
      ]),
      constants,
      role,
    )!;
    expect(own.total).toBe(45);
    expect([0, 10, 11, 50, 51, 60].map((b) => own.atLeast[b])).toEqual([45, 45, 15, 15, 5, 5]);
    expect(fitSilence(new Map(), constants, role)).toBe(role);
    expect(fitSilence(new Map(), constants)).toBeUndefined();
  });
});
