import { auroc } from '../stats/auroc.js';
import { FINDING_LN_P } from './finding-limit.js';
import type { TreeScore } from './tree-findings.js';

/** Where the best tree of a label stands. */
export interface Ranked {
  /** Among all trees, 1 is the most anomalous. */
  readonly rank: number;
  readonly lnP: number;
  readonly bits: number;
  readonly extrapolated: boolean;
  readonly signatures: number;
  /** Process instance of its best row. */
  readonly lo: number;
  readonly hi: number;
}

/** A ranking of all trees as its labels see it. */
export interface Ranking {
  /** Best tree by position of the label. */
  readonly best: ReadonlyMap<number, Ranked>;
  readonly unlabelled: number;
  readonly unlabelledFindings: number;
  /** Unlabelled trees above the attack whose best tree stands lowest. */
  readonly aboveLowestAttack: number;
  /** Of attack trees against unlabelled ones, by ln p. */
  readonly auroc: number | undefined;
}

/**
 * @param trees most anomalous first
 * @param labelOf position of a tree's label, −1 for none
 * @param isStandIn whether a tree is not one of processes but of the rows that a label's row rules take
 */
export function rankTrees(
  trees: readonly TreeScore[],
  labelOf: (tree: TreeScore) => number,
  isAttack: (label: number) => boolean,
  isStandIn: (tree: TreeScore) => boolean,
): Ranking {
  const best = new Map<number, Ranked>();
  let unlabelled = 0;
  let unlabelledFindings = 0;
  let aboveLowestAttack = 0;
  const attacks: number[] = [];
  const others: number[] = [];
  trees.forEach((tree, i) => {
    const label = labelOf(tree);
    // Rows that a rule takes are labelled, but no tree of processes that `score` would show.
    if (isStandIn(tree)) return;
    if (label < 0) others.push(-tree.lnP);
    else if (isAttack(label)) attacks.push(-tree.lnP);
    if (label < 0) {
      unlabelled++;
      if (tree.lnP <= FINDING_LN_P) unlabelledFindings++;
      return;
    }
    if (best.has(label)) return;
    const { lnP, bits, extrapolated, signatures } = tree;
    const { lo, hi } = tree.best[0]!;
    best.set(label, { rank: i + 1, lnP, bits, extrapolated, signatures, lo, hi });
    if (isAttack(label)) aboveLowestAttack = unlabelled;
  });
  return { best, unlabelled, unlabelledFindings, aboveLowestAttack, auroc: auroc(attacks, others) };
}
