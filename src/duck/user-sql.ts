import type { DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';
import { checkAllowed, syntaxTree } from './allowed-sql.js';
import { api } from './api.js';
import type { Duck } from './duck.js';
import { messageOf } from './failure.js';
import { type JsonValue, jsonValue } from './json-value.js';
import { bindings, type Parameters } from './read.js';

const { StatementType } = api;

export interface UserSqlOptions {
  /** Named ($name) or positional parameters. */
  readonly parameters?: Parameters;
  /** Rows after which the result is cut. */
  readonly rowLimit?: number;
  /** Milliseconds until all rows are computed. */
  readonly timeLimitMs?: number;
  /** Tables that no statement may read, in lower case. */
  readonly closed?: readonly string[];
}

export const DEFAULT_ROW_LIMIT = 100_000;
export const DEFAULT_TIME_LIMIT_MS = 60_000;

/** The answer to a user, in memory up to the row limit. */
export interface UserQuery {
  /** Made distinct where the statement repeats one. */
  readonly columns: readonly string[];
  /** Rows as JSON-safe values in the order of the columns, once; they may be left at any row. */
  rows(): AsyncGenerator<JsonValue[]>;
  /** True once `rows` has ended at the row limit with rows left. */
  readonly truncated: boolean;
  /** Frees the rows that were not read. */
  close(): void;
}

/**
 * Runs one SELECT of a user in a read-only transaction on a connection of its own, under a row and a time limit. Files
 * and settings are closed by how the database was opened. The rows are computed at once and not streamed: see `Duck`.
 * @throws QuinceError BAD_SQL for everything that is not one SELECT, that fails, takes too long or too much memory
 */
export async function userSql(duck: Duck, sql: string, options: UserSqlOptions = {}): Promise<UserQuery> {
  const { rowLimit = DEFAULT_ROW_LIMIT, timeLimitMs = DEFAULT_TIME_LIMIT_MS } = options;
  const connection = await duck.connect();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.interrupt();
  }, timeLimitMs);
  try {
    await connection.run('BEGIN TRANSACTION READ ONLY');
    const result = await runLimited(connection, sql, rowLimit, options);
    if (late) throw new Error('interrupted');
    return new Answer(result, rowLimit);
  } catch (cause) {
    throw late ? tooLate(timeLimitMs, cause) : badSql(cause);
  } finally {
    clearTimeout(timer);
    connection.closeSync();
  }
}

class Answer implements UserQuery {
  readonly columns: readonly string[];
  truncated = false;
  private result: DuckDBResult | undefined;

  constructor(
    result: DuckDBResult,
    private readonly rowLimit: number,
  ) {
    this.result = result;
    this.columns = result.deduplicatedColumnNames();
  }

  async *rows(): AsyncGenerator<JsonValue[]> {
    let left = this.rowLimit;
    for await (const chunk of this.result ?? []) {
      for (let r = 0; r < chunk.rowCount; r++) {
        if (left-- === 0) {
          this.truncated = true;
          return;
        }
        yield this.columns.map((_, c) => jsonValue(chunk.getColumnVector(c).getItem(r)));
      }
    }
  }

  close(): void {
    this.result = undefined;
  }
}

/** The syntax tree decides; the statement type that DuckDB itself prepared is asked once more. */
async function runLimited(
  connection: DuckDBConnection,
  sql: string,
  rowLimit: number,
  { parameters, closed }: UserSqlOptions,
): Promise<DuckDBResult> {
  await checkAllowed(connection, sql, closed);
  // One row more than the limit tells whether there are more.
  const statements = await connection.extractStatements(await withLimit(connection, sql, rowLimit + 1));
  if (statements.count !== 1) {
    throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${statements.count} statements`);
  }
  const statement = await statements.prepare(0);
  if (statement.statementType !== StatementType.SELECT) {
    const kind = StatementType[statement.statementType] ?? 'another kind';
    throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${kind}`);
  }
  if (parameters !== undefined) statement.bind(bindings(parameters) as Record<string, DuckDBValue>);
  return statement.run();
}

/** The SELECT inside one with a limit. What ends it (a semicolon, comments behind one) cannot stand inside. */
async function withLimit(connection: DuckDBConnection, sql: string, rows: number): Promise<string> {
  for (const select of [sql, sql.replace(/[;\s]+$/, '')]) {
    const wrapped = `SELECT * FROM (${select}\n) LIMIT ${rows}`;
    if ((await syntaxTree(connection, wrapped)).error === false) return wrapped;
  }
  const reader = await connection.runAndReadAll('SELECT json_deserialize_sql(json_serialize_sql(?::VARCHAR))', [sql]);
  return `SELECT * FROM (${String(reader.getRows()[0]?.[0])}) LIMIT ${rows}`;
}

function tooLate(timeLimitMs: number, cause: unknown): QuinceError {
  return new QuinceError('BAD_SQL', `statement requires an end within ${timeLimitMs} ms, got none`, { cause });
}

function badSql(cause: unknown): QuinceError {
  if (cause instanceof QuinceError) return cause;
  // DuckDB ends with the line that failed, which is not the user's: the statement stands inside another.
  const message = messageOf(cause).replace(/ LINE \d+: .*$/, '');
  return new QuinceError('BAD_SQL', `statement requires SQL that DuckDB can run, got: ${message}`, { cause });
}
