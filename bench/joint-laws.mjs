/** Laws to draw normal vectors from, for the calibration of the joint model; columns depend on each other. */
import { UniformStream } from '../dist/stats/uniform-stream.js';

/** Standard normal, by Box and Muller. */
const normal = (u) => Math.sqrt(-2 * Math.log(1 - u.next())) * Math.cos(2 * Math.PI * u.next());

/** Poisson, by counting arrivals; small means only. */
function poisson(u, mean) {
  let count = -1;
  for (let left = Math.exp(-mean), product = 1; product > left; count++) product *= u.next();
  return Math.max(0, count);
}

/** Neighbouring columns correlate with 0.6, those further off with powers of it. */
function correlated(u, columns) {
  const row = [normal(u)];
  while (row.length < columns) row.push(0.6 * row.at(-1) + 0.8 * normal(u));
  return row;
}

export const LAWS = {
  gaussian: (u, columns) => correlated(u, columns),
  'log-normal': (u, columns) => correlated(u, columns).map(Math.exp),
  counts: (u, columns) => correlated(u, columns).map((z, j) => poisson(u, 0.5 * (1 + (j % 5)) * Math.exp(0.8 * z - 1))),
  'log counts': (u, columns) => LAWS.counts(u, columns).map(Math.log1p),
  mixture: (u, columns) => {
    const shift = u.next() < 0.2 ? 5 : 0;
    return correlated(u, columns).map((z, j) => (j % 2 === 0 ? z + shift : 0.3 * z));
  },
  'student, 2 degrees': (u, columns) => {
    const chi = -2 * Math.log(1 - u.next());
    return correlated(u, columns).map((z) => z / Math.sqrt(chi / 2));
  },
  'constant and copies': (u, columns) => correlated(u, columns).map((z, j) => (j % 3 === 0 ? 1 : Math.round(z / 2))),
};

export function drawTable(law, rows, columns, seed) {
  const u = UniformStream.seeded(seed, 77);
  const values = Float64Array.from(Array.from({ length: rows }, () => LAWS[law](u, columns)).flat());
  return { rows, columns, values };
}
