/** The most clusters that the size is the mean of, and their share of all. */
const MOST = 10;
const SHARE = 0.1;
/** Weights below it are what rounding leaves. */
const NOTHING = 1e-9;

/**
 * Mean number of scores by which one of the highest clusters reaches over all lower ones: the reciprocal of the extremal index, by the
 * blocks estimator with the threshold at the highest score of the first cluster that does not count (Smith and Weissman, Estimating
 * the extremal index, JRSS B 56, 1994). Where scores are exchangeable in clusters and not one by one, it is what a new score
 * weighs in its rank: all of its cluster may lie above whatever was seen. One cluster alone says only what ties at its top. O(bins).
 *
 * @param counts weight of scores by bin
 * @param peaks by bin, the weight of the clusters whose highest score lies there
 * @returns at least 1
 */
export function clusterSize(counts: Float64Array, peaks: Float64Array): number {
  const clusters = peaks.reduce((a, b) => a + b, 0) - NOTHING;
  const wanted = Math.min(MOST, Math.max(1, Math.round(SHARE * clusters)));
  let over = 0;
  let held = 0;
  for (let bin = counts.length - 1; bin >= 0; bin--) {
    const next = over + peaks[bin]!;
    // Clusters that tie at the top all count; the lowest of all reaches over nothing.
    if (over > 0 && (next > Math.max(wanted, over) || next >= clusters)) break;
    over = next;
    held += counts[bin]!;
  }
  return over === 0 ? 1 : Math.max(1, held / over);
}
