import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rayleighPeak } from '../dist/stats/rayleigh.js';
import { Chance } from './rhythm-worlds.js';

const BAND = { shortest: 0.6, longest: 3, most: Number.POSITIVE_INFINITY, oversampling: 4 };
const SAMPLE = [0, 1.1, 1.9, 3.05, 5.0, 5.95, 7.02, 8.1, 8.97, 10.0, 12.05, 13.0];

function poisson(chance: InstanceType<typeof Chance>, n: number): number[] {
  let t = 0;
  return Array.from({ length: n }, () => {
    t += chance.exponential(1);
    return t;
  });
}

describe('rayleighPeak', () => {
  it('is the largest |Σ e^{2πift}|²/n of the band, with Davies’ bound', () => {
    // NumPy, power and background by their definitions: 65 frequencies, W = 16.367.
    const { lnP, period, power } = rayleighPeak(SAMPLE, 12, BAND)!;
    expect(power).toBeCloseTo(10.40017870967158, 9);
    expect(period).toBeCloseTo(0.9952153110047849, 12);
    expect(lnP).toBeCloseTo(-6.415232880171693, 9);
  });

  it('has all of the power at the period of a clock of which a third was missed', () => {
    const chance = new Chance(3);
    const times = Array.from({ length: 150 }, (_, i) => 300 * i).filter(() => chance.uniform() > 0.3);
    const { lnP, period, power } = rayleighPeak(times, times.length, BAND)!;
    expect(period / 300).toBeCloseTo(1, 2);
    expect(power).toBeGreaterThan(0.9 * times.length);
    expect(lnP).toBeLessThan(-80);
  });

  it('forgives in blocks a clock that drifts', () => {
    const chance = new Chance(4);
    let t = 0;
    const times = Array.from({ length: 400 }, () => {
      t += 60 * (1 + 0.1 * (2 * chance.uniform() - 1)) * (chance.uniform() < 0.3 ? 2 : 1);
      return t;
    });
    const whole = rayleighPeak(times, 400, BAND)!.lnP;
    const blocks = rayleighPeak(times, 12, BAND)!.lnP;
    expect(blocks).toBeLessThan(-100);
    expect(blocks).toBeLessThan(2 * whole);
  });

  it.each([
    [20, 20],
    [96, 12],
  ])('holds its p for times without a rhythm: %i in blocks of %i', (n, block) => {
    const chance = new Chance(8);
    const draws = 1500;
    let below = 0;
    for (let i = 0; i < draws; i++) if (rayleighPeak(poisson(chance, n), block, BAND)!.lnP < Math.log(0.05)) below++;
    // A bound, not exact: at most 0.05 and 4 standard deviations, and not so low that it could see nothing.
    expect(below / draws).toBeLessThan(0.0725);
    expect(below / draws).toBeGreaterThan(0.002);
  });

  it('takes clusters for background', () => {
    const chance = new Chance(9);
    let beyond = 0;
    for (let i = 0; i < 200; i++) {
      const starts = poisson(chance, 40).map((t) => 100 * t);
      const times = starts.flatMap((t) => poisson(chance, 6).map((x) => t + 2 * x)).sort((a, b) => a - b);
      if (rayleighPeak(times, 12, BAND)!.lnP < Math.log(0.01)) beyond++;
    }
    expect(beyond).toBeLessThan(8);
  });

  it('is undefined where no period of the band is short enough', () => {
    expect(rayleighPeak(SAMPLE, 12, { ...BAND, most: 0.5 })).toBeUndefined();
  });

  it('is finite, and does not depend on origin or unit', () => {
    const gaps = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 12, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 4, max: 12 }), (between, block) => {
        let t = 0;
        const times = between.map((gap) => {
          t += gap;
          return t;
        });
        const one = rayleighPeak(times, block, BAND)!;
        const two = rayleighPeak(
          times.map((x) => 8 * x + 4096),
          block,
          BAND,
        )!;
        expect(Number.isFinite(one.lnP) && one.lnP <= 0).toBe(true);
        expect(Math.abs(two.lnP - one.lnP)).toBeLessThan(1e-6 * Math.max(1, -one.lnP));
      }),
    );
  });
});
