import { SlotView } from '../columnar/slot-view.js';
import type { AppendColumn } from '../duck/append.js';
import type { FixedType } from '../duck/sql-type.js';
import type { Batch } from '../tuple/batch.js';
import { COLUMNS, type ColumnType } from '../tuple/columns.js';
import { SLOT_ROWS } from '../tuple/slot.js';

/** SQL types of the event's columns; a dict is its code into `strings`. */
export const EVENT_SQL_TYPE: Readonly<Record<ColumnType, FixedType>> = {
  dict: 'UINTEGER',
  u16: 'USMALLINT',
  u32: 'UINTEGER',
  u64: 'UBIGINT',
  i32: 'INTEGER',
  ts: 'TIMESTAMPTZ',
  bool: 'BOOLEAN',
};

/** Where the rows of a batch stand. */
export interface BatchPlace {
  readonly batch: number;
  readonly run: number;
  readonly firstEvent: number;
  /** Position of the first row in its run. */
  readonly firstRow: number;
}

/** Fills 64-bit integers first, first + 1, … as halves, low first: bigints would cost an allocation each. */
export function fillSequence(halves: Uint32Array, first: number, count: number): void {
  for (let i = 0; i < count; i++) {
    halves[2 * i] = (first + i) >>> 0;
    halves[2 * i + 1] = Math.floor((first + i) / 2 ** 32);
  }
}

/** Memory for the columns that cannot be taken from the slot as they are, used again for each batch. */
export class EventColumns {
  private readonly events = new Uint32Array(2 * SLOT_ROWS);
  private readonly rows = new Uint32Array(2 * SLOT_ROWS);
  private readonly runs = new Int32Array(SLOT_ROWS);
  private readonly batches = new Int32Array(SLOT_ROWS);
  private readonly codes = COLUMNS.map((c) => new Uint32Array(c.type === 'dict' ? SLOT_ROWS : 0));
  private readonly flags = COLUMNS.map((c) => new Uint8Array(c.type === 'bool' ? SLOT_ROWS : 0));

  /** Columns of event_rows for a batch, valid until the next call. @param globals of `Strings.codesOf` */
  of(batch: Batch, place: BatchPlace, globals: Uint32Array): AppendColumn[] {
    const view = new SlotView(batch.slot);
    const { rows } = batch;
    fillSequence(this.events, place.firstEvent, rows);
    fillSequence(this.rows, place.firstRow, rows);
    this.runs.fill(place.run, 0, rows);
    this.batches.fill(place.batch, 0, rows);
    return [
      { type: 'BIGINT', values: this.events },
      { type: 'INTEGER', values: this.runs },
      { type: 'INTEGER', values: this.batches },
      { type: 'BIGINT', values: this.rows },
      ...COLUMNS.map((column, i) => this.column(column.type, i, view, globals, rows)),
    ];
  }

  private column(type: ColumnType, i: number, view: SlotView, globals: Uint32Array, rows: number): AppendColumn {
    const sql = EVENT_SQL_TYPE[type];
    const valid = view.validity[i]!;
    const values = view.values[i]!;
    if (type === 'dict') {
      const codes = this.codes[i]!;
      for (let r = 0; r < rows; r++) codes[r] = globals[values[r] as number]!;
      return { type: sql, values: codes, valid };
    }
    if (type === 'bool') {
      const bits = values as Uint8Array;
      const flags = this.flags[i]!;
      for (let r = 0; r < rows; r++) flags[r] = (bits[r >> 3]! >> (r & 7)) & 1;
      return { type: sql, values: flags, valid };
    }
    return { type: sql, values, valid };
  }
}
