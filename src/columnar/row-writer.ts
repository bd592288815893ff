import { QuinceError } from '../errors/quince-error.js';
import { COLUMNS, type Column, col } from '../tuple/columns.js';
import { SLOT_HEADER, SLOT_ROWS, SLOT_STATE } from '../tuple/slot.js';
import { SlotView } from './slot-view.js';
import type { StringTable } from './string-table.js';
import { NOT_AN_ADDRESS, TextCoder } from './text-coder.js';

const TRUNCATED = col('truncated');
const WIDE: readonly boolean[] = COLUMNS.map((c) => c.type === 'u64' || c.type === 'ts');
const BOOL: readonly boolean[] = COLUMNS.map((c) => c.type === 'bool');

/**
 * Writes rows into one slot. The slot is cleared first, so that equal rows are equal bytes whatever the slot held
 * before. The caller sees to it that rows stay below SLOT_ROWS and that the table has room (`StringTable.hasRoom`).
 */
export class RowWriter {
  readonly view: SlotView;
  readonly coder: TextCoder;

  /** Clears the slot: about 0.2 ms. A coder made for the same table may be handed on from slot to slot. */
  constructor(
    readonly slot: SharedArrayBuffer,
    readonly table: StringTable,
    coder: TextCoder = new TextCoder(table),
  ) {
    new Uint8Array(slot).fill(0);
    this.coder = coder;
    this.view = new SlotView(slot);
    this.view.header[SLOT_HEADER.state] = SLOT_STATE.filling;
  }

  /** Writes a text, null when undefined or empty. False, with null written, when an address column gets no address. */
  setText(column: number, row: number, text: string | undefined): boolean {
    if (text === undefined) return true;
    const code = this.coder.code((COLUMNS[column] as Column).strings!, text);
    if (code === NOT_AN_ADDRESS) return false;
    if (this.coder.cut) this.setNumber(TRUNCATED, row, 1);
    this.setCode(column, row, code);
    return true;
  }

  /** Writes a code of the table; 0 is null. */
  setCode(column: number, row: number, code: number): void {
    if (code === 0) return;
    this.view.values[column]![row] = code;
    this.setValid(column, row);
  }

  /** Writes a number that the column can hold (checked by the source); undefined is null. */
  setNumber(column: number, row: number, value: number | bigint | undefined): void {
    if (value === undefined) return;
    const values = this.view.values[column]!;
    if (WIDE[column]) values[row] = BigInt(value);
    else if (BOOL[column]) {
      if (Number(value) !== 0) (values as Uint8Array)[row >> 3]! |= 1 << (row & 7);
    } else values[row] = Number(value);
    this.setValid(column, row);
  }

  /** Publishes `rows` rows. The slot then belongs to whoever reads it. */
  finish(rows: number): void {
    if (rows > SLOT_ROWS) throw new QuinceError('INTERNAL', `slot requires at most ${SLOT_ROWS} rows, got ${rows}`);
    const header = this.view.header;
    header[SLOT_HEADER.rows] = rows;
    header[SLOT_HEADER.strings] = this.table.count;
    header[SLOT_HEADER.epoch] = this.table.epoch;
    header[SLOT_HEADER.state] = SLOT_STATE.full;
  }

  private setValid(column: number, row: number): void {
    this.view.validity[column]![row >> 3]! |= 1 << (row & 7);
  }
}
