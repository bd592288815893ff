import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KIND, segmentOf } from '../dist/baseline/cells.js';
import { freezeVectors } from '../dist/baseline/joint/freeze-vectors.js';
import { JointGroups } from '../dist/baseline/joint/joint-groups.js';
import { judgeVectors } from '../dist/baseline/joint/judge-vectors.js';
import { parseJointFile } from '../dist/baseline/joint/settings.js';
import { vectorGroups } from '../dist/baseline/joint/vector-groups.js';
import { readVectors } from '../dist/baseline/joint/vector-rows.js';
import { columnFeatures, vectorsOf } from '../dist/baseline/joint/vectors.js';
import { packSnapshot, Snapshot } from '../dist/baseline/snapshot.js';
import { entityKey } from '../dist/baseline/window/entities.js';
import type { HostHour } from '../dist/baseline/window/host-hour.js';
import { levelKeys } from '../dist/baseline/window/levels.js';
import { WindowRanks } from '../dist/baseline/window/score-history.js';
import { MODEL } from './engine-world.js';
import { HOST, hourOf, id, subject, World } from './joint-hours.js';

const { windows } = MODEL;

/** Reads go with accepts, two to one. */
function usualHours(days: number, subjects = 3): HostHour[] {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: 24 * days }, (_, h) =>
    hourOf(
      480_000 + h,
      Array.from({ length: subjects }, () =>
        Array.from({ length: 6 }, () => {
          const accepts = Math.round(20 * (0.2 + uniform()) * (0.2 + uniform()));
          const reads = 2 * accepts + Math.round(2 * uniform());
          return { events: accepts + reads, accepts, reads };
        }),
      ),
    ),
  );
}

function hourAt(hour: HostHour, host: typeof HOST): HostHour {
  const entities = hour.entities.map(({ series }, n) => {
    const entity = subject(n, host);
    return { key: entityKey(entity), entity, series };
  });
  return { ...hour, host, entities };
}

function frozen(world: World, models = MODEL) {
  const sections = new Map();
  const card = freezeVectors(world.state, models, MODEL.constants, sections);
  const snapshot = new Snapshot(packSnapshot({ vectors: card } as never, sections));
  return {
    card,
    groups: JointGroups.read(snapshot),
    ranks: WindowRanks.read(snapshot, windows.constants, 'joint'),
  };
}

describe('vectors that are judged', () => {
  const world = new World().learn(usualHours(2), MODEL);
  const { card, groups, ranks } = frozen(world);
  const judge = (hour: HostHour) => judgeVectors(hour, groups, world.roles, MODEL);
  const lnP = (bits: number) => ranks.lnP(ranks.groupOf(subject(0), world.roles), bits);

  it('have a model of each subject and one of all, and scores that other blocks of time gave', () => {
    expect(card).toMatchObject({ groups: 4, history: 'cross-fit' });
    expect(card.units).toBe(3 * 2 * MODEL.vectors.dayRows);
  });

  it('are odd where features do not go together, each of them usual', () => {
    const usual = usualHours(3)
      .slice(-24)
      .flatMap(judge)
      .map(({ bits }) => lnP(bits));
    expect(usual).toHaveLength(24 * 6 * 3);
    expect(usual.filter((p) => p < Math.log(0.01)).length / usual.length).toBeLessThan(0.03);
    const [odd] = judge(hourOf(480_100, [[{ events: 31, accepts: 1, reads: 30 }]]));
    expect(lnP(odd!.bits)).toBeLessThan(Math.log(0.003));
    expect(odd!.minute).toBe(480_100 * 60 + 9);
    const cut = { ...hourOf(480_100, [[{ events: 31, accepts: 1, reads: 30 }]]), whole: [1, 60] as const };
    expect(judge(cut)).toEqual([]);
    const first = odd!.parts.slice(0, 2);
    expect(first.map(({ feature }) => windows.features[feature]!.name).sort()).toEqual(['accepts', 'reads']);
    const accepts = first.find(({ feature }) => feature === id('accepts'))!;
    expect(accepts.value).toBe(1);
    // With 30 reads some 15 connections go, though some 9 are usual.
    expect(accepts.expected).toBeGreaterThan(9);
    expect(accepts.typical).toBeLessThan(10);
  });

  it('say in parts what sums to the score, whatever the vector', () => {
    const amounts = fc.dictionary(
      fc.constantFrom(...columnFeatures(windows).map((f) => windows.features[f]!.name)),
      fc.integer({ min: 1, max: 1e9 }),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(fc.array(amounts, { minLength: 1, maxLength: 6 }), (did) => {
        for (const { bits, parts } of judge(hourOf(480_100, [did]))) {
          const sum = parts.reduce((total, part) => total + part.bits, 0);
          expect(Math.abs(sum - bits)).toBeLessThan(1e-9 * Math.max(1, bits));
          expect(parts).toHaveLength(columnFeatures(windows).length);
          for (const part of parts) expect(Number.isFinite(part.expected) && part.bits >= 0).toBe(true);
        }
      }),
    );
  });

  it('of who was never learned are judged by their program, else by everyone', () => {
    const elsewhere = { lo: 91, hi: 92 };
    const [all, program] = [subject(77), subject(0, elsewhere)].map((entity) =>
      groups.find(levelKeys(entity, world.roles)),
    );
    expect([all, program].every((group) => group! >= 0)).toBe(true);
    expect(all).not.toBe(program);
    const alone = new World().learn([...usualHours(2), ...usualHours(2).map((h) => hourAt(h, elsewhere))], MODEL);
    const two = frozen(alone).groups;
    const found = [subject(0), subject(0, elsewhere), subject(0, { lo: 5, hi: 5 }), subject(77)].map((e) =>
      two.find(levelKeys(e, alone.roles)),
    );
    expect(new Set(found).size).toBe(4);
  });

  it('are bounded in models and in rows of each, the coarse groups first', () => {
    const entities = readVectors(world.state, MODEL, 30);
    const few = vectorGroups(entities, world.roles, { ...MODEL.vectors, mostGroups: 2 });
    expect(few.map(({ level }) => level)).toEqual([3, 2]);
    expect(vectorGroups(entities, world.roles, { ...MODEL.vectors, groupMinRows: 1000 })).toEqual([]);
    expect(frozen(world, { ...MODEL, vectors: { ...MODEL.vectors, groupRows: 50 } }).card.rows).toBe(4 * 50);
  });

  it('are not judged before eight windows were learned, of however many subjects', () => {
    const many = (hours: number) => usualHours(1, 20).slice(0, hours);
    expect(frozen(new World().learn(many(1), MODEL)).card).toMatchObject({ groups: 0, units: 0 });
    expect(frozen(new World().learn(many(2), MODEL)).card.groups).toBeGreaterThan(0);
  });

  it('have the same bytes from the same cells, and rank among stored scores from the third day on', () => {
    const three = new World().learn(usualHours(3), MODEL);
    expect(frozen(three).card.history).toBe('cross-fit');
    const key = entityKey(subject(0));
    three.cells.add(KIND.jointScore, segmentOf(HOST, 20_001), key, { lo: 16, hi: 0 }, 70, 0);
    const { card: found, ranks: stored } = frozen(three);
    expect(found.history).toBe('prequential');
    // The newest day is the second of three: weighed by its age.
    expect(found.units).toBeCloseTo(70 * 2 ** (-1 / MODEL.constants.half_life_days), 9);
    const group = stored.groupOf(subject(0), three.roles);
    expect(stored.lnP(group, 1)).toBeGreaterThan(stored.lnP(group, 3));
    const sections = [new Map(), new Map()];
    for (const into of sections) freezeVectors(three.state, MODEL, MODEL.constants, into);
    expect(sections[0]).toEqual(sections[1]);
  });
});

describe('joint.yaml', () => {
  it('names a size of windows, else it is refused when vectors are made', () => {
    const strange = { ...MODEL, vectors: { ...MODEL.vectors, size: 120 } };
    expect(() => vectorsOf(hourOf(0, [[{ events: 1 }]]), strange)).toThrow(/size of windows.yaml, got 120/);
    expect(() => parseJointFile('version: 1')).toThrow(/joint.yaml requires/);
  });
});
