import type { DuckDBConnection, DuckDBInstance, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { AppendColumn } from './append.js';
import { failure } from './failure.js';
import {
  bindings,
  type Chunk,
  type ColumnBytes,
  type Parameters,
  type Row,
  readChunks,
  readColumns,
  readRows,
} from './read.js';
import { Session } from './session.js';
import type { FixedType } from './sql-type.js';

/**
 * The owner of one database. Writes go through one connection, one after the other; a transaction holds it until it
 * ends. `rows` and `columns` read on a connection of their own and see what is committed.
 */
export class Duck {
  private readonly writer: Session;
  private tail: Promise<unknown> = Promise.resolve();
  private closed: Promise<void> | undefined;

  constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    /** Path without symbolic links, or ':memory:'. */
    readonly path: string,
    readonly readOnly: boolean,
    private readonly release: () => void,
  ) {
    this.writer = new Session(connection);
  }

  /** Runs statements; returns how many rows the last one changed. */
  run(sql: string, parameters?: Parameters): Promise<number> {
    return this.exclusive(() => this.writer.run(sql, parameters));
  }

  /** All rows of a query, in memory: for small results. */
  all(sql: string, parameters?: Parameters): Promise<Row[]> {
    return this.exclusive(() => this.writer.all(sql, parameters));
  }

  append(table: string, columns: readonly AppendColumn[], rows: number): Promise<void> {
    return this.exclusive(() => this.writer.append(table, columns, rows));
  }

  /** All or nothing. The function must use the session it gets: any other call on this object waits for its end. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.exclusive(async () => {
      await this.writer.run('BEGIN TRANSACTION');
      let value: T;
      try {
        value = await work(this.writer);
        await this.writer.run('COMMIT');
      } catch (cause) {
        // After a failed COMMIT there may be nothing left to roll back; the first error is the one that tells.
        await this.writer.run('ROLLBACK').catch(() => undefined);
        throw cause;
      }
      return value;
    });
  }

  /** Rows of a query, computed before the first is given; they may be left at any row. */
  async *rows(sql: string, parameters?: Parameters): AsyncGenerator<Row> {
    yield* readRows(await this.query(sql, parameters));
  }

  /** As `rows`, many at a time and column by column. */
  async *chunks(sql: string, parameters?: Parameters): AsyncGenerator<Chunk> {
    yield* readChunks(await this.query(sql, parameters));
  }

  /** Fixed-width columns of a query as typed bytes, see `readColumns`. */
  async columns(sql: string, types: readonly FixedType[], parameters?: Parameters): Promise<ColumnBytes> {
    return readColumns(sql, await this.query(sql, parameters), types);
  }

  /** Another connection to the same database; the caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    try {
      return await this.instance.connect();
    } catch (cause) {
      throw failure('connection', cause);
    }
  }

  /** Waits for what is running, writes the log into the file and frees it. May be called more than once. */
  close(): Promise<void> {
    this.closed ??= this.exclusive(async () => {
      this.connection.closeSync();
      this.instance.closeSync();
      this.release();
    });
    return this.closed;
  }

  /**
   * A result on a connection of its own, whole in memory. Streamed results cannot be trusted (DuckDB 1.5.6 for Node):
   * one that fails half way ends like a complete one, and one that is left keeps the file open.
   */
  private async query(sql: string, parameters?: Parameters): Promise<DuckDBResult> {
    const connection = await this.connect();
    try {
      return await connection.run(sql, bindings(parameters) as DuckDBValue[]);
    } catch (cause) {
      throw failure(`query ${JSON.stringify(sql.slice(0, 120))}`, cause);
    } finally {
      connection.closeSync();
    }
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work, work);
    this.tail = turn.catch(() => undefined);
    return turn;
  }
}
