import { type DuckDBPreparedStatement, type DuckDBValue, StatementType } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';
import { checkAllowed } from './allowed-sql.js';
import type { Duck } from './duck.js';
import { messageOf } from './failure.js';
import { type JsonValue, jsonValue } from './json-value.js';
import { bindings, type Parameters } from './read.js';
import type { Reader } from './reader.js';

export interface UserSqlOptions {
  /** Named ($name) or positional parameters. */
  readonly parameters?: Parameters;
  /** Rows after which the result is cut. */
  readonly rowLimit?: number;
  /** Milliseconds for the whole statement, reading of its rows included. */
  readonly timeLimitMs?: number;
}

export const DEFAULT_ROW_LIMIT = 100_000;
export const DEFAULT_TIME_LIMIT_MS = 60_000;

/** A running query of a user. `rows` is read once; whoever does not read it to the end calls `close`. */
export interface UserQuery {
  /** Made distinct where the statement repeats one. */
  readonly columns: readonly string[];
  /** Rows as JSON-safe values in the order of the columns. */
  rows(): AsyncGenerator<JsonValue[]>;
  /** True once `rows` has ended at the row limit with rows left. */
  readonly truncated: boolean;
  close(): Promise<void>;
}

/**
 * Runs one SELECT of a user in a read-only transaction on a connection of its own, under a row and a time limit. Files
 * and settings are closed by how the database was opened.
 * @throws QuinceError BAD_SQL for everything that is not one SELECT, that fails or takes too long
 */
export async function userSql(duck: Duck, sql: string, options: UserSqlOptions = {}): Promise<UserQuery> {
  const query = new LimitedQuery(await duck.reader(), options);
  try {
    await query.start(sql, options.parameters);
    return query;
  } catch (cause) {
    await query.close();
    throw query.failure(cause);
  }
}

class LimitedQuery implements UserQuery {
  columns: readonly string[] = [];
  truncated = false;
  private readonly rowLimit: number;
  private readonly timeLimitMs: number;
  private readonly timer: NodeJS.Timeout;
  private late = false;

  constructor(
    private readonly reader: Reader,
    options: UserSqlOptions,
  ) {
    this.rowLimit = options.rowLimit ?? DEFAULT_ROW_LIMIT;
    this.timeLimitMs = options.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
    this.timer = setTimeout(() => {
      this.late = true;
      reader.connection.interrupt();
    }, this.timeLimitMs);
  }

  async start(sql: string, parameters: Parameters | undefined): Promise<void> {
    await this.reader.connection.run('BEGIN TRANSACTION READ ONLY');
    const statement = await this.prepare(sql);
    if (parameters !== undefined) statement.bind(bindings(parameters) as Record<string, DuckDBValue>);
    const result = await this.reader.stream(statement.stream());
    this.columns = result.deduplicatedColumnNames();
  }

  async *rows(): AsyncGenerator<JsonValue[]> {
    let left = this.rowLimit;
    try {
      for await (const chunk of this.reader.chunks()) {
        for (let r = 0; r < chunk.rowCount; r++) {
          if (left-- === 0) {
            this.truncated = true;
            return;
          }
          yield this.columns.map((_, c) => jsonValue(chunk.getColumnVector(c).getItem(r)));
        }
        if (this.late) break;
      }
      // An interrupted stream ends like a complete one: only the timer knows.
      if (this.late) throw new Error('interrupted');
    } catch (cause) {
      throw this.failure(cause);
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    clearTimeout(this.timer);
    return this.reader.close();
  }

  failure(cause: unknown): QuinceError {
    if (cause instanceof QuinceError) return cause;
    if (this.late) {
      return new QuinceError('BAD_SQL', `statement requires an end within ${this.timeLimitMs} ms, got none`, { cause });
    }
    return new QuinceError('BAD_SQL', `statement requires SQL that DuckDB can run, got: ${messageOf(cause)}`, {
      cause,
    });
  }

  /** The syntax tree decides; the statement type that DuckDB itself prepared is asked once more. */
  private async prepare(sql: string): Promise<DuckDBPreparedStatement> {
    const { connection } = this.reader;
    await checkAllowed(connection, sql);
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) {
      throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${statements.count} statements`);
    }
    const statement = await statements.prepare(0);
    if (statement.statementType !== StatementType.SELECT) {
      const kind = StatementType[statement.statementType] ?? 'another kind';
      throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${kind}`);
    }
    return statement;
  }
}
