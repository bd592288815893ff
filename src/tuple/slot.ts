import { COLUMNS, type ColumnType } from './columns.js';

/**
 * The slot: one SharedArrayBuffer that holds a batch of events column by column, filled by a source (in TypeScript or
 * by the native reader thread) and wrapped by Arrow without a copy.
 *
 *   0        64                                                            SLOT_BYTES
 *   ├ header ┼ validity of column 0 ┼ values of column 0 ┼ validity of 1 ┼ … ┤
 *
 * Validity is Arrow's: bit i of byte i/8, 1 = present. Values are little-endian, every area starts at a multiple of 64.
 * A null dict has code 0, any other null value is 0, so that equal batches are equal bytes.
 */
export const SLOT_ROWS = 8192;
export const SLOT_HEADER_BYTES = 64;

/** Int32 words of the header. */
export const SLOT_HEADER = {
  /** SLOT_STATE of the slot. */
  state: 0,
  /** Rows filled. */
  rows: 1,
  /** Entries of the string table that these rows may refer to. */
  strings: 2,
  /** Epoch of that string table. */
  epoch: 3,
} as const;

export const SLOT_STATE = { free: 0, filling: 1, full: 2 } as const;

export const WIDTH: Readonly<Record<ColumnType, number>> = {
  dict: 4,
  u16: 2,
  u32: 4,
  u64: 8,
  i32: 4,
  ts: 8,
  bool: 1 / 8,
};

export interface ColumnArea {
  /** Byte offset of the validity bitmap. */
  readonly validity: number;
  /** Byte offset of the values. */
  readonly values: number;
}

const align = (n: number) => Math.ceil(n / 64) * 64;

function layOut(): { areas: ColumnArea[]; bytes: number } {
  const areas: ColumnArea[] = [];
  let at = SLOT_HEADER_BYTES;
  for (const column of COLUMNS) {
    const validity = at;
    at = align(at + SLOT_ROWS / 8);
    const values = at;
    at = align(at + SLOT_ROWS * WIDTH[column.type]);
    areas.push({ validity, values });
  }
  return { areas, bytes: at };
}

const layout = layOut();

/** Areas by column position. */
export const SLOT_AREAS: readonly ColumnArea[] = layout.areas;
export const SLOT_BYTES: number = layout.bytes;
