import { resolve } from 'node:path';
import type { DuckDBResult } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';
import type { Duck } from './duck.js';
import { messageOf } from './failure.js';
import { open } from './open.js';
import { identifier, literal } from './sql-text.js';

/** Rows of a Parquet file, column by column: numbers, bigints, strings, booleans, lists of strings, null. */
export interface ParquetChunk {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, readonly unknown[]>;
}

interface Field {
  readonly name: string;
  readonly type: string;
}

const PLAIN =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|BOOLEAN|VARCHAR)$/;

/** What a column is read as; timestamps become bigint microseconds, all that is not plain its text. */
function expression(name: string, type: string): string {
  const column = identifier(name);
  if (PLAIN.test(type)) return column;
  if (type.startsWith('TIMESTAMP')) return `epoch_us(${column}) AS ${column}`;
  return type === 'VARCHAR[]' ? column : `CAST(${column} AS VARCHAR) AS ${column}`;
}

/** The file alone: characters that DuckDB would take for a pattern stand for themselves. */
export function pattern(path: string): string {
  return resolve(path).replace(/[*?[]/g, '[$&]');
}

function source(path: string): string {
  return `read_parquet(${literal(pattern(path))}, hive_partitioning = false)`;
}

function bad(path: string, cause: unknown): QuinceError {
  if (cause instanceof QuinceError && cause.code === 'BAD_INPUT') return cause;
  return new QuinceError('BAD_INPUT', `${path} requires a whole Parquet file, got: ${messageOf(cause)}`, { cause });
}

/**
 * Reads the wanted columns of a Parquet file in the order of its rows, with a database in memory of its own. Memory
 * stays bounded by row groups.
 * @param wanted tells which columns to read; it is asked once for every name.
 * @throws BAD_INPUT for what is no Parquet file or is damaged.
 */
export async function* readParquet(path: string, wanted: (name: string) => boolean): AsyncGenerator<ParquetChunk> {
  const duck = await open(':memory:', { externalAccess: true, threads: 1 });
  try {
    const fields = await duck.all(`DESCRIBE SELECT * FROM ${source(path)}`);
    const read = fields
      .map((field) => ({ name: String(field.column_name), type: String(field.column_type) }))
      .filter(({ name }) => wanted(name));
    if (read.length === 0) throw new QuinceError('BAD_INPUT', `${path} requires a column of the event, got none`);
    yield* readWhole(duck, path, read);
  } catch (cause) {
    throw bad(path, cause);
  } finally {
    await duck.close();
  }
}

/**
 * Streams the columns. A stream that fails half way ends like a complete one (DuckDB 1.5.6 for Node), so the rows are
 * compared with what the file says; one that is left keeps the file open, so it is read to its early end.
 */
async function* readWhole(duck: Duck, path: string, read: readonly Field[]): AsyncGenerator<ParquetChunk> {
  const [counted] = await duck.all(
    `SELECT sum(num_rows)::DOUBLE AS n FROM parquet_file_metadata(${literal(pattern(path))})`,
  );
  const connection = await duck.connect();
  let result: DuckDBResult | undefined;
  let rows = 0;
  try {
    const list = read.map(({ name, type }) => expression(name, type)).join(', ');
    result = await connection.stream(`SELECT ${list} FROM ${source(path)}`);
    for await (const chunk of result) {
      const columns = new Map<string, readonly unknown[]>();
      for (const [i, { name }] of read.entries()) columns.set(name, plain(chunk.getColumnVector(i).toArray()));
      rows += chunk.rowCount;
      yield { rows: chunk.rowCount, columns };
    }
    if (rows !== counted?.n) {
      throw new QuinceError('BAD_INPUT', `${path} requires ${counted?.n} readable rows, got ${rows}: it is damaged`);
    }
  } finally {
    connection.interrupt();
    while (((await result?.fetchChunk())?.rowCount ?? 0) > 0);
    connection.closeSync();
  }
}

/** Lists out of DuckDB's own wrapper. */
function plain(values: readonly unknown[]): readonly unknown[] {
  return values.map((value) =>
    typeof value === 'object' && value !== null && 'items' in value ? (value as { items: unknown }).items : value,
  );
}
