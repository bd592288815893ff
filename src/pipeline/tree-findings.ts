import { PairTable } from '../baseline/pair-table.js';
import { FLAG } from '../score/calibrated-p.js';
import type { BatchScores } from '../score/score-batch.js';
import type { Batch } from '../tuple/batch.js';
import { toBigInt } from '../tuple/hash.js';
import { type EventIds, eventAt } from './event-ids.js';
import type { ProcessFacts, ProcessTrees } from './process-trees.js';

/** One row worth showing: the most anomalous of its signature. */
export interface RowScore {
  readonly row: number;
  readonly event: number;
  readonly bits: number;
  readonly lnP: number;
  readonly flags: number;
  /** Process instance. */
  readonly lo: number;
  readonly hi: number;
  /** Signature. */
  readonly sigLo: number;
  readonly sigHi: number;
}

/** A process tree with its score. */
export interface TreeScore {
  /** Process instance of the root. */
  readonly tree: bigint;
  readonly root: { readonly lo: number; readonly hi: number };
  /** min(0, smallest ln p in the tree + ln(distinct signatures)). */
  readonly lnP: number;
  readonly bits: number;
  readonly extrapolated: boolean;
  readonly signatures: number;
  readonly rows: number;
  /** The most anomalous rows, distinct by signature, best first. */
  readonly best: readonly RowScore[];
}

const KEPT_ROWS = 5;

interface ProcScore {
  rows: number;
  readonly signatures: PairTable;
  readonly best: RowScore[];
}

/** Gathers scores by process instance while batches pass, and by tree at the end, when all parents are known. */
export class TreeFindings {
  private readonly keys = new PairTable();
  private readonly procs: ProcScore[] = [];

  constructor(private readonly trees: ProcessTrees) {}

  /**
   * @param firstRow position of the batch's first row in the whole input
   * @param owner process a row counts for, when that is not its own
   * @param isLeftOut whether a row does not count
   */
  take(
    batch: Batch,
    scores: BatchScores,
    firstRow: number,
    events: EventIds,
    owner?: (row: number) => { lo: number; hi: number } | undefined,
    isLeftOut?: (row: number) => boolean,
  ): void {
    const { bits, lnP, flags, instance, signature } = scores;
    for (let row = 0; row < batch.rows; row++) {
      if (flags[row]! & FLAG.unscored || isLeftOut?.(row)) continue;
      const given = owner?.(row);
      const lo = given?.lo ?? instance[2 * row]!;
      const hi = given?.hi ?? instance[2 * row + 1]!;
      const i = this.keys.insert(lo, hi);
      if (i === this.procs.length) this.procs.push({ rows: 0, signatures: new PairTable(), best: [] });
      const proc = this.procs[i]!;
      proc.rows++;
      const sigLo = signature[2 * row]!;
      const sigHi = signature[2 * row + 1]!;
      const known = proc.signatures.size;
      // The same signature may score higher at another hour of the week.
      if (proc.signatures.insert(sigLo, sigHi) < known && lnP[row]! >= (proc.best.at(-1)?.lnP ?? 0)) continue;
      keepBest(proc.best, {
        row: firstRow + row,
        event: eventAt(events, row),
        bits: bits[row]!,
        lnP: lnP[row]!,
        flags: flags[row]!,
        lo,
        hi,
        sigLo,
        sigHi,
      });
    }
  }

  /** Scores of all trees, most anomalous first. */
  rank(cut?: (p: ProcessFacts) => boolean): TreeScore[] {
    const roots = new PairTable();
    const members: number[][] = [];
    for (let i = 0; i < this.procs.length; i++) {
      const root = this.trees.root(this.keys.keyLo[i]!, this.keys.keyHi[i]!, cut);
      const r = roots.insert(root.lo, root.hi);
      if (r === members.length) members.push([]);
      members[r]!.push(i);
    }
    const scores = members.map((list, r) => this.scoreTree({ lo: roots.keyLo[r]!, hi: roots.keyHi[r]! }, list));
    return scores.sort((a, b) => a.lnP - b.lnP || b.bits - a.bits || a.best[0]!.row - b.best[0]!.row);
  }

  private scoreTree(root: { lo: number; hi: number }, members: readonly number[]): TreeScore {
    const signatures = new PairTable();
    const best: RowScore[] = [];
    let rows = 0;
    for (const i of members) {
      const proc = this.procs[i]!;
      rows += proc.rows;
      for (let s = 0; s < proc.signatures.size; s++) {
        signatures.insert(proc.signatures.keyLo[s]!, proc.signatures.keyHi[s]!);
      }
      for (const row of proc.best) keepBest(best, row);
    }
    const top = best[0]!;
    return {
      tree: toBigInt(root.lo, root.hi),
      root,
      lnP: Math.min(0, top.lnP + Math.log(signatures.size)),
      bits: top.bits,
      extrapolated: (top.flags & FLAG.extrapolated) !== 0,
      signatures: signatures.size,
      rows,
      best,
    };
  }
}

/** Keeps the most anomalous rows, one a signature, in order: by ln p, then bits, then position. */
function keepBest(best: RowScore[], row: RowScore): void {
  const same = best.findIndex((b) => b.sigLo === row.sigLo && b.sigHi === row.sigHi);
  if (same >= 0) {
    if (!before(row, best[same]!)) return;
    best.splice(same, 1);
  }
  let at = best.length;
  while (at > 0 && before(row, best[at - 1]!)) at--;
  if (at >= KEPT_ROWS) return;
  best.splice(at, 0, row);
  best.length = Math.min(best.length, KEPT_ROWS);
}

function before(a: RowScore, b: RowScore): boolean {
  return a.lnP < b.lnP || (a.lnP === b.lnP && (a.bits > b.bits || (a.bits === b.bits && a.row < b.row)));
}
