/** Shares of p-values below limits, with intervals by clusters that resemble each other, and how uniform the randomised p is. */
import { clusterBootstrap } from '../dist/stats/cluster-bootstrap.js';
import { uniformDistance } from '../dist/stats/uniform-distance.js';

export const LIMITS = [0.01, 0.001, 0.0001];
const LN_LIMITS = LIMITS.map(Math.log);

/** One kind of score, pooled over worlds. */
export class PValues {
  clusters = new Map();
  sizes = [];
  hits = LIMITS.map(() => []);
  randomised = [];
  /** By world: how many, and how many below each limit. */
  worlds = new Map();

  /** @param cluster name of what the unit resembles; @param world which one it is of */
  add(lnP, randomised, cluster, world) {
    const name = `${world} ${cluster}`;
    let at = this.clusters.get(name);
    if (at === undefined) {
      at = this.sizes.length;
      this.clusters.set(name, at);
      this.sizes.push(0);
      for (const hits of this.hits) hits.push(0);
    }
    let counts = this.worlds.get(world);
    if (counts === undefined) {
      counts = [0, 0, 0, 0];
      this.worlds.set(world, counts);
    }
    this.sizes[at]++;
    counts[0]++;
    LN_LIMITS.forEach((limit, i) => {
      if (lnP >= limit) return;
      this.hits[i][at]++;
      counts[i + 1]++;
    });
    if (randomised !== undefined) this.randomised.push(randomised);
  }

  get n() {
    return this.sizes.reduce((a, b) => a + b, 0);
  }

  /** Share below a limit. */
  share(limit) {
    return this.hits[limit].reduce((a, b) => a + b, 0) / this.n;
  }

  result() {
    const ofWorlds = [...this.worlds.values()].map(([n, hits]) => hits / n);
    return {
      units: this.n,
      clusters: this.sizes.length,
      below: this.hits.map((hits) => clusterBootstrap(hits, this.sizes)),
      worlds: { n: ofWorlds.length, from: Math.min(...ofWorlds), to: Math.max(...ofWorlds) },
      ks: this.randomised.length === 0 ? undefined : uniformDistance(this.randomised),
      deciles: deciles(this.randomised),
    };
  }
}

/** Shares of the randomised p by tenths of [0, 1]. */
function deciles(randomised) {
  const counts = new Array(10).fill(0);
  for (const p of randomised) counts[Math.min(9, Math.floor(10 * p))]++;
  return counts.map((n) => n / Math.max(1, randomised.length));
}

const percent = (x, digits) => `${(100 * x).toFixed(digits)} %`;
const interval = ({ share, from, to }, digits) =>
  `${percent(share, digits)} (${percent(from, digits)} to ${percent(to, digits)})`;

export const HEAD = ['kind of score', 'units', 'clusters', 'p < 0.01', 'worlds from, to', '0.001', '0.0001', 'KS'];

/** A result as a row of a table. */
export function rowOf(name, { units, clusters, below, worlds, ks }) {
  return [
    name,
    units.toLocaleString('en'),
    clusters.toLocaleString('en'),
    interval(below[0], 2),
    worlds.n < 2 ? '' : `${percent(worlds.from, 2)} to ${percent(worlds.to, 2)}`,
    interval(below[1], 3),
    interval(below[2], 4),
    ks === undefined ? '' : ks.toFixed(4),
  ];
}
