import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupHistograms, LEVELS, ScoreHistograms } from '../dist/baseline/factor/calibration.js';
import { freezeGroups, freezeHosts, freezeKinds } from '../dist/baseline/factor/freeze.js';
import { Roles } from '../dist/baseline/roles.js';
import { packSnapshot, Snapshot } from '../dist/baseline/snapshot.js';
import { CalibratedP, FLAG } from '../dist/score/calibrated-p.js';
import { MODEL } from './engine-world.js';

const view = MODEL.views.fifteen;
const constants = { ...MODEL.constants, group_min_units: 40, tail_min_units: 5 };
const pair = (lo: number) => ({ lo, hi: 1 });
const contextOf = (exe: number, mask: number) => ({ host: pair(1), exe: pair(exe), syscall: pair(9), mask });

interface Unit {
  readonly exe: number;
  readonly mask: number;
  readonly bin: number;
  readonly weight: number;
}

function calibrated(units: readonly Unit[]): CalibratedP {
  const histograms = new ScoreHistograms();
  for (const { exe, mask, bin, weight } of units) histograms.add(contextOf(exe, mask), bin, weight, 1, 1);
  const sections = new Map();
  freezeGroups(view, groupHistograms(histograms, new Roles(), constants), sections);
  freezeKinds(view, [{ ...kindOf(2), weight: MANY }], sections);
  freezeHosts([pair(1)], sections);
  const card = {
    model: 'm',
    asOf: 0,
    daysLearned: 1,
    calibration: 'leave-out',
    hourCalibrated: false,
    views: {},
  } as const;
  return new CalibratedP('fifteen', constants, new Snapshot(packSnapshot(card, sections)));
}

const weightOf = (units: readonly Unit[]) => units.reduce((all, u) => all + u.weight, 0);
/** Program 2 is one of a kind that each of the sample stands for so many of. */
const MANY = 9.5;
const kindOf = (exe: number) => ({ lo: exe, hi: 77 });

/** The units that a program's score is ranked among, by the words of the design. */
function peers(units: readonly Unit[], exe: number, mask: number): readonly Unit[] {
  let left = units;
  for (let level = 0; level < LEVELS.length - 1; level++) {
    if (level === 1) continue; // no role is known here
    const key = (u: Unit) => [`${u.exe} ${u.mask}`, '', `${u.exe} ${u.mask}`, `${u.mask}`, `${u.mask}`][level]!;
    const of = (k: string) => left.filter((u) => key(u) === k);
    const own = of(key({ exe, mask, bin: 0, weight: 1 }));
    if (own.length >= constants.group_min_units) return own;
    left = left.filter((u) => of(key(u)).length < constants.group_min_units);
  }
  return left.length < constants.tail_min_units ? units : left;
}

const unit = fc.record({
  exe: fc.constantFrom(1, 1, 1, 2, 2, 3, 4),
  mask: fc.constantFrom(3, 3, 7),
  bin: fc.integer({ min: 0, max: 60 }),
  weight: fc.constantFrom(1, 1, 1, 2.5, 64),
});

describe('CalibratedP', () => {
  it('is the conservative weighted rank among the units of the finest group that is large enough, ties included', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 300 }), unit, (units, { exe, mask, bin }) => {
        const p = calibrated(units);
        const among = peers(units, exe, mask);
        const most = Math.max(...among.map((u) => u.bin));
        const lnP = p.lnP(bin / constants.bins_per_bit, contextOf(exe, mask), undefined, kindOf(exe));
        const own = exe === 2 ? MANY : 1;
        const rank = (own + weightOf(among.filter((u) => u.bin >= bin))) / (own + weightOf(among));
        if (bin <= most) expect(lnP).toBeCloseTo(Math.log(rank), 10);
        else expect(lnP).toBeLessThanOrEqual(Math.log(own / (own + weightOf(among))) + 1e-12);
        const above = weightOf(among.filter((u) => u.bin > bin)) / (own + weightOf(among));
        const end = bin <= most ? rank : own / (own + weightOf(among));
        for (const u of [0, 0.25, 1]) expect(p.randomised(u)).toBeCloseTo(above + u * (end - above), 10);
        expect((p.flags & FLAG.extrapolated) !== 0).toBe(bin > most);
        expect((p.flags & FLAG.few) !== 0).toBe(among.length < constants.group_min_units);
      }),
      { numRuns: 300 },
    );
  });

  it('ranks by how much the newest scores have where, with the shape of all', () => {
    const histograms = new ScoreHistograms();
    // Two thousand of a model that knew little, half above bin 50; five hundred of one like today's, one in ten above it.
    for (let i = 0; i < 2000; i++) histograms.add(contextOf(1, 3), i % 100, 1, 1, 0.001);
    for (let i = 0; i < 500; i++) histograms.add(contextOf(1, 3), i % 10 === 0 ? 50 + (i % 50) : i % 50, 1, 1, 1);
    const [group] = groupHistograms(histograms, new Roles(), constants);
    expect(group!.atLeast[50]! / group!.total).toBeCloseTo(0.1, 2);
    expect(group!.total).toBeCloseTo(2500, 6);
    expect(group!.atLeast[75]! / group!.atLeast[50]!).toBeGreaterThan(0.2);
    expect(group!.units).toBe(2500);
  });

  it('never rises with the score', () => {
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 200 }), (units) => {
        const p = calibrated(units);
        let before = 0;
        for (let bits = 0; bits < 40; bits += 0.11) {
          const lnP = p.lnP(bits, contextOf(1, 3), undefined, kindOf(1));
          expect(lnP).toBeLessThanOrEqual(before + 1e-12);
          before = lnP;
        }
      }),
    );
  });
});
