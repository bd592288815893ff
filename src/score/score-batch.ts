import { pairAt } from '../baseline/cells.js';
import { AtomReader, AtomVector, ROLE_ATOM } from '../baseline/factor/atoms.js';
import { hourOfWeek } from '../baseline/factor/hours.js';
import { addressInstance, isMeta, keepFiveTuple } from '../baseline/factor/learn.js';
import type { Constants, FactorView } from '../baseline/factor/spec.js';
import { PairTable } from '../baseline/pair-table.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { SlotView } from '../columnar/slot-view.js';
import { col } from '../tuple/columns.js';
import { H, mix } from '../tuple/hash.js';
import { hourOf } from '../tuple/time.js';
import { FLAG } from './calibrated-p.js';
import { rowUniform } from './row-uniform.js';
import { VectorScorer } from './vector-scorer.js';

/** Scores of a batch, by row. `by` holds `view.by.length` numbers a row that sum to its `bits`. */
export interface BatchScores {
  readonly bits: Float64Array;
  readonly lnP: Float64Array;
  /** Randomised p: uniform where calibration is honest. */
  readonly randomised: Float64Array;
  readonly by: Float64Array;
  readonly flags: Uint8Array;
  /** Row of the calibration group in the snapshot, −1 for none. */
  readonly group: Int32Array;
  /** How much its p counts as evidence: it counts as p^trust. */
  readonly trust: Float64Array;
  /** Process instance of each row (pairs), or what stands for one where the source knows none. */
  readonly instance: Uint32Array;
  /** Signature of each row (pairs): rows of one signature and hour have one score. */
  readonly signature: Uint32Array;
}

/** Scores batches of one view against one snapshot; keeps nothing between batches. */
export class BatchScorer {
  private readonly scorer: VectorScorer;

  /** @param metaHashes hashes of the syscalls no baseline learns */
  constructor(
    private readonly view: FactorView,
    private readonly constants: Constants,
    snapshot: Snapshot,
    private readonly metaHashes: Uint32Array,
  ) {
    this.scorer = new VectorScorer(view, constants, snapshot);
  }

  /** O(distinct signatures × factors) + O(rows). */
  score(slot: SharedArrayBuffer, rows: number, hashes: SharedArrayBuffer): BatchScores {
    const k = this.view.by.length;
    const out: BatchScores = {
      bits: new Float64Array(rows),
      lnP: new Float64Array(rows),
      randomised: new Float64Array(rows),
      by: new Float64Array(rows * k),
      flags: new Uint8Array(rows),
      group: new Int32Array(rows).fill(-1),
      trust: new Float64Array(rows).fill(1),
      instance: new Uint32Array(rows * 2),
      signature: new Uint32Array(rows * 2),
    };
    const reader = new AtomReader(slot, hashes);
    const slots = new SlotView(slot);
    const times = slots.values[col('ts')] as BigInt64Array;
    const procs = slots.halves('proc');
    const v = new AtomVector();
    const seen = new PairTable();
    const firstRow: number[] = [];
    const ends: number[] = [];
    for (let row = 0; row < rows; row++) {
      reader.read(row, v);
      if (isMeta(v, this.metaHashes) || (this.view.dims === 5 && !keepFiveTuple(v))) {
        out.flags[row] = FLAG.unscored;
        continue;
      }
      const known = slots.isValid(col('proc'), row);
      if (!known) addressInstance(v);
      out.instance[2 * row] = known ? procs[2 * row]! : H.lo;
      out.instance[2 * row + 1] = known ? procs[2 * row + 1]! : H.hi;
      v.signature();
      out.signature[2 * row] = H.lo;
      out.signature[2 * row + 1] = H.hi;
      const hour = slots.isValid(col('ts'), row) ? hourOfWeek(hourOf(times[row]!), this.constants.hour_zone) : -1;
      mix(H.lo, H.hi, hour, v.has[ROLE_ATOM] === 1 ? v.lo[ROLE_ATOM]! : 0);
      const size = seen.size;
      const s = seen.insert(H.lo, H.hi);
      if (s < size) copyRow(out, firstRow[s]!, row, k);
      else {
        firstRow.push(row);
        if (hour >= 0) v.setHour(hour);
        this.scoreRow(v, row, k, out);
        ends.push(this.scorer.randomised(0), this.scorer.randomised(1));
      }
      const u = rowUniform(pairAt(out.signature, row), pairAt(out.instance, row));
      out.randomised[row] = ends[2 * s]! + u * (ends[2 * s + 1]! - ends[2 * s]!);
    }
    return out;
  }

  private scoreRow(v: AtomVector, row: number, k: number, out: BatchScores): void {
    out.lnP[row] = this.scorer.lnP(v, pairAt(out.signature, row), out.by, row * k);
    out.bits[row] = this.scorer.bits;
    out.flags[row] = this.scorer.flags;
    out.group[row] = this.scorer.group;
    out.trust[row] = this.scorer.trust;
  }
}

function copyRow(out: BatchScores, from: number, to: number, k: number): void {
  out.bits[to] = out.bits[from]!;
  out.lnP[to] = out.lnP[from]!;
  out.flags[to] = out.flags[from]!;
  out.group[to] = out.group[from]!;
  out.trust[to] = out.trust[from]!;
  out.by.copyWithin(to * k, from * k, (from + 1) * k);
}
