import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitJoint } from '../dist/baseline/joint/fit-joint.js';
import { scoreJoint } from '../dist/baseline/joint/score-joint.js';
import { VIEW_NAMES } from '../dist/baseline/joint/settings.js';
import { typicalColumns } from '../dist/baseline/joint/typical-columns.js';
import { takeRows } from '../dist/stats/matrix.js';
import { ALL_VIEWS, AWKWARD, normalTable } from './joint-tables.js';
import { matrixOf, rowOf } from './stats-tables.js';

const sumOf = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe('scoreJoint', () => {
  for (const [name, make] of Object.entries(AWKWARD)) {
    it.each([
      [20, 20],
      [64, 5],
    ])(`scores ${name}, %i × %i, with parts that sum to the score and p in its bounds`, (rows, columns) => {
      const model = fitJoint(make(rows, columns), ALL_VIEWS);
      const far = { rows: 2, columns, values: new Float64Array(2 * columns).fill(1e100, columns) };
      for (const vectors of [make(rows, columns), normalTable(10, columns, 8), far]) {
        const { score, lnP, byView, byColumn } = scoreJoint(model, vectors);
        for (let i = 0; i < vectors.rows; i++) {
          expect(Number.isFinite(score[i])).toBe(true);
          expect(sumOf(byView.subarray(i * VIEW_NAMES.length, (i + 1) * VIEW_NAMES.length))).toBeCloseTo(score[i]!, 6);
          expect(sumOf(byColumn.subarray(i * columns, (i + 1) * columns)) / (1 + score[i]!)).toBeCloseTo(
            score[i]! / (1 + score[i]!),
            7,
          );
          expect(lnP[i]).toBeLessThanOrEqual(0);
          expect(lnP[i]).toBeGreaterThanOrEqual(-Math.log(rows + 1) - 1e-12);
        }
        expect(Math.min(...byView, ...byColumn)).toBeGreaterThanOrEqual(0);
      }
    });
  }

  it('is the same for a vector alone and among others, and changes neither model nor vectors', () => {
    const model = fitJoint(normalTable(100, 4, 1), ALL_VIEWS);
    const vectors = normalTable(30, 4, 2);
    const before = structuredClone([[...model], vectors]);
    const together = scoreJoint(model, vectors);
    for (const i of [0, 7, 29]) {
      const alone = scoreJoint(model, takeRows(vectors, Uint32Array.of(i)));
      expect(alone.score[0]).toBe(together.score[i]);
      expect(rowOf({ rows: 30, columns: 4, values: together.byColumn }, i)).toEqual(alone.byColumn);
    }
    expect([[...model], vectors]).toEqual(before);
  });

  it.each(VIEW_NAMES)('%s alone blames the column that is far out; views of distances also call that odd', (view) => {
    const model = fitJoint(normalTable(256, 5, 1), { ...ALL_VIEWS, views: [view] });
    const distances = view !== 'isolation' && view !== 'histogram';
    fc.assert(
      fc.property(fc.nat(4), fc.constantFrom(-1, 1), fc.integer({ min: 6, max: 1000 }), (column, sign, far) => {
        const vector = new Array(5).fill(0);
        vector[column] = sign * far;
        const { lnP, byColumn } = scoreJoint(model, matrixOf([vector]));
        if (distances) expect(lnP[0]).toBeCloseTo(-Math.log(257), 12);
        expect(byColumn.indexOf(Math.max(...byColumn))).toBe(column);
      }),
      { numRuns: 30 },
    );
  });

  it('orders what lies beyond the sample by distance, where a rank alone would tie', () => {
    const model = fitJoint(normalTable(256, 3, 1), { ...ALL_VIEWS, views: ['neighbours'] });
    const { score, lnP } = scoreJoint(
      model,
      matrixOf([
        [20, 0, 0],
        [40, 0, 0],
        [80, 0, 0],
      ]),
    );
    expect(score[0]!).toBeLessThan(score[1]!);
    expect(score[1]!).toBeLessThan(score[2]!);
    for (const p of lnP) expect(p).toBeCloseTo(-Math.log(257), 12);
  });

  it('sees values that do not go together, each of them common, by the views that know how columns go together', () => {
    const sample = normalTable(512, 5, 1);
    const apart = matrixOf([[0, 1.6, -1.6, 1.6, 0]]);
    const rank = (view: (typeof VIEW_NAMES)[number]) =>
      Math.exp(scoreJoint(fitJoint(sample, { ...ALL_VIEWS, views: [view] }), apart).lnP[0]!);
    expect(rank('mahalanobis')).toBeLessThan(0.01);
    expect(rank('whitened')).toBeLessThan(0.01);
    expect(rank('histogram')).toBeGreaterThan(0.05);
  });

  it('calls the first other value of a column that never varied odd', () => {
    const model = fitJoint(AWKWARD['constant columns']!(200, 4), ALL_VIEWS);
    const common = [...rowOf(AWKWARD['constant columns']!(200, 4), 0)];
    const { lnP, byColumn } = scoreJoint(model, matrixOf([common, [...common.slice(0, 2), 13, common[3]!]]));
    expect(lnP[1]).toBeCloseTo(-Math.log(201), 12);
    expect(lnP[0]).toBeGreaterThan(Math.log(0.02));
    const second = [...byColumn.subarray(4)];
    expect(second.indexOf(Math.max(...second))).toBe(2);
  });

  it('refuses other columns and values that are no numbers', () => {
    const model = fitJoint(normalTable(20, 3, 1), ALL_VIEWS);
    expect(() => scoreJoint(model, normalTable(2, 4, 1))).toThrow('joint vectors require 3 columns, got 4');
    expect(() => scoreJoint(model, matrixOf([[1, Number.NaN, 2]]))).toThrow('got NaN');
    expect(() => scoreJoint(model, matrixOf([[1, 1e101, 2]]))).toThrow('requires a number up to');
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
