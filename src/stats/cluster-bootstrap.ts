import { UniformStream } from './uniform-stream.js';

/** A share of units, and between which values it lies. */
export interface ShareInterval {
  readonly share: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Percentile interval of a share whose units come in clusters that resemble each other: whole clusters are drawn with
 * replacement, as many as there are, and the share is that of all their units. Sources: Efron and Tibshirani (1993), "An
 * introduction to the bootstrap", section 13.3; Davison and Hinkley (1997), "Bootstrap methods and their application", section
 * 3.8. Without a hit the upper end is that of the rule of three, 3/n (Hanley and Lippman-Hand 1983), n the number of clusters. O(clusters × draws).
 *
 * @param hits units of each cluster that count
 * @param sizes units of each cluster
 * @param level of the interval, e.g. 0.95
 */
export function clusterBootstrap(
  hits: ArrayLike<number>,
  sizes: ArrayLike<number>,
  level = 0.95,
  draws = 1000,
  chance = UniformStream.seeded(1),
): ShareInterval {
  const n = hits.length;
  let hit = 0;
  let all = 0;
  for (let i = 0; i < n; i++) {
    hit += hits[i]!;
    all += sizes[i]!;
  }
  if (all === 0) return { share: Number.NaN, from: 0, to: 1 };
  if (hit === 0) return { share: 0, from: 0, to: Math.min(1, 3 / n) };
  const shares = new Float64Array(draws);
  for (let d = 0; d < draws; d++) {
    let drawnHits = 0;
    let drawn = 0;
    for (let i = 0; i < n; i++) {
      const c = chance.index(n);
      drawnHits += hits[c]!;
      drawn += sizes[c]!;
    }
    shares[d] = drawn === 0 ? hit / all : drawnHits / drawn;
  }
  shares.sort();
  const at = (q: number) => shares[Math.min(draws - 1, Math.max(0, Math.round(q * draws - 0.5)))]!;
  return { share: hit / all, from: at((1 - level) / 2), to: at((1 + level) / 2) };
}
