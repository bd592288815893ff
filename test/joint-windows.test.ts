import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jointLines } from '../dist/app/cli/joint-text.js';
import { Baseline } from '../dist/baseline/baseline.js';
import { CellTable, KIND, segmentOf } from '../dist/baseline/cells.js';
import { ContextTable } from '../dist/baseline/contexts.js';
import { freezeVectors } from '../dist/baseline/joint/freeze-vectors.js';
import { JointGroups } from '../dist/baseline/joint/joint-groups.js';
import { judgeVectors } from '../dist/baseline/joint/judge-vectors.js';
import { parseJointFile } from '../dist/baseline/joint/settings.js';
import { typicalColumns } from '../dist/baseline/joint/typical-columns.js';
import { vectorGroups } from '../dist/baseline/joint/vector-groups.js';
import { readVectors } from '../dist/baseline/joint/vector-rows.js';
import { VectorSample } from '../dist/baseline/joint/vector-sample.js';
import { columnFeatures, vectorsOf } from '../dist/baseline/joint/vectors.js';
import type { LearnedState } from '../dist/baseline/learned-state.js';
import { Roles } from '../dist/baseline/roles.js';
import { Segments } from '../dist/baseline/segments.js';
import { packSnapshot, Snapshot } from '../dist/baseline/snapshot.js';
import { checkCells, pick } from '../dist/baseline/tables/cell-sums.js';
import { type Entity, entityKey } from '../dist/baseline/window/entities.js';
import type { HostHour } from '../dist/baseline/window/host-hour.js';
import { levelKeys } from '../dist/baseline/window/levels.js';
import { WindowRanks } from '../dist/baseline/window/score-history.js';
import { jointFindings } from '../dist/pipeline/joint-findings.js';
import { closeAll, Engine, type Event, HOUR_US, KEY, linesOf, MODEL, MONDAY, stored } from './engine-world.js';

const { windows } = MODEL;
const FEW = { ...MODEL, vectors: { ...MODEL.vectors, dayRows: 4 } };
const HOST = { lo: 11, hi: 12 };
const id = (name: string) => windows.features.findIndex((f) => f.name === name);
const subject = (n: number, host = HOST): Entity => ({
  kind: 'subject',
  host,
  exe: { lo: n, hi: 7 },
  user: { lo: 1, hi: 2 },
});
type Did = Readonly<Record<string, number>>;

/** An hour in which each subject did so much of each feature in the first minute of each of its ten-minute windows. */
function hourOf(hour: number, subjects: readonly (readonly Did[])[], host = HOST): HostHour {
  const entities = subjects.map((did, n) => {
    const entity = subject(n, host);
    const names = [...new Set(did.flatMap((one) => Object.keys(one)))].sort((a, b) => id(a) - id(b));
    const series = names.map((name) => {
      const added = new Float64Array(60);
      did.forEach((one, w) => {
        added[10 * w] = one[name] ?? 0;
      });
      return { feature: id(name), added: windows.sizes.map(() => added) };
    });
    return { key: entityKey(entity), entity, series };
  });
  const lost = windows.sizes.map(() => new Float64Array(60));
  return { host, hour, whole: [0, 60], lost, lostEvents: undefined, entities };
}

class World {
  readonly cells = new CellTable();
  readonly contexts = new ContextTable();
  readonly segments = new Segments();
  readonly roles = new Roles();
  readonly into = { cells: this.cells, contexts: this.contexts, segment: this.segments.add.bind(this.segments) };

  learn(hours: readonly HostHour[], models = FEW): this {
    const sample = new VectorSample(models, this.into);
    for (const hour of hours) sample.close(hour);
    return this;
  }

  get state() {
    return {
      cells: this.cells.sorted(),
      contexts: this.contexts,
      segments: this.segments,
      roles: this.roles,
      leftOut: [],
    };
  }
}

const did = fc.record({ events: fc.integer({ min: 0, max: 9 }), reads: fc.integer({ min: 0, max: 3 }) });
const someHours = fc
  .uniqueArray(fc.integer({ min: 0, max: 47 }), { minLength: 2, maxLength: 10 })
  .chain((at) =>
    fc.tuple(
      ...at.map((hour) =>
        fc
          .array(fc.array(did, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 3 })
          .map((s) => hourOf(480_000 + hour, s)),
      ),
    ),
  );

describe('vectors that are learned', () => {
  it('are the same whatever the order of hours, and whichever were stored before', () => {
    fc.assert(
      fc.property(someHours, fc.nat(10), fc.integer(), (hours, cut, seed) => {
        const whole = new World().learn(hours).state.cells;
        const shuffled = [...hours].sort((a, b) => ((a.hour * 7919 + seed) % 101) - ((b.hour * 7919 + seed) % 101));
        expect(new World().learn(shuffled).state.cells).toEqual(whole);
        const first = new World().learn(shuffled.slice(0, cut));
        const stored = first.state.cells;
        const second = new VectorSample(FEW, first.into);
        second.restore([stored], () => true);
        for (const hour of shuffled.slice(cut)) second.close(hour);
        expect(first.state.cells).toEqual(whole);
      }),
    );
  });

  it('are merged by union, of which freeze reads what learning at once would have kept', () => {
    fc.assert(
      fc.property(someHours, fc.nat(10), (hours, cut) => {
        const all = new World().learn(hours);
        const [a, b] = [new World().learn(hours.slice(0, cut)), new World().learn(hours.slice(cut))];
        const merged = new World();
        for (const part of [a, b]) {
          merged.cells.addAll(part.state.cells);
          merged.contexts.addAll(part.contexts.sorted());
          for (const { segment, host, day } of part.segments.rows) merged.segments.add(segment, host, day);
        }
        const rows = (world: World) =>
          readVectors(world.state, FEW, 30)
            .flatMap((one) => one.rows)
            .map(({ key, from, values }) => `${key.hi}:${key.lo} ${from} ${values}`)
            .sort();
        expect(rows(merged)).toEqual(rows(all));
        // Unlearning goes by segment: what is left is what the other day alone gives.
        const day = all.segments.days()[0]!;
        const kept = pick(
          all.state.cells,
          (i) =>
            all.segments.find({ lo: all.state.cells.segment[2 * i]!, hi: all.state.cells.segment[2 * i + 1]! })!.day !==
            day,
        );
        expect(kept).toEqual(new World().learn(hours.filter((h) => Math.floor(h.hour / 24) !== day)).state.cells);
      }),
      { numRuns: 50 },
    );
  });

  it('keep few of who does much, and all of who does little; open hours change nothing that is closed', () => {
    const busy = hourOf(480_000, [Array.from({ length: 6 }, (_, w) => ({ events: w + 1 })), [{ events: 5 }]]);
    const world = new World().learn([busy]);
    const rows = readVectors(world.state, FEW, 30).map((one) => one.rows.length);
    expect(rows.sort()).toEqual([1, 4]);
    const before = world.state.cells;
    const sample = new VectorSample(FEW, world.into);
    sample.restore([before], () => true);
    const open = new World();
    const provisional = new VectorSample(FEW, open.into, sample);
    const next = hourOf(480_001, [Array.from({ length: 6 }, () => ({ events: 3 }))]);
    provisional.close(next);
    expect(world.state.cells).toEqual(before);
    const together = new CellTable();
    for (const part of [before, open.state.cells]) together.addAll(part);
    const both = new World().learn([busy, next]).state.cells;
    expect(together.sorted()).toEqual(both);
    sample.close(next);
    expect(world.state.cells).toEqual(both);
  });

  it('go on from what a run before stored: two runs learn what one does', () => {
    const model = { ...MODEL, vectors: { ...MODEL.vectors, dayRows: 3 } };
    const engine = new Engine();
    const windowsOf = (from: number, to: number): Event[] =>
      Array.from({ length: to - from }, (_, i) => ({
        ...{ host: 'h', exe: '/bin/a', user: 'u', syscall: 'fork', proc: 1n },
        ts: MONDAY + (BigInt(from + i) * HOUR_US) / 6n,
      }));
    const run = (events: readonly Event[], before?: LearnedState) => {
      const baseline = new Baseline(model, KEY, before);
      engine.teach(baseline, [events]);
      return baseline;
    };
    const first = stored(run(windowsOf(0, 18)).delta());
    const second = run(windowsOf(18, 30), first);
    closeAll(second);
    const whole = run(windowsOf(0, 30));
    closeAll(whole);
    const cellsOf = (state: LearnedState) => linesOf(state).cells.filter((line) => line.startsWith(`${KIND.joint} `));
    const learned = cellsOf(stored(whole.delta()));
    // Of the subject and of its host three windows each.
    expect(learned).toHaveLength(6);
    expect(cellsOf(stored(second.delta(), first))).toEqual(learned);
  });

  it('leave out windows of which much was lost, and empty ones; that the recording was cut is for judging', () => {
    const hour = hourOf(480_000, [[{ events: 3 }, {}, { events: 4 }, { events: 5 }]]);
    const lost = hour.lost.map((shares) => shares.slice());
    lost[1]![39] = 0.5;
    const found = vectorsOf({ ...hour, lost, whole: [3, 60] }, MODEL);
    expect(found.map(({ from, whole, values }) => [from % 60, whole, values[0]])).toEqual([
      [0, false, 3],
      [20, true, 4],
    ]);
  });

  it('of a foreign model are refused where no learning gives them', () => {
    const { cells } = new World().learn([hourOf(480_000, [[{ events: 3 }]])]).state;
    expect(() => checkCells(cells)).not.toThrow();
    for (const lo of [(99 << 20) >>> 0, 1440]) {
      expect(() => checkCells({ ...cells, value: Uint32Array.of(lo, 0) })).toThrow(/requires a (feature|minute)/);
    }
  });
});

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

function hourAt(hour: HostHour, host: typeof HOST): HostHour {
  const entities = hour.entities.map(({ series }, n) => {
    const entity = subject(n, host);
    return { key: entityKey(entity), entity, series };
  });
  return { ...hour, host, entities };
}

describe('vectors for people', () => {
  const row = { host: 'web\u001b1', wholeHost: false, exe: '/bin/a', user: 'app', sizeSeconds: 600, units: 900 };
  const part = (feature: string, bits: number) => ({
    feature,
    value: 1200,
    expected: 58_000.4,
    typical: 3.1234,
    bits,
  });
  const parts = [part('bytes_out', 8), part('connections', 1.5), part('reads', 0.5)];
  const at = (minute: number, lnP: number, more = {}) => ({ ...row, minute, bits: 10, lnP, parts, ...more });

  it('are one finding a subject, told by its worst window, worst subject first', () => {
    const rows = [
      at(9, -8),
      at(19, -9),
      at(29, -5),
      at(39, -12, { exe: '/bin/b' }),
      at(39, -20, { wholeHost: true, exe: null }),
    ];
    const found = jointFindings(rows, Math.log(0.001));
    expect(found.map(({ exe, minute, first, windows: n }) => [exe, minute, first, n])).toEqual([
      [null, 39, 39, 1],
      ['/bin/b', 39, 39, 1],
      ['/bin/a', 19, 9, 2],
    ]);
  });

  it('name when, and the features that carry it with what would go together; hostile names are escaped', () => {
    const vectors = [at(9, -8), at(19, -9)];
    const found = jointFindings(vectors, Math.log(0.001));
    const [head, line] = jointLines({ vectors }, found, 3);
    expect(head).toBe('\nOdd together: 3 (p at most 0.001; 2 windows of 10 min scored as a whole)');
    expect(line).toContain(
      '1970-01-01 00:10 to 00:20 UTC: bytes_out 1,200 where 58,000 goes with the rest (usually 3.1)',
    );
    expect(line).toContain('connections 1,200');
    expect(line).not.toContain('reads');
    expect(line).toContain('; so in 2 windows');
    expect(line).not.toContain('\u001b');
    expect(jointLines({ vectors: [] }, [], 0)).toEqual([]);
  });
});

describe('joint.yaml', () => {
  it('names a size of windows, else it is refused when vectors are made', () => {
    const strange = { ...MODEL, vectors: { ...MODEL.vectors, size: 120 } };
    expect(() => vectorsOf(hourOf(0, [[{ events: 1 }]]), strange)).toThrow(/size of windows.yaml, got 120/);
    expect(() => parseJointFile('version: 1')).toThrow(/joint.yaml requires/);
  });
});

describe('typicalColumns', () => {
  it('is the regression on the other columns: of two that correlate by r, r times the other', () => {
    const r = 0.8;
    const precision = Float64Array.of(1, -r, -r, 1).map((x) => x / (1 - r * r));
    const model = new Map<string, never>(
      Object.entries({
        shape: Uint32Array.of(1, 2, 8, 2),
        mean: Float64Array.of(10, 100),
        scale: Float64Array.of(2, 5),
        ranks: new Float64Array(8),
        excess: Float64Array.of(1),
        own: new Float64Array(8),
        'whitened.precision': precision,
      }) as never,
    );
    const { typical, expected } = typicalColumns(model, { rows: 1, columns: 2, values: Float64Array.of(14, 100) });
    expect([...typical]).toEqual([10, 100]);
    expect(expected[0]).toBeCloseTo(10, 12);
    expect(expected[1]).toBeCloseTo(100 + 5 * r * 2, 12);
  });
});
