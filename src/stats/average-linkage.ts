/** Two clusters become one. `a` and `b` are the smallest members of each, a < b. */
export interface Merge {
  readonly a: number;
  readonly b: number;
  /** Mean distance between members of the one and of the other. */
  readonly height: number;
}

/**
 * Agglomerative clustering by average linkage (UPGMA; Sokal and Michener 1958): the two clusters of the smallest mean distance
 * become one, until one is left. By chains of nearest neighbours (Murtagh 1983), which average linkage allows, for it is
 * reducible. Of equal distances the smaller position counts, so the order of the items matters for ties alone.
 *
 * @param distances of items i < j at i·n − i(i + 1)/2 + j − i − 1 (as SciPy's condensed form); overwritten
 * @returns n − 1 merges, lowest first. O(n²) time, no further memory but O(n).
 */
export function averageLinkage(distances: Float64Array, n: number): Merge[] {
  const sizes = new Float64Array(n).fill(1);
  const at = (i: number, j: number): number => {
    const [a, b] = i < j ? [i, j] : [j, i];
    return a * n - (a * (a + 1)) / 2 + b - a - 1;
  };
  const merges: Merge[] = [];
  const chain: number[] = [];
  let first = 0;
  while (merges.length < n - 1) {
    if (chain.length === 0) {
      while (sizes[first] === 0) first++;
      chain.push(first);
    }
    const top = chain.at(-1)!;
    const before = chain.at(-2) ?? -1;
    // A neighbour as near as the one before in the chain must not take its place, else the chain would not end.
    let nearest = before;
    let least = before < 0 ? Number.POSITIVE_INFINITY : distances[at(top, before)]!;
    for (let k = 0; k < n; k++) {
      if (k === top || sizes[k] === 0) continue;
      const d = distances[at(top, k)]!;
      if (d < least) {
        least = d;
        nearest = k;
      }
    }
    if (nearest !== before) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    const [a, b] = top < before ? [top, before] : [before, top];
    const [m, o] = [sizes[a]!, sizes[b]!];
    for (let k = 0; k < n; k++) {
      if (k === a || k === b || sizes[k] === 0) continue;
      distances[at(a, k)] = (m * distances[at(a, k)]! + o * distances[at(b, k)]!) / (m + o);
    }
    sizes[a] = m + o;
    sizes[b] = 0;
    merges.push({ a, b, height: least });
  }
  return merges.sort((x, y) => x.height - y.height);
}

/** Clusters of what merges at or below a height: of each item the smallest member of its cluster. O(n). */
export function clustersBelow(merges: readonly Merge[], n: number, cut: number): Int32Array {
  const root = Int32Array.from({ length: n }, (_, i) => i);
  const find = (i: number): number => {
    let at = i;
    while (root[at] !== at) at = root[at]!;
    return at;
  };
  for (const { a, b, height } of merges) {
    if (height > cut) break;
    const [x, y] = [find(a), find(b)];
    root[Math.max(x, y)] = Math.min(x, y);
  }
  return root.map((_, i) => find(i));
}
