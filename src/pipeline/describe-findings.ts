import type { Explanation, RowExplainer } from './explain.js';
import type { ProcessTrees } from './process-trees.js';
import type { TreeScore } from './tree-findings.js';

/** A finding with its explanation; the one form for JSON and terminal. */
export interface FindingReport {
  /** 1 is the most anomalous. */
  readonly rank: number;
  readonly run: number;
  /** Process instance of the root, decimal. */
  readonly tree: string;
  readonly ln_p: number;
  /** Beyond the calibration data, on the exponential tail. */
  readonly extrapolated: boolean;
  /** The calibration group of the best row holds few units. */
  readonly few: boolean;
  readonly bits: number;
  readonly signatures: number;
  readonly rows: number;
  readonly root: {
    readonly pid: number | null;
    readonly exe: string | null;
    readonly args: string | null;
    readonly user: string | null;
  };
  /** The process of the best row and its ancestors, nearest first. */
  readonly lineage: Explanation['lineage'];
  /** What the five-tuple alone says of the same tree; null when no row of it has one. */
  readonly five_tuple: null | { readonly ln_p: number; readonly bits: number };
  /** The most anomalous rows, distinct by signature, best first. */
  readonly rows_best: readonly Explanation[];
}

export interface DescribeOptions {
  readonly run: number;
  readonly trees: ProcessTrees;
  readonly explainer: RowExplainer;
  /** Scores of all trees on the five-tuple. */
  readonly five: readonly TreeScore[];
  /** Rows explained a finding. */
  readonly rows?: number;
}

/** Explains findings one after the other, given most anomalous first. Costs two queries a row explained. */
export async function* describeFindings(
  findings: readonly TreeScore[],
  options: DescribeOptions,
): AsyncGenerator<FindingReport> {
  const five = new Map(options.five.map((score) => [score.tree, score]));
  for (const [i, score] of findings.entries()) {
    const best: Explanation[] = [];
    for (const row of score.best.slice(0, options.rows)) best.push(await options.explainer.explain(row.event));
    const root = options.trees.find(score.root.lo, score.root.hi);
    const alone = five.get(score.tree);
    yield {
      rank: i + 1,
      run: options.run,
      tree: score.tree.toString(),
      ln_p: score.lnP,
      extrapolated: score.extrapolated,
      few: best[0]?.few ?? false,
      bits: score.bits,
      signatures: score.signatures,
      rows: score.rows,
      root: {
        pid: root?.pid ?? null,
        exe: root?.exe ?? null,
        args: root?.args ?? null,
        user: root?.user ?? null,
      },
      lineage: best[0]?.lineage ?? [],
      five_tuple: alone === undefined ? null : { ln_p: alone.lnP, bits: alone.bits },
      rows_best: best,
    };
  }
}
