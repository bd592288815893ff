import { PairTable } from '../baseline/pair-table.js';
import { SlotView } from '../columnar/slot-view.js';
import type { Batch } from '../tuple/batch.js';
import { col } from '../tuple/columns.js';
import { parseTime } from '../tuple/time.js';
import type { Label, RowRule } from './labels.js';
import type { ProcessFacts, ProcessTrees } from './process-trees.js';

/** High half of the process ids that stand for the rows a label's row rules take; low half: the label's position. */
const RULE_OWNER_HI = 0xffff_ffff;

interface TimedLabel {
  readonly rules: readonly RowRule[];
  readonly from: bigint;
  readonly to: bigint;
  readonly owner: { readonly lo: number; readonly hi: number };
}

/**
 * Which label a row belongs to: by descent of its process from a root of the label, or else by a row rule and time. Rows
 * that a rule takes count for a process of their own, apart from the rest of the daemon that made them.
 */
export class LabelMatch {
  private readonly roots = new PairTable();
  private readonly labelOfRoot: number[] = [];
  private readonly timed: readonly TimedLabel[];

  constructor(labels: readonly Label[]) {
    labels.forEach((label, i) => {
      for (const { proc } of label.roots) {
        const at = this.roots.insert(Number(BigInt(proc) & 0xffff_ffffn), Number(BigInt(proc) >> 32n));
        this.labelOfRoot[at] ??= i;
      }
    });
    this.timed = labels
      .map(({ rows, started, ended }, lo) => {
        return { rules: rows, from: parseTime(started)!, to: parseTime(ended)!, owner: { lo, hi: RULE_OWNER_HI } };
      })
      .filter(({ rules }) => rules.length > 0);
  }

  /** Ends trees at the roots of labels. */
  readonly cut = (process: ProcessFacts): boolean => this.roots.find(process.lo, process.hi) >= 0;

  /** The stand-in process of a row, for the rows that a rule takes. Reads strings only within a label's time. */
  owners(batch: Batch): (row: number) => { lo: number; hi: number } | undefined {
    const view = new SlotView(batch.slot);
    const times = view.values[col('ts')] as BigInt64Array;
    const text = (name: 'exe' | 'path' | 'saddr' | 'daddr', row: number) => batch.strings.text(view.codes(name)[row]!);
    const holds = (rule: RowRule, row: number) =>
      (rule.exe === undefined || text('exe', row) === rule.exe) &&
      (rule.remote === undefined || text('daddr', row) === rule.remote || text('saddr', row) === rule.remote) &&
      (rule.path === undefined || (text('path', row)?.startsWith(rule.path) ?? false));
    return (row) =>
      this.timed.find(
        ({ rules, from, to }) => times[row]! >= from && times[row]! <= to && rules.some((rule) => holds(rule, row)),
      )?.owner;
  }

  /** Whether a process only stands for the rows that a rule takes. */
  isStandIn(lo: number, hi: number): boolean {
    return hi === RULE_OWNER_HI && this.isOwner(lo);
  }

  /** Position of the label that a process, real or stand-in, belongs to; −1 for none. The nearest root decides. */
  labelOf(trees: ProcessTrees, lo: number, hi: number): number {
    if (this.isStandIn(lo, hi)) return lo;
    const self = trees.find(lo, hi);
    const chain = self === undefined ? [{ lo, hi }] : trees.ancestry(self);
    for (const process of chain) {
      const at = this.roots.find(process.lo, process.hi);
      if (at >= 0) return this.labelOfRoot[at]!;
    }
    return -1;
  }

  private isOwner(lo: number): boolean {
    return this.timed.some(({ owner }) => owner.lo === lo);
  }
}
