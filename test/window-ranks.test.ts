import { describe, expect, it } from 'vitest';
import { CellTable, KIND, segmentOf } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { learningModel } from '../dist/baseline/learning/spec.js';
import { WindowBursts } from '../dist/baseline/learning/window-bursts.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { packSnapshot, type SectionArray, Snapshot } from '../dist/baseline/snapshot.js';
import { crossFit } from '../dist/baseline/window/cross-fit.js';
import { entityKey, keepEntity } from '../dist/baseline/window/entities.js';
import { freshScores } from '../dist/baseline/window/fresh-scores.js';
import { teachingWindows, WindowHistograms } from '../dist/baseline/window/histograms.js';
import { storedScores } from '../dist/baseline/window/score-bins.js';
import { type EntityScores, WindowRanks } from '../dist/baseline/window/score-history.js';
import { pairName } from '../dist/tuple/learned.js';
import { MODEL } from './engine-world.js';
import { hourOf } from './joint-hours.js';

const roles = new Roles();
const { bins_per_bit, group_min_units } = MODEL.windows.constants;
const word = (i: number) => ({ lo: i, hi: 7 });
const subject = { kind: 'subject', host: word(1), exe: word(2), user: word(3) } as const;
const bits = (bin: number) => (bin + 0.5) / bins_per_bit;
const BURST = 60;
const DAYS = 30;

/** Scores of a subject's days: a hundred ordinary minutes each, and on the last days a burst, each higher than the one before. */
function stored(bursts: number) {
  const [cells, contexts, segments] = [new CellTable(), new ContextTable(), new Segments()];
  const key = entityKey(subject);
  keepEntity(contexts, key, subject);
  for (let day = 0; day < DAYS; day++) {
    const segment = segmentOf(subject.host, day);
    segments.add(segment, subject.host, day);
    for (let bin = 0; bin < 10; bin++) cells.add(KIND.windowScore, segment, key, { lo: bin, hi: 0 }, 10, 0);
    const burst = day - DAYS + bursts;
    if (burst >= 0) cells.add(KIND.windowScore, segment, key, { lo: 400 + burst, hi: 0 }, BURST, 0);
  }
  const sorted = cells.sorted();
  const held = WindowBursts.read(sorted, contexts, segments, roles, learningModel().constants);
  const state = { cells: sorted, contexts, segments, roles, leftOut: [], bursts: held };
  return storedScores(state, KIND.windowScore, { ...MODEL.constants, half_life_days: 1e9 });
}

function ranks(bursts: number): WindowRanks {
  const sections = new Map<string, SectionArray>();
  WindowRanks.of(stored(bursts), roles, MODEL.windows.constants).freeze(sections, 'window');
  const card = { model: 'm', asOf: 0, daysLearned: DAYS, calibration: 'prequential', hourCalibrated: false, views: {} };
  return WindowRanks.read(new Snapshot(packSnapshot(card as never, sections)), MODEL.windows.constants, 'window');
}

describe('the clusters of a history', () => {
  const model = MODEL.windows;
  const hosts = [word(21), word(22), word(23)];
  const hours = hosts.flatMap((host, h) =>
    [0, 1, 2, 3].map((hour) =>
      hourOf(
        hour,
        [0, 1].map((n) => Array.from({ length: 6 }, (_, w) => ({ events: 1 + ((w + n + h) % 3), connections: 1 }))),
        host,
      ),
    ),
  );
  const named = new Roles();
  for (const host of hosts) named.see(host, word(300), 'event', 0);
  const namesOf = (scores: readonly EntityScores[]) =>
    scores.map(({ entity, clusters }) => ({ host: pairName(entity.host), names: [...clusters.keys()] }));

  it('are the hours of an entity where it is cross-fitted', () => {
    const found = namesOf(crossFit(hours, named, model, 'UTC'));
    expect(found).toHaveLength(6);
    expect(new Set(found.flatMap(({ names }) => names)).size).toBe(6 * 4);
    for (const { names } of found) expect(names).toHaveLength(4);
  });

  it('are the hosts where these are left out, whatever their entities', () => {
    const { entities } = WindowHistograms.of(teachingWindows(hours, model), () => true);
    const found = namesOf(freshScores(hours, { entities, roles: named, days: 1 }, hosts, model, 'UTC'));
    expect(found.length).toBe(6);
    for (const { host, names } of found) expect(names).toEqual([host]);
  });
});

describe('the rank of a minute', () => {
  const all = (bursts: number) => 100 * DAYS + bursts * BURST;

  it('weighs as much as the bursts of the highest days, which are one cluster each', () => {
    expect(all(3)).toBeGreaterThan(group_min_units);
    const known = ranks(3);
    const group = known.groupOf(subject, roles);
    // Each of the three highest days reaches over all lower ones by its burst.
    expect(Math.exp(known.lnP(group, bits(402)))).toBeCloseTo((BURST + BURST) / (BURST + all(3)), 6);
    expect(Math.exp(known.lnP(group, bits(400)))).toBeCloseTo((BURST + 3 * BURST) / (BURST + all(3)), 6);
    expect(known.randomised(group, bits(402), 0.5)).toBeCloseTo(BURST / (BURST + all(3)), 6);
    expect(Math.exp(known.lnP(group, bits(410)))).toBeLessThanOrEqual(BURST / (BURST + all(3)) + 1e-12);
  });

  it('beyond all of them falls by how high days reach, not by how many minutes they have', () => {
    const known = ranks(3);
    const group = known.groupOf(subject, roles);
    // Ten days reach over bin 9, where 27 have their highest score.
    const u = 9 / bins_per_bit;
    const mean = (27 * 9.5 + 400.5 + 401.5 + 402.5) / 30 / bins_per_bit - u;
    const share = (1 + 10 * DAYS + 3 * BURST) / (1 + all(3));
    const far = bits(2000);
    expect(known.lnP(group, far)).toBeCloseTo(Math.log(share) - (far - u) / mean, 6);
  });

  it('is among days that tie as much as one of them has at the top', () => {
    const known = ranks(0);
    const group = known.groupOf(subject, roles);
    expect(Math.exp(known.lnP(group, bits(9)))).toBeCloseTo((10 + 10 * DAYS) / (10 + all(0)), 9);
  });
});
