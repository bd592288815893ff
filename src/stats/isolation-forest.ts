import type { Matrix } from './matrix.js';
import { UniformStream } from './uniform-stream.js';

/**
 * Isolation trees as flat arrays, all trees one after the other. Node i is a leaf where column[i] is −1; else rows with
 * value ≤ cut go to node child[i], the others to child[i] + 1.
 */
export interface IsolationForest {
  readonly roots: Uint32Array;
  readonly column: Int32Array;
  readonly cut: Float64Array;
  readonly child: Uint32Array;
  /** How many of the tree's rows reached the node, at least 1. */
  readonly size: Uint32Array;
  /** Depth of the node; of a leaf also the mean depth that splitting its rows would have added. */
  readonly depth: Float64Array;
}

const EULER = 0.5772156649015329;

/** Mean path length of an unsuccessful search in a binary tree of n: 2·H(n − 1) − 2(n − 1)/n. */
export function meanPathLength(n: number): number {
  if (n <= 1) return 0;
  return n === 2 ? 1 : 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
}

/**
 * Grows `trees` trees, each from `size` rows drawn without replacement and split at a uniform cut of a column drawn from
 * those that vary, to depth ⌈log₂ size⌉. The same seed gives the same forest. O(trees · size · (log size + columns)).
 * Source: Liu, Ting and Zhou (2008), "Isolation forest".
 */
export function growIsolationForest(matrix: Matrix, trees: number, size: number, seed: number): IsolationForest {
  const drawn = Math.min(size, matrix.rows);
  const most = trees * (2 * drawn - 1);
  const forest = {
    roots: new Uint32Array(trees),
    column: new Int32Array(most).fill(-1),
    cut: new Float64Array(most),
    child: new Uint32Array(most),
    size: new Uint32Array(most),
    depth: new Float64Array(most),
  };
  let nodes = 0;
  for (let tree = 0; tree < trees; tree++) {
    const stream = UniformStream.seeded(seed, tree);
    forest.roots[tree] = nodes;
    nodes = growTree(forest, nodes, matrix, stream.sample(matrix.rows, drawn), stream);
  }
  return {
    roots: forest.roots,
    column: forest.column.slice(0, nodes),
    cut: forest.cut.slice(0, nodes),
    child: forest.child.slice(0, nodes),
    size: forest.size.slice(0, nodes),
    depth: forest.depth.slice(0, nodes),
  };
}

/** Grows one tree at node `root`; returns the first node after it. */
function growTree(forest: IsolationForest, root: number, matrix: Matrix, rows: Uint32Array, stream: UniformStream) {
  const deepest = Math.ceil(Math.log2(Math.max(2, rows.length)));
  const open = [{ node: root, rows, depth: 0 }];
  let next = root + 1;
  for (let job = open.pop(); job !== undefined; job = open.pop()) {
    const { node, depth } = job;
    forest.size[node] = job.rows.length;
    const split = depth < deepest && job.rows.length > 1 ? drawSplit(matrix, job.rows, stream) : undefined;
    forest.depth[node] = split === undefined ? depth + meanPathLength(job.rows.length) : depth;
    if (split === undefined) continue;
    const below = (row: number) => matrix.values[row * matrix.columns + split.column]! <= split.cut;
    forest.column[node] = split.column;
    forest.cut[node] = split.cut;
    forest.child[node] = next;
    open.push({ node: next + 1, rows: job.rows.filter((row) => !below(row)), depth: depth + 1 });
    open.push({ node: next, rows: job.rows.filter(below), depth: depth + 1 });
    next += 2;
  }
  return next;
}

/** A uniform cut of a column drawn from those that vary among the rows; undefined where none does. */
function drawSplit({ columns, values }: Matrix, rows: Uint32Array, stream: UniformStream) {
  const order = Uint32Array.from({ length: columns }, (_, j) => j);
  for (let left = columns; left > 0; left--) {
    const at = stream.index(left);
    const column = order[at]!;
    order[at] = order[left - 1]!;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      const value = values[row * columns + column]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const cut = low + (high - low) * stream.next();
    // Rounding can put the cut at the top of two neighbouring numbers: nothing would lie above.
    if (low < high) return { column, cut: cut < high ? cut : low };
  }
  return undefined;
}

/**
 * Anomaly score 2^(−mean depth/c(size)) of each point, c the mean path length of a tree's rows: in (0, 1), about ½ for the
 * average point. Nothing lies farther out than alone at the root's first split, so the score does not grow with distance.
 * O(points · trees · log size).
 */
export function isolationScores(forest: IsolationForest, points: Matrix): Float64Array {
  const { roots, column, cut, child, depth, size } = forest;
  const full = Math.max(1, meanPathLength(size[0]!));
  return Float64Array.from({ length: points.rows }, (_, i) => {
    const at = i * points.columns;
    let sum = 0;
    for (let node of roots) {
      for (let j = column[node]!; j >= 0; j = column[node]!) {
        node = child[node]! + (points.values[at + j]! <= cut[node]! ? 0 : 1);
      }
      sum += depth[node]!;
    }
    return 2 ** (-sum / roots.length / full);
  });
}

/**
 * What each column did to set one point apart, in nats: along its path a split adds ln(rows before/rows after) to the column it
 * cuts, divided by the depth of the leaf, so that early splits that leave few count most. Adds to `out`. At least 0.
 */
export function addIsolationShares(forest: IsolationForest, point: ArrayLike<number>, out: Float64Array): void {
  const { roots, column, cut, child, depth, size } = forest;
  const gained = new Float64Array(out.length);
  for (let node of roots) {
    gained.fill(0);
    for (let j = column[node]!; j >= 0; j = column[node]!) {
      const next = child[node]! + (point[j]! <= cut[node]! ? 0 : 1);
      gained[j]! += Math.log(size[node]! / size[next]!);
      node = next;
    }
    for (let j = 0; j < out.length; j++) out[j]! += gained[j]! / Math.max(1, depth[node]!);
  }
}
