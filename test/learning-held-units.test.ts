import { describe, expect, it } from 'vitest';
import { KIND } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { ScoreHistograms } from '../dist/baseline/factor/calibration.js';
import { takeHeldUnits } from '../dist/baseline/learning/held-units.js';
import { Segments } from '../dist/baseline/segments.js';
import { MODEL, stored } from './engine-world.js';
import { fleet, oddEvent, quietDay, teach } from './learning-world.js';

const hosts = fleet(4);
const days = Array.from({ length: 7 }, (_, day) => [
  ...quietDay(day, hosts),
  ...(day < 5 ? [] : [oddEvent(day, 11, 'web-a')]),
]);
const state = stored(teach(days).delta());
const contexts = new ContextTable();
contexts.addAll(state.contexts);
const segments = new Segments();
for (const { segment, host, day } of state.segments) segments.add(segment, host, day);
const all = segments.days();
const newest = all.at(-1)!;

/** The held units of the fifteen, and what was taken out of the histograms for the repeats. */
function take(from: (day: number) => boolean) {
  const histograms = new ScoreHistograms();
  const source = {
    view: MODEL.views.fifteen,
    parts: state.cells,
    contexts,
    dayOf: (segment: { lo: number; hi: number }) => segments.find(segment)!.day,
    alike: segments.likeness(MODEL.constants.likeness_power),
    from: () => all.find(from) ?? Number.POSITIVE_INFINITY,
    isHeld: () => true,
  };
  const units = takeHeldUnits(source, newest, MODEL.constants, histograms);
  const sum = (maps: readonly Map<number, number>[]) => maps.flatMap((m) => [...m.values()]).reduce((a, b) => a + b, 0);
  return { units, taken: sum(histograms.weights), alike: sum(histograms.alike) };
}

describe('held units', () => {
  it('count on their first day, and what comes back is taken out, as what the day counts', () => {
    expect(state.cells[0]!.kind.includes(KIND.held15)).toBe(true);
    const { units, taken, alike } = take(() => true);
    expect(units.map(({ day }) => day)).toEqual([all[5]]);
    // The one of the newest day, which is as alike as can be.
    expect(taken).toBeCloseTo(-1, 9);
    expect(alike).toBeCloseTo(taken, 9);
  });

  it('of days that their group has forgotten are not counted and not taken out', () => {
    expect(take(() => false)).toEqual({ units: [], taken: 0, alike: 0 });
    // What came back is still no first, though the first is forgotten.
    const { units, taken } = take((day) => day === newest);
    expect(units).toEqual([]);
    expect(taken).toBeCloseTo(-1, 9);
  });
});

describe('how alike the models of days are', () => {
  it('is the share of the days known of the host to its newest that they knew, to a power', () => {
    const of = (host: { lo: number }) => {
      const days = state.segments.filter((row) => row.host.lo === host.lo).sort((a, b) => a.day - b.day);
      return days.map(({ segment }) => segments.likeness(2)(segment));
    };
    expect(of(state.segments[0]!.host)).toEqual([0, 1, 2, 3, 4, 5, 6].map((known) => (known / 6) ** 2));
    const more = new Segments();
    for (const { segment, host, day } of state.segments) more.add(segment, host, day);
    // Another host with a clock far ahead and one that came today change nothing.
    more.add({ lo: 1, hi: 1 }, { lo: 5, hi: 5 }, newest + 40);
    const { segment } = state.segments.find(({ day }) => day === newest - 1)!;
    expect(more.likeness(2)(segment)).toBeCloseTo((5 / 6) ** 2, 12);
    expect(more.likeness(2)({ lo: 1, hi: 1 })).toBe(1);
  });
});
