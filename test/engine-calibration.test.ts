import { describe, expect, it } from 'vitest';
// @ts-expect-error a script without declarations
import { measure } from '../bench/calibration.mjs';
// @ts-expect-error a script without declarations
import { minutesWorld } from '../bench/calibration-worlds.mjs';

interface Result {
  readonly units: number;
  readonly below: readonly { readonly share: number }[];
  readonly ks: number;
  readonly deciles: readonly number[];
}

/**
 * A short form of `node bench/calibration.mjs --full`, whose many worlds are the evidence: one or two worlds have few extreme
 * units, which come in families. The seeds are fixed, so the limits are about half and twice of what these worlds give.
 */
function results(kind: string, size: object): Record<string, Result> {
  const found = measure(kind, size) as Record<string, { result(): Result }>;
  return Object.fromEntries(Object.entries(found).map(([name, p]) => [name, p.result()]));
}

function expectHonest({ below, ks, deciles }: Result, most: number): void {
  expect(below[0]!.share).toBeGreaterThan(0.006);
  expect(below[0]!.share).toBeLessThan(0.022);
  expect(below[1]!.share).toBeLessThan(0.003);
  expect(deciles[0]).toBeGreaterThan(0.06);
  expect(deciles[0]).toBeLessThan(0.16);
  expect(ks).toBeLessThan(most);
}

describe('calibration on laws that the model does not assume', { timeout: 600_000 }, () => {
  it('holds when minutes were learned, by leaving process instances out', () => {
    const { units } = results('events', { worlds: 3, processes: 500 });
    expect(units!.units).toBeGreaterThan(5000);
    expectHonest(units!, 0.08);
  });

  it('holds when days were learned, though earlier days were scored by less, and odder', () => {
    const { prequential, longMinutes } = results('days', { worlds: 1, processes: 400, days: 6 });
    expect(prequential!.units).toBeGreaterThan(2000);
    expect(prequential!.below[0]!.share).toBeGreaterThan(0.003);
    expect(prequential!.ks).toBeLessThan(0.06);
    expect(prequential!.deciles[0]).toBeGreaterThan(0.08);
    for (const { below, deciles } of [prequential!, longMinutes!]) {
      expect(below[0]!.share).toBeLessThan(0.02);
      expect(below[1]!.share).toBeLessThan(0.003);
      expect(deciles[0]).toBeLessThan(0.16);
    }
  });

  it('holds for pairs that keep no rhythm', () => {
    const { ranks, gates } = results('rhythms', { worlds: 1, learned: 400, scored: 1200 });
    expectHonest(ranks!, 0.08);
    expect(gates!.below[0]!.share).toBeLessThan(0.01);
  });

  it('says of few units that they are few: they are one group', () => {
    const nothing = { add: () => undefined };
    const card = minutesWorld(5, 20, { units: nothing, instances: nothing });
    expect(card.calibration).toBe('leave-out');
    expect(card.views.fifteen.units).toBeLessThan(1000);
    expect(card.views.fifteen.groups).toBe(1);
  });
});
