import { SlotView } from '../columnar/slot-view.js';
import { FLAG } from '../score/calibrated-p.js';
import type { Batch } from '../tuple/batch.js';
import { type ColumnName, col } from '../tuple/columns.js';
import type { LearnedDimensions } from './learned-dimensions.js';

/** Rows of a kind of source that was never learned, as the report has them. */
export interface ForeignReport {
  /** Of the rows scored, those that know a column no learned event knew, or lack one that every learned event knew. */
  readonly rows: number;
  readonly scored: number;
  /** Columns known here and never in what was learned, and those known always there and not here. */
  readonly known: readonly ColumnName[];
  readonly lacking: readonly ColumnName[];
}

/**
 * Counts rows that know other dimensions than the learned events did: flows beside syscalls. Their scores say how new the
 * source is, not what happened.
 */
export class ForeignRows {
  private rows = 0;
  private scored = 0;
  private readonly known = new Set<ColumnName>();
  private readonly lacking = new Set<ColumnName>();

  constructor(private readonly learned: LearnedDimensions) {}

  /** O(rows × columns that were never or always known). @param flags of the batch's scores */
  observe(batch: Batch, flags: Uint8Array): void {
    const view = new SlotView(batch.slot);
    for (let row = 0; row < batch.rows; row++) {
      if (flags[row]! & FLAG.unscored) continue;
      this.scored++;
      const isKnown = (name: ColumnName) => view.isValid(col(name), row);
      const known = this.learned.never.filter(isKnown);
      const lacking = this.learned.always.filter((name) => !isKnown(name));
      if (known.length + lacking.length === 0) continue;
      this.rows++;
      for (const name of known) this.known.add(name);
      for (const name of lacking) this.lacking.add(name);
    }
  }

  get report(): ForeignReport {
    const { rows, scored, known, lacking } = this;
    return { rows, scored, known: [...known].sort(), lacking: [...lacking].sort() };
  }
}
