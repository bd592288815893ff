import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellTable, KIND } from '../dist/baseline/cells.js';
import { mergeCells } from '../dist/baseline/merge-cells.js';
import { sortRows } from '../dist/baseline/sort-rows.js';
import type { CellColumns } from '../dist/tuple/learned.js';

/** Words that are often equal and sometimes the largest there are. */
const word = fc.oneof(fc.nat(2), fc.constantFrom(2 ** 31, 2 ** 32 - 1));
/** Few, so that the same cell comes often. */
const pair = fc.constantFrom({ lo: 1, hi: 0 }, { lo: 0, hi: 2 ** 31 }, { lo: 2 ** 32 - 1, hi: 2 ** 31 });
const cell = fc.record({
  kind: fc.constantFrom(KIND.factor15, KIND.window),
  segment: pair,
  context: pair,
  value: pair,
  n: fc.integer({ min: -2, max: 2 }),
  s: fc.integer({ min: -1, max: 1 }),
});
const tableOf = (cells: readonly (typeof cell extends fc.Arbitrary<infer T> ? T : never)[]) => {
  const table = new CellTable();
  for (const { kind, segment, context, value, n, s } of cells) table.add(kind, segment, context, value, n, s);
  return table;
};

describe('sortRows', () => {
  it('sorts as comparing row by row does, few rows and many', () => {
    const rows = fc.array(fc.tuple(word, word, fc.nat(2 ** 32 - 1)), { maxLength: 200 });
    fc.assert(
      fc.property(rows, (rows) => {
        const columns = [0, 1, 2].map((c) => Uint32Array.from(rows, (row) => row[c]!));
        const order = Uint32Array.from(rows.keys());
        sortRows(order, columns);
        const expected = [...rows].sort(([a, b, c], [d, e, f]) => a - d || b - e || c - f);
        expect(Array.from(order, (i) => rows[i])).toEqual(expected);
        expect([...order].sort((a, b) => a - b)).toEqual([...rows.keys()]);
      }),
    );
  });
});

describe('mergeCells', () => {
  it('gives what one table of all parts gives, of sorted parts and of others', () => {
    const parts = fc.array(fc.array(cell, { maxLength: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.boolean(), (parts, sorted) => {
        const columns = parts.map((cells) => (sorted ? tableOf(cells).sorted() : unsorted(cells)));
        expect(mergeCells(columns)).toEqual(tableOf(parts.flat()).sorted());
      }),
    );
  });
});

/** Cells as they come, the same key perhaps twice, and zeros. */
function unsorted(cells: readonly (typeof cell extends fc.Arbitrary<infer T> ? T : never)[]): CellColumns {
  const words = (name: 'segment' | 'context' | 'value') =>
    Uint32Array.from(cells.flatMap((one) => [one[name].lo, one[name].hi]));
  return {
    length: cells.length,
    kind: Uint8Array.from(cells, ({ kind }) => kind),
    segment: words('segment'),
    context: words('context'),
    value: words('value'),
    n: Float64Array.from(cells, ({ n }) => n),
    s: Float64Array.from(cells, ({ s }) => s),
  };
}
