import { describe, expect, it } from 'vitest';
import type { SnapshotCard } from '../dist/baseline/card.js';
import { crossFit } from '../dist/baseline/joint/cross-fit.js';
import { fitJoint } from '../dist/baseline/joint/fit-joint.js';
import { scoreJoint } from '../dist/baseline/joint/score-joint.js';
import { packSnapshot, Snapshot } from '../dist/baseline/snapshot.js';
import { ALL_VIEWS, normalTable } from './joint-tables.js';
import { matrixOf } from './stats-tables.js';

const CARD: SnapshotCard = {
  model: '',
  asOf: 0,
  daysLearned: 0,
  calibration: 'leave-out',
  hourCalibrated: false,
  views: {},
};

describe('fitJoint', () => {
  const sample = normalTable(120, 4, 1);

  it('gives the same bytes for the same sample and seed, others for another seed', () => {
    expect(fitJoint(sample, ALL_VIEWS)).toEqual(fitJoint(normalTable(120, 4, 1), ALL_VIEWS));
    const other = fitJoint(sample, { ...ALL_VIEWS, seed: 2 });
    expect(other.get('neighbours.references')).not.toEqual(fitJoint(sample, ALL_VIEWS).get('neighbours.references'));
    expect(other.get('own')).not.toEqual(fitJoint(sample, ALL_VIEWS).get('own'));
  });

  it('is arrays only: it goes through a snapshot and scores the same', () => {
    const model = fitJoint(sample, ALL_VIEWS);
    const snapshot = new Snapshot(packSnapshot(CARD, model));
    const types = { Float64Array: 'f64', Uint32Array: 'u32', Int32Array: 'i32' } as const;
    const back = new Map(
      [...model].map(([name, array]) => [
        name,
        snapshot.array(name, types[array.constructor.name as keyof typeof types]),
      ]),
    );
    const vectors = normalTable(20, 4, 2);
    expect(scoreJoint(back, vectors)).toEqual(scoreJoint(model, vectors));
  });

  it('refuses models of another version and torn ones', () => {
    const model = fitJoint(sample, ALL_VIEWS);
    const vectors = normalTable(1, 4, 2);
    const changed = new Map([...model, ['shape', Uint32Array.of(2, 4, 120, 0)]]);
    expect(() => scoreJoint(changed, vectors)).toThrow('joint model requires version 1, got 2');
    const torn = new Map([...model].filter(([name]) => name !== 'own'));
    expect(() => scoreJoint(torn, vectors)).toThrow('joint model requires an array own, got none');
  });

  it('refuses samples and settings it cannot use', () => {
    expect(() => fitJoint(normalTable(7, 2, 1))).toThrow('joint sample requires at least 8 rows, got 7');
    expect(() => fitJoint({ rows: 9, columns: 2, values: new Float64Array(5) })).toThrow('got 5 for 9 × 2');
    expect(() => fitJoint(matrixOf(new Array(9).fill([Number.POSITIVE_INFINITY])))).toThrow('got Infinity');
    const cases = {
      views: [],
      folds: 1,
      trimShare: 0.4,
      samples: 0,
      sampleRows: 1.5,
      neighbour: 0,
      trees: 0,
      treeRows: 1,
      constantScale: 0,
    };
    for (const [name, value] of Object.entries(cases)) {
      expect(() => fitJoint(sample, { ...ALL_VIEWS, [name]: value }), name).toThrow(`joint ${name} requires`);
    }
    expect(() => fitJoint(sample, { ...ALL_VIEWS, views: ['isolation', 'isolation'] })).toThrow('each at most once');
  });
});

describe('crossFit', () => {
  it('scores a row by others only: what it holds changes no score outside its block, and its own copies do not help it', () => {
    const table = normalTable(80, 3, 1);
    const settings = { ...ALL_VIEWS, folds: 8, order: 'given' as const };
    const before = crossFit(table, settings);
    const values = table.values.slice();
    values.fill(50, 0, 3);
    const after = crossFit({ ...table, values }, settings);
    before.forEach((scores, view) => {
      // Row 0 lies in the first block of ten: its neighbours there are judged without it.
      expect(after[view]!.subarray(1, 10), settings.views[view]!).toEqual(scores.subarray(1, 10));
      expect(after[view]![0]).not.toBe(scores[0]);
      expect(after[view]!.subarray(10)).not.toEqual(scores.subarray(10));
    });
  });

  it('puts each row into one block, also where blocks do not divide the rows', () => {
    for (const order of ['given', 'shuffled'] as const) {
      const scores = crossFit(normalTable(21, 3, 1), { ...ALL_VIEWS, order });
      for (const of of scores) expect([...of].every((score) => Number.isFinite(score) && score !== 0)).toBe(true);
    }
  });
});
