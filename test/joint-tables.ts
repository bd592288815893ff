import { type JointSettings, jointSettings, VIEW_NAMES } from '../dist/baseline/joint/settings.js';
import type { Matrix } from '../dist/stats/matrix.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';

/** Small and quick, all views. */
export const ALL_VIEWS: JointSettings = { ...jointSettings(), views: VIEW_NAMES, samples: 4, trees: 20 };

const normal = (u: UniformStream) => Math.sqrt(-2 * Math.log(1 - u.next())) * Math.cos(2 * Math.PI * u.next());

/** Each column 0.8 of the one before it and 0.6 of its own: standard normal, neighbours correlate with 0.8. */
export function normalTable(rows: number, columns: number, seed: number): Matrix {
  const u = UniformStream.seeded(seed, 9);
  const values = new Float64Array(rows * columns);
  values.forEach((_, at) => {
    values[at] = at % columns === 0 ? normal(u) : 0.8 * values[at - 1]! + 0.6 * normal(u);
  });
  return { rows, columns, values };
}

export const mapTable = (table: Matrix, of: (value: number, column: number) => number): Matrix => ({
  ...table,
  values: table.values.map((value, at) => of(value, at % table.columns)),
});

/** What the product will meet, by name: columns that never vary, copies, heavy tails, counts with many zeros. */
export const AWKWARD: Readonly<Record<string, (rows: number, columns: number) => Matrix>> = {
  'constant columns': (n, d) => mapTable(normalTable(n, d, 1), (z, j) => (j % 2 === 0 ? 3 : z)),
  'all rows the same': (n, d) => mapTable(normalTable(n, d, 2), () => 7),
  copies: (n, d) => mapTable(normalTable(n, d, 3), (z) => (z > 1.5 ? 1 : 0)),
  'heavy tails': (n, d) => mapTable(normalTable(n, d, 4), (z) => Math.exp(5 * z)),
  'counts with many zeros': (n, d) => mapTable(normalTable(n, d, 5), (z) => Math.max(0, Math.round(10 * (z - 1)))),
  'units far apart': (n, d) => mapTable(normalTable(n, d, 6), (z, j) => z * 10 ** (j % 2 === 0 ? 90 : -90)),
};
