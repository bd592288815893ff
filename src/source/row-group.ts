import type { RowWriter } from '../columnar/row-writer.js';
import type { BadReason, RowValues } from './cell-value.js';

/**
 * Some rows of an input, in order, as a format decodes them: one at a time with checks, or, for Quince's own Arrow
 * streams, many at once.
 */
export interface RowGroup {
  readonly rows: number;
  /** Id of the batch that these rows are, in a stream that says so. */
  readonly batchId?: string | undefined;
  /** Fills the values of a row (all undefined before), or says why it is none. */
  fill(row: number, into: RowValues): BadReason | undefined;
  /** Number of a row's line in the input, from 1, in formats that have lines. */
  line?(row: number): number;
  /**
   * Copies rows from `from` on behind the `at` rows of the writer, and returns how many; 0 when the row at `from` needs
   * `fill`. Ends early when the slot or the string table is full.
   */
  copy?(writer: RowWriter, at: number, from: number): number;
}

/** Reads one format; ends with the input or throws a QuinceError after the last group that could be read. */
export type RowReader = AsyncIterable<RowGroup>;

/** Counts column names that the schema does not have, each once, and at most so many. */
export class UnknownColumns {
  private readonly seen = new Set<string>();

  constructor(private readonly bad: Record<string, number>) {}

  add(name: string): void {
    const key = name.slice(0, 256);
    if (this.seen.size >= 1024 || this.seen.has(key)) return;
    this.seen.add(key);
    this.bad.unknown_column = this.seen.size;
  }
}
