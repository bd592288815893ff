import { escapeControl } from '../../tuple/escape.js';

/** Rows read before the widths are fixed. */
const MEASURED = 500;
const WIDEST = 60;
const NUMBER = /^(?:-?[\d,]+(?:\.\d+)?(?:e[+-]?\d+)?)?$/;

/**
 * Lays out rows in columns while they stream: widths come from the first rows, a wider text after them shifts its own
 * line only, and nothing is cut. Columns of numbers are aligned to the right. Cells are escaped by the caller; names of columns are escaped here.
 */
export class TextTable {
  private readonly head: string[];
  private waiting: string[][] = [];
  private widths: number[] | undefined;
  private numeric: boolean[] = [];

  constructor(columns: readonly string[]) {
    this.head = columns.map((name) => escapeControl(name));
  }

  /** Text that is ready to be written, often none. */
  add(row: string[]): string {
    this.waiting.push(row);
    return this.waiting.length >= MEASURED ? this.rest() : '';
  }

  /** Text of all rows that wait. */
  rest(): string {
    const rows = this.widths === undefined ? [this.head, ...this.waiting] : this.waiting;
    if (this.widths === undefined) {
      this.numeric = this.head.map((_, c) => this.waiting.every((row) => NUMBER.test(row[c] ?? '')));
    }
    this.widths ??= this.head.map((_, c) => {
      return rows.reduce((width, row) => Math.max(width, Math.min(WIDEST, row[c]?.length ?? 0)), 0);
    });
    const { widths, numeric } = this;
    this.waiting = [];
    return rows
      .map(
        (row) =>
          `${row
            .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
            .join('  ')
            .trimEnd()}\n`,
      )
      .join('');
  }
}
