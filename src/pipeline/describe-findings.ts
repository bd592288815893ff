import type { RowExplainer, RowExplanation } from './explain.js';
import type { RowPart } from './explain-parts.js';
import type { Conclusion, Explanation, Judged } from './explanation.js';
import { FINDING_LN_P } from './finding-limit.js';
import { pText } from './p-text.js';
import type { ProcessTrees } from './process-trees.js';
import type { TreeScore } from './tree-findings.js';

/** A process tree with its explanation: its parts are those of its best row. */
export interface FindingReport extends Judged<Explanation> {
  readonly kind: 'finding';
  /** 1 is the most anomalous. */
  readonly rank: number;
  /** Process instance of the root, decimal. */
  readonly tree: string;
  readonly signatures: number;
  readonly rows: number;
  readonly root: {
    readonly pid: number | null;
    readonly exe: string | null;
    readonly args: string | null;
    readonly user: string | null;
  };
  /** The process of the best row and its ancestors, nearest first. */
  readonly lineage: RowExplanation['lineage'];
  /** What the five-tuple alone says of the same tree; null when no row of it has one. */
  readonly five_tuple: null | { readonly ln_p: number; readonly bits: number };
  /** The most anomalous rows, distinct by signature, best first. */
  readonly rows_best: readonly RowExplanation[];
  readonly parts: readonly RowPart[];
}

export interface DescribeOptions {
  readonly run: number;
  /** The baseline that scored. */
  readonly snapshot: number;
  readonly trees: ProcessTrees;
  readonly explainer: RowExplainer;
  /** Scores of all trees on the five-tuple. */
  readonly five: readonly TreeScore[];
  /** Rows explained a finding. */
  readonly rows?: number;
  /** Rank of the first one; 1 unless given. */
  readonly rank?: number;
}

/** Explains findings one after the other, given most anomalous first. Costs two queries a row explained. */
export async function* describeFindings(
  findings: readonly TreeScore[],
  options: DescribeOptions,
): AsyncGenerator<FindingReport> {
  const five = new Map(options.five.map((score) => [score.tree, score]));
  for (const [i, score] of findings.entries()) {
    const best: RowExplanation[] = [];
    for (const row of score.best.slice(0, options.rows))
      best.push(await options.explainer.explain(row.event, options.run));
    yield reportOf(score, best, five.get(score.tree), i + (options.rank ?? 1), options);
  }
}

function reportOf(
  score: TreeScore,
  best: readonly RowExplanation[],
  alone: TreeScore | undefined,
  rank: number,
  { run, snapshot, trees }: DescribeOptions,
): FindingReport {
  const facts = trees.find(score.root.lo, score.root.hi);
  const root = {
    pid: facts?.pid ?? null,
    exe: facts?.exe ?? null,
    args: facts?.args ?? null,
    user: facts?.user ?? null,
  };
  const first = best[0];
  return {
    kind: 'finding',
    rank,
    run,
    snapshot,
    of: {
      host: first?.of.host ?? null,
      exe: root.exe ?? first?.of.exe ?? null,
      user: root.user ?? first?.of.user ?? null,
      ts: first?.of.ts ?? null,
    },
    tree: score.tree.toString(),
    ln_p: score.lnP,
    extrapolated: score.extrapolated,
    few: first?.few ?? false,
    bits: score.bits,
    ranked: first?.ranked ?? null,
    signatures: score.signatures,
    rows: score.rows,
    root,
    lineage: first?.lineage ?? [],
    five_tuple: alone === undefined ? null : { ln_p: alone.lnP, bits: alone.bits },
    rows_best: best,
    parts: first?.parts ?? [],
    conclusion: conclusionOf(score, first),
  };
}

function conclusionOf({ lnP, signatures }: TreeScore, best: RowExplanation | undefined): Conclusion {
  const finding = lnP <= FINDING_LN_P;
  const product =
    best === undefined ? '' : `: p ${pText(best.ln_p)} of its best row times ${signatures} distinct signatures`;
  return finding
    ? { finding, text: `a finding, for its p is at most 0.001${product}` }
    : { finding, text: `no finding, for its p ${pText(lnP)} is above 0.001${product}` };
}
