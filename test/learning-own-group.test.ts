import { describe, expect, it } from 'vitest';
import { groupHistograms, ScoreHistograms } from '../dist/baseline/factor/calibration.js';
import { type HeldUnit, leaveOwnOut, ownKey } from '../dist/baseline/learning/held-units.js';
import { Roles } from '../dist/baseline/roles.js';
import { H } from '../dist/tuple/hash.js';
import { MODEL } from './engine-world.js';

const context = { host: { lo: 1, hi: 1 }, exe: { lo: 2, hi: 2 }, syscall: { lo: 3, hi: 3 }, mask: 5 };
const roles = new Roles();
const unit = (lo: number, bin: number): HeldUnit => {
  return { signature: { lo, hi: 9 }, context, bin, day: 1, weight: 0.7 };
};

function groups(held: readonly HeldUnit[]) {
  const histograms = new ScoreHistograms();
  for (let i = 0; i < 2000; i++) histograms.add(context, i % 100, 1, 1, 1);
  for (const { bin, weight } of held) histograms.add(context, bin, weight, weight, 1);
  return groupHistograms(histograms, roles, MODEL.constants);
}

describe('the group of a held signature', () => {
  const held = [unit(1, 300), unit(2, 200)];

  it('lacks its own units and has those of all others', () => {
    const own = leaveOwnOut(held, () => true, groups(held), roles, MODEL.constants);
    expect(own).toHaveLength(2);
    for (const [i, other] of [held[1]!, held[0]!].entries()) {
      ownKey(held[i]!.signature, context.mask);
      const { group } = own.find(({ key }) => key.lo === H.lo && key.hi === H.hi)!;
      const [expected] = groups([other]);
      expect(group.atLeast.length).toBe(other.bin + 1);
      expect(group.total).toBeCloseTo(expected!.total, 9);
      expect(group.units).toBeCloseTo(2000.7, 9);
      expect(group.tail!.u).toBe(expected!.tail!.u);
      expect(group.tail!.meanExcess).toBeCloseTo(expected!.tail!.meanExcess, 6);
      expect(Array.from(group.atLeast).every((n, b) => Math.abs(n - expected!.atLeast[b]!) < 1e-9)).toBe(true);
    }
  });

  it('is what the group is without them also where its newest scores say how much lies where', () => {
    const histograms = new ScoreHistograms();
    for (let i = 0; i < 2000; i++) histograms.add(context, i % 100, 1, 1, i < 1000 ? 0 : i % 100 < 50 ? 1 : 0.1);
    for (const { bin, weight } of held) histograms.add(context, bin, weight, weight, 0.5);
    const [whole] = groupHistograms(histograms, roles, MODEL.constants);
    expect(whole!.atLeast[50]! / whole!.total).toBeLessThan(0.1);
    const [{ group }] = leaveOwnOut([held[0]!], () => true, [whole!], roles, MODEL.constants) as [
      { group: typeof whole },
    ];
    expect(group!.atLeast.length).toBe(201);
    expect(group!.total).toBeCloseTo(whole!.total - whole!.weights[300]!, 9);
  });

  it('is none where the signature was released', () => {
    expect(leaveOwnOut(held, ({ lo }) => lo === 2, groups(held), roles, MODEL.constants)).toHaveLength(1);
    expect(leaveOwnOut(held, () => false, groups(held), roles, MODEL.constants)).toEqual([]);
  });
});
