import type { DuckDBConnection } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { QuinceError } from '../errors/quince-error.js';
import { api } from './api.js';
import { DUCKDB_TYPE, type FixedType, SQL_WIDTH, type SqlType } from './sql-type.js';

const { DuckDBBlobValue, DuckDBDataChunk } = api;

/** A column of fixed-width values; `valid` is Arrow's bitmap (bit 1 = present), absent when nothing is null. */
export interface FixedColumn {
  readonly type: FixedType;
  readonly values: ArrayBufferView;
  readonly valid?: Uint8Array | undefined;
}

export interface TextColumn {
  readonly type: 'VARCHAR';
  readonly values: readonly (string | null)[];
}

export interface BlobColumn {
  readonly type: 'BLOB';
  readonly values: readonly (Uint8Array | null)[];
}

export type AppendColumn = FixedColumn | TextColumn | BlobColumn;

/** Rows of a DuckDB vector. */
const CHUNK_ROWS = 2048;
const staging = new Uint8Array(CHUNK_ROWS * 8);
const bitmap = new Uint8Array(CHUNK_ROWS / 8);

/**
 * Appends rows column by column: typed arrays are copied as bytes, no object is made for a cell. The columns must be
 * the table's, in its order and types. Inside a transaction the rows belong to it. Flushing holds the thread.
 */
export async function appendColumns(
  connection: DuckDBConnection,
  table: string,
  columns: readonly AppendColumn[],
  rows: number,
): Promise<void> {
  for (const column of columns) checkLength(table, column, rows);
  const appender = await connection.createAppender(table);
  try {
    const chunk = DuckDBDataChunk.create(columns.map((c) => DUCKDB_TYPE[c.type]));
    for (let from = 0; from < rows; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, rows - from);
      chunk.reset();
      chunk.rowCount = count;
      for (let i = 0; i < columns.length; i++) fill(chunk, i, columns[i]!, from, count);
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

function isFixed(column: AppendColumn): column is FixedColumn {
  return ArrayBuffer.isView(column.values);
}

function checkLength(table: string, column: AppendColumn, rows: number): void {
  const held = isFixed(column) ? column.values.byteLength / SQL_WIDTH[column.type] : column.values.length;
  const bits = isFixed(column) && column.valid !== undefined ? column.valid.length * 8 : rows;
  if (held < rows || bits < rows) {
    const what = `${column.type} column appended to ${table}`;
    throw new QuinceError('INTERNAL', `${what} requires ${rows} values, got ${Math.min(held, bits)}`);
  }
}

function fill(
  chunk: InstanceType<typeof DuckDBDataChunk>,
  i: number,
  column: AppendColumn,
  from: number,
  count: number,
): void {
  if (isFixed(column)) {
    const vector = duckdb.data_chunk_get_vector(chunk.chunk, i);
    fillValues(vector, column.values, SQL_WIDTH[column.type], from, count);
    if (column.valid !== undefined) fillValidity(vector, column.valid, from, count);
    return;
  }
  const part = column.values.slice(from, from + count);
  chunk.setColumnValues(
    i,
    part.map((v) => (v instanceof Uint8Array ? new DuckDBBlobValue(v) : v)),
  );
}

/** The binding refuses shared memory, so that is copied twice; both copies stay in the cache. */
function fillValues(vector: duckdb.Vector, values: ArrayBufferView, width: number, from: number, count: number): void {
  const at = values.byteOffset + from * width;
  const bytes = count * width;
  if (values.buffer instanceof ArrayBuffer) {
    duckdb.copy_data_to_vector(vector, 0, values.buffer, at, bytes);
  } else {
    staging.set(new Uint8Array(values.buffer, at, bytes));
    duckdb.copy_data_to_vector(vector, 0, staging.buffer, 0, bytes);
  }
}

function fillValidity(vector: duckdb.Vector, valid: Uint8Array, from: number, count: number): void {
  const bytes = Math.ceil(count / 8);
  bitmap.fill(0);
  bitmap.set(valid.subarray(from / 8, from / 8 + bytes));
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, bitmap.buffer, 0, bitmap.length);
}

/** Types of a table's columns in the words of SQL, by which callers build their columns. */
export type TableShape = Readonly<Record<string, SqlType>>;
