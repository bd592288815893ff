import { copyBits, setBits } from '../columnar/copy-bits.js';
import type { EventColumn, EventColumns } from '../columnar/event-columns.js';
import type { RowWriter } from '../columnar/row-writer.js';
import { COLUMNS, type Column, col } from '../tuple/columns.js';
import { SLOT_ROWS } from '../tuple/slot.js';
import { END_TIME_US } from '../tuple/time.js';
import { CodeMap, ODD } from './code-map.js';

const columns: readonly Column[] = COLUMNS;
const DICT = columns.flatMap((c, i) => (c.type === 'dict' ? [i] : []));
const OTHER = columns.flatMap((c, i) => (c.type === 'dict' ? [] : [i]));
const SYSCALL = DICT.indexOf(col('syscall'));
const TS = col('ts');
const PROC = col('proc');
const PID = col('pid');

const isValid = (column: EventColumn | undefined, row: number) =>
  column !== undefined &&
  !column.isEmpty &&
  (column.validity === undefined || ((column.validity[row >> 3]! >> (row & 7)) & 1) === 1);

/**
 * Copies rows of Quince's own streams into slots: codes are mapped once a dictionary entry, numbers are copied by
 * column. A row that needs a second look (no time, an unknown syscall, a text too long, a code outside the dictionary,
 * no process instance) is left to the checked path.
 */
export class EventCopier {
  private readonly map = new CodeMap();
  private readonly codes = new Uint32Array(DICT.length);

  copy(chunk: EventColumns, chunkRows: number, writer: RowWriter, at: number, from: number): number {
    const limit = Math.min(chunkRows - from, SLOT_ROWS - at);
    this.map.follow(chunk.dictionary, writer.coder);
    let count = 0;
    while (
      count < limit &&
      this.isPlain(chunk, from + count) &&
      this.copyTexts(chunk, from + count, writer, at + count)
    ) {
      count++;
      if (this.map.grew && !writer.table.hasRoom(DICT.length)) break;
    }
    if (count > 0) for (const c of OTHER) copyNumbers(chunk.columns[c], c, writer, at, from, count);
    return count;
  }

  private isPlain({ columns }: EventColumns, row: number): boolean {
    const ts = columns[TS]!;
    if (!isValid(ts, row)) return false;
    const us = ts.values[row] as bigint;
    if (us < 0n || us >= END_TIME_US) return false;
    return isValid(columns[PROC], row) || !isValid(columns[PID], row);
  }

  /** Maps all codes of a row before it writes the first, so that an odd row leaves nothing behind. */
  private copyTexts({ columns }: EventColumns, row: number, writer: RowWriter, at: number): boolean {
    for (let i = 0; i < DICT.length; i++) {
      const column = columns[DICT[i]!];
      const code = isValid(column, row) ? this.map.code(i, column!.values[row] as number) : 0;
      if (code === ODD) return false;
      this.codes[i] = code;
    }
    if (this.codes[SYSCALL] === 0) return false;
    for (let i = 0; i < DICT.length; i++) writer.setCode(DICT[i]!, at, this.codes[i]!);
    return true;
  }
}

function copyNumbers(
  column: EventColumn | undefined,
  position: number,
  writer: RowWriter,
  at: number,
  from: number,
  count: number,
): void {
  if (column === undefined || column.isEmpty) return;
  const validity = writer.view.validity[position]!;
  const values = writer.view.values[position]!;
  if (column.validity === undefined) setBits(validity, at, count);
  else copyBits(column.validity, from, validity, at, count);
  if (columns[position]!.type === 'bool') {
    copyBits(column.values as Uint8Array, from, values as Uint8Array, at, count);
    if (column.validity === undefined) return;
    const bits = values as Uint8Array;
    for (let i = at; i < at + count; i++) {
      if (((validity[i >> 3]! >> (i & 7)) & 1) === 0) bits[i >> 3]! &= ~(1 << (i & 7));
    }
    return;
  }
  values.set((column.values as Uint32Array).subarray(from, from + count) as never, at);
  if (column.validity === undefined) return;
  const zero = (typeof values[0] === 'bigint' ? 0n : 0) as never;
  for (let i = at; i < at + count; i++) if (((validity[i >> 3]! >> (i & 7)) & 1) === 0) values[i] = zero;
}
