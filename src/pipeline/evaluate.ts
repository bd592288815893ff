import { PairTable } from '../baseline/pair-table.js';
import { SlotView } from '../columnar/slot-view.js';
import { FLAG } from '../score/calibrated-p.js';
import type { Batch } from '../tuple/batch.js';
import { FINDING_LN_P } from './finding-limit.js';
import { LabelMatch } from './label-match.js';
import type { Label } from './labels.js';
import { ProcessTrees } from './process-trees.js';
import { TreeFindings, type TreeScore } from './tree-findings.js';
import { type Ranked, type Ranking, rankTrees } from './tree-ranking.js';
import type { ScoreResult } from './worker.js';

/** What became of one label. */
export interface Verdict {
  readonly label: Label;
  /**
   * A finding of `score`, which knows no labels, shows it: it holds the label's best tree, whose own ln p is at most
   * FINDING_LN_P, or a row that a row rule of the label takes is its best, alone or with others of the same p.
   */
  readonly found: boolean;
  /** Number of that finding, as `score` prints it. */
  readonly finding: number | null;
  /** Its best tree, cut at its root; null when no row of it was scored. */
  readonly fifteen: Ranked | null;
  /** The same on the five-tuple alone; null when no row has one. */
  readonly five: Ranked | null;
  /** The plain rule: a program ran that training never saw. */
  readonly newExe: boolean;
}

export interface Evaluation {
  readonly verdicts: readonly Verdict[];
  /** AUROC of attack trees against unlabelled ones; undefined when one side is empty. */
  readonly auroc: { readonly fifteen: number | undefined; readonly five: number | undefined };
  readonly unlabelled: {
    readonly trees: number;
    readonly findings: number;
    /** That rank above the lowest attack: on fifteen dimensions, and on five. */
    readonly aboveLowestAttack: number;
    readonly aboveLowestAttackFive: number;
    /** With a program that training never saw. */
    readonly treesWithNewExe: number;
    /** Scored rows, and those with p at most 0.01 and 0.001. */
    readonly rows: number;
    readonly below01: number;
    readonly below001: number;
  };
}

interface OwnerCounts {
  rows: number;
  below01: number;
  below001: number;
  newExe: boolean;
}

const LN_01 = Math.log(0.01);
const LN_001 = Math.log(0.001);

/** Holds labels against scores: feed it every batch in order, then ask for the evaluation. */
export class Evaluator {
  private readonly match: LabelMatch;
  private readonly trees = new ProcessTrees();
  private readonly owners = new PairTable();
  private readonly counts: OwnerCounts[] = [];
  private readonly views: Record<'fifteen' | 'five', TreeFindings>;
  /** Trees as `score` sees them: nothing is cut or set apart by labels. */
  private readonly plain: TreeFindings;
  /** Label of the rows that row rules take, by row. */
  private readonly ruleRows = new Map<number, number>();

  /** @param knownExes programs of the training, for the plain rule "never-seen exe" */
  constructor(
    private readonly labels: readonly Label[],
    private readonly knownExes: ReadonlySet<string>,
  ) {
    this.match = new LabelMatch(labels);
    this.views = { fifteen: new TreeFindings(this.trees), five: new TreeFindings(this.trees) };
    this.plain = new TreeFindings(this.trees);
  }

  take(batch: Batch, scores: ScoreResult, firstRow: number): void {
    this.trees.observe(batch);
    const owner = this.owner(batch, scores);
    this.views.fifteen.take(batch, scores.fifteen, firstRow, firstRow, owner);
    this.views.five.take(batch, scores.five, firstRow, firstRow, owner);
    this.plain.take(batch, scores.fifteen, firstRow, firstRow);
    const view = new SlotView(batch.slot);
    const exes = view.codes('exe');
    for (let row = 0; row < batch.rows; row++) {
      if (scores.fifteen.flags[row]! & FLAG.unscored) continue;
      const { instance } = scores.fifteen;
      const given = owner(row);
      if (given !== undefined) this.ruleRows.set(firstRow + row, given.lo);
      const { lo, hi } = given ?? { lo: instance[2 * row]!, hi: instance[2 * row + 1]! };
      const i = this.owners.insert(lo, hi);
      this.counts[i] ??= { rows: 0, below01: 0, below001: 0, newExe: false };
      const counts = this.counts[i];
      const lnP = scores.fifteen.lnP[row]!;
      counts.rows++;
      if (lnP <= LN_01) counts.below01++;
      if (lnP <= LN_001) counts.below001++;
      const exe = batch.strings.text(exes[row]!);
      if (exe !== undefined && !this.knownExes.has(exe)) counts.newExe = true;
    }
  }

  /** The stand-in of a row that a rule takes. What a labelled process did itself stays with it. */
  private owner(batch: Batch, scores: ScoreResult): (row: number) => { lo: number; hi: number } | undefined {
    const byRule = this.match.owners(batch);
    const { instance } = scores.fifteen;
    return (row) => {
      const given = byRule(row);
      if (given === undefined) return undefined;
      return this.match.labelOf(this.trees, instance[2 * row]!, instance[2 * row + 1]!) < 0 ? given : undefined;
    };
  }

  /** Call once all batches are in: who descends from whom is known only then. */
  evaluation(): Evaluation {
    const labelOf = (tree: TreeScore) => this.match.labelOf(this.trees, tree.root.lo, tree.root.hi);
    const isAttack = (label: number) => this.labels[label]?.kind === 'attack';
    const isStandIn = (tree: TreeScore) => this.match.isStandIn(tree.root.lo, tree.root.hi);
    const fifteen = rankTrees(this.views.fifteen.rank(this.match.cut), labelOf, isAttack, isStandIn);
    const five = rankTrees(this.views.five.rank(this.match.cut), labelOf, isAttack, isStandIn);
    const findings = this.plain.rank().filter((tree) => tree.lnP <= FINDING_LN_P);
    const { newExe, newExeTrees, rows, below01, below001 } = this.sumOwners();
    const verdicts = this.labels.map((label, i): Verdict => {
      const best = fifteen.best.get(i) ?? null;
      const byTree = best !== null && best.lnP <= FINDING_LN_P ? this.findingOf(findings, best) : -1;
      const byRow = findings.findIndex(({ best }) =>
        best.some(({ row, lnP }) => lnP === best[0]!.lnP && this.ruleRows.get(row) === i),
      );
      const at = byTree >= 0 ? byTree : byRow;
      return {
        label,
        found: at >= 0,
        finding: at < 0 ? null : at + 1,
        fifteen: best,
        five: five.best.get(i) ?? null,
        newExe: newExe.has(i),
      };
    });
    return {
      verdicts,
      auroc: { fifteen: fifteen.auroc, five: five.auroc },
      unlabelled: {
        trees: fifteen.unlabelled,
        findings: fifteen.unlabelledFindings,
        aboveLowestAttack: this.above(fifteen),
        aboveLowestAttackFive: this.above(five),
        treesWithNewExe: newExeTrees,
        rows,
        below01,
        below001,
      },
    };
  }

  /** Position of the finding whose tree holds a process; −1 for none. */
  private findingOf(findings: readonly TreeScore[], { lo, hi }: Ranked): number {
    const root = this.trees.root(lo, hi);
    return findings.findIndex((tree) => tree.root.lo === root.lo && tree.root.hi === root.hi);
  }

  /** An attack that a ranking does not hold at all lies below every unlabelled tree. */
  private above(ranking: Ranking): number {
    const missing = this.labels.some((label, i) => label.kind === 'attack' && !ranking.best.has(i));
    return missing ? ranking.unlabelled : ranking.aboveLowestAttack;
  }

  private sumOwners() {
    const newExe = new Set<number>();
    const newExeRoots = new PairTable();
    const sums = { rows: 0, below01: 0, below001: 0 };
    this.counts.forEach((counts, i) => {
      const lo = this.owners.keyLo[i]!;
      const hi = this.owners.keyHi[i]!;
      const label = this.match.labelOf(this.trees, lo, hi);
      if (label >= 0) {
        if (counts.newExe) newExe.add(label);
        return;
      }
      sums.rows += counts.rows;
      sums.below01 += counts.below01;
      sums.below001 += counts.below001;
      if (!counts.newExe) return;
      const root = this.trees.root(lo, hi, this.match.cut);
      newExeRoots.insert(root.lo, root.hi);
    });
    return { newExe, newExeTrees: newExeRoots.size, ...sums };
  }
}
