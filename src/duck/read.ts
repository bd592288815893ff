import type { DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { QuinceError } from '../errors/quince-error.js';
import { api } from './api.js';
import { DUCKDB_TYPE, type FixedType, SQL_WIDTH } from './sql-type.js';

const { DuckDBBlobValue, DuckDBTimestampTZValue } = api;

/** What a statement takes. Dates are microsecond-exact as bigint of UTC microseconds cast in SQL. */
export type Parameter = string | number | bigint | boolean | null | Uint8Array | Date;
export type Parameters = readonly Parameter[] | Readonly<Record<string, Parameter>>;

/** A row as JavaScript values: numbers, bigints, strings, booleans, null, Uint8Array. */
export type Row = Record<string, Cell>;
export type Cell = string | number | bigint | boolean | null | Uint8Array | readonly Cell[];

function toDuck(value: Parameter): DuckDBValue {
  if (value instanceof Uint8Array) return new DuckDBBlobValue(value);
  if (value instanceof Date) return new DuckDBTimestampTZValue(BigInt(value.getTime()) * 1000n);
  return value;
}

export function bindings(parameters: Parameters | undefined): DuckDBValue[] | Record<string, DuckDBValue> | undefined {
  if (parameters === undefined) return undefined;
  if (Array.isArray(parameters)) return (parameters as readonly Parameter[]).map(toDuck);
  return Object.fromEntries(Object.entries(parameters).map(([k, v]) => [k, toDuck(v as Parameter)]));
}

function toCell(value: DuckDBValue): Cell {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBTimestampTZValue) return value.micros;
  if ('items' in value && Array.isArray(value.items)) return value.items.map(toCell);
  return String(value);
}

/** Rows of a result, a chunk at a time. A TIMESTAMPTZ comes as a bigint of UTC microseconds. */
export async function* readRows(result: DuckDBResult): AsyncGenerator<Row> {
  const names = result.deduplicatedColumnNames();
  for await (const chunk of result) {
    for (let r = 0; r < chunk.rowCount; r++) {
      yield Object.fromEntries(names.map((name, c) => [name, toCell(chunk.getColumnVector(c).getItem(r))]));
    }
  }
}

/** Some rows of a result, column by column; cells as in `Row`. */
export interface Chunk {
  readonly rows: number;
  readonly columns: readonly (readonly Cell[])[];
}

/** A result by its chunks: of many rows this costs a fraction of `readRows`. */
export async function* readChunks(result: DuckDBResult): AsyncGenerator<Chunk> {
  for await (const chunk of result) {
    const columns = Array.from({ length: result.columnCount }, (_, c) =>
      chunk.getColumnVector(c).toArray().map(toCell),
    );
    yield { rows: chunk.rowCount, columns };
  }
}

/** Columns as bytes, in the order asked; `bytes` holds rows × width, little-endian. */
export interface ColumnBytes {
  readonly rows: number;
  readonly columns: readonly Uint8Array<ArrayBuffer>[];
}

/**
 * The result of a query of fixed-width columns without nulls as bytes to lay typed arrays over (each starts at offset 0
 * of its own buffer). Costs two copies of the result at most.
 */
export async function readColumns(
  sql: string,
  result: DuckDBResult,
  types: readonly FixedType[],
): Promise<ColumnBytes> {
  checkTypes(sql, result, types);
  const parts: Uint8Array[][] = types.map(() => []);
  let rows = 0;
  for await (const chunk of result) {
    const count = chunk.rowCount;
    for (let c = 0; c < types.length; c++) {
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, c);
      parts[c]!.push(duckdb.vector_get_data(vector, count * SQL_WIDTH[types[c]!]));
    }
    rows += count;
  }
  return { rows, columns: parts.map((p, c) => join(p, rows * SQL_WIDTH[types[c]!])) };
}

function checkTypes(sql: string, result: DuckDBResult, types: readonly FixedType[]): void {
  const got = result.columnTypes().map((t) => t.typeId);
  const want = types.map((t) => DUCKDB_TYPE[t].typeId);
  if (got.length !== want.length || got.some((t, i) => t !== want[i])) {
    const held = result.columnTypes().join(', ');
    throw new QuinceError('INTERNAL', `query ${JSON.stringify(sql)} requires types ${types.join(', ')}, got ${held}`);
  }
}

function join(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
