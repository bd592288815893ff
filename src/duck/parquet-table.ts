import { QuinceError } from '../errors/quince-error.js';
import type { AppendColumn } from './append.js';
import { messageOf } from './failure.js';
import { open } from './open.js';
import { pattern } from './parquet.js';
import type { Row } from './read.js';
import { identifier, literal } from './sql-text.js';
import type { FixedType } from './sql-type.js';

/** Name and type of each column, in order. */
export type TableSchema = Readonly<Record<string, FixedType | 'VARCHAR'>>;

/** Columns of a table by name: bytes to lay typed arrays over (each a buffer of its own), or texts. */
export interface TableColumns {
  readonly rows: number;
  readonly bytes: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

const MOST_TEXT_BYTES = 2 ** 29;

/** Writes a table in the order of its rows; the same rows are the same bytes. The file must not exist. */
export async function writeParquetTable(
  path: string,
  columns: Readonly<Record<string, AppendColumn>>,
  rows: number,
): Promise<void> {
  const duck = await open(':memory:', { externalAccess: true, threads: 1 });
  try {
    const fields = Object.entries(columns).map(([name, { type }]) => `${identifier(name)} ${type} NOT NULL`);
    await duck.run(`CREATE TABLE rows (${fields.join(', ')})`);
    await duck.append('rows', Object.values(columns), rows);
    await duck.run(`COPY rows TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    await duck.close();
  }
}

/**
 * Reads a table that somebody else may have made: its columns must be those of the schema, in number, order and type,
 * without nulls, and no more rows than `limit`, which is asked before any is read.
 * @throws BAD_MODEL
 */
export async function readParquetTable(path: string, schema: TableSchema, limit: number): Promise<TableColumns> {
  const duck = await open(':memory:', { externalAccess: true, threads: 1 });
  const file = `read_parquet(${literal(pattern(path))}, hive_partitioning = false)`;
  const names = Object.keys(schema);
  try {
    const [meta] = await duck.all(
      `SELECT sum(num_rows)::DOUBLE AS n FROM parquet_file_metadata(${literal(pattern(path))})`,
    );
    const rows = Number(meta?.n);
    if (!(rows <= limit)) throw bad(path, `at most ${limit} rows`, `${rows}`);
    const got = (await duck.all(`DESCRIBE SELECT * FROM ${file}`)).map((f) => `${f.column_name} ${f.column_type}`);
    const want = names.map((name) => `${name} ${schema[name]}`);
    if (got.join(', ') !== want.join(', ')) throw bad(path, `the columns ${want.join(', ')}`, got.join(', '));
    const absent = names.map((name) => `count(*) - count(${identifier(name)})`).join(' + ');
    const [counted] = await duck.all(`SELECT (${absent})::DOUBLE AS nulls, count(*)::DOUBLE AS n FROM ${file}`);
    if (counted?.nulls !== 0) throw bad(path, 'no nulls', `${counted?.nulls}`);
    if (counted.n !== rows) throw bad(path, `${rows} readable rows`, `${counted.n}`);
    const fixed = names.filter((name) => schema[name] !== 'VARCHAR');
    const { columns } = await duck.columns(
      `SELECT ${fixed.map(identifier).join(', ')} FROM ${file}`,
      fixed.map((name) => schema[name] as FixedType),
    );
    const words = names.filter((name) => schema[name] === 'VARCHAR');
    for (const name of words) {
      const [size] = await duck.all(`SELECT coalesce(sum(strlen(${identifier(name)})), 0)::DOUBLE AS n FROM ${file}`);
      if (!(Number(size?.n) <= MOST_TEXT_BYTES))
        throw bad(path, `at most ${MOST_TEXT_BYTES} bytes of text`, `${size?.n}`);
    }
    const texts: Record<string, string[]> = {};
    for (const name of words) texts[name] = await textsOf(duck.rows(`SELECT ${identifier(name)} AS text FROM ${file}`));
    return { rows, bytes: Object.fromEntries(fixed.map((name, i) => [name, columns[i]!])), texts };
  } catch (cause) {
    if (cause instanceof QuinceError && cause.code === 'BAD_MODEL') throw cause;
    throw bad(path, 'a whole Parquet file', messageOf(cause), cause);
  } finally {
    await duck.close();
  }
}

async function textsOf(rows: AsyncIterable<Row>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of rows) texts.push(String(text));
  return texts;
}

function bad(path: string, rule: string, got: string, cause?: unknown): QuinceError {
  return new QuinceError('BAD_MODEL', `${path} requires ${rule}, got ${got}`, { cause });
}
