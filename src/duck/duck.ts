import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';
import type { AppendColumn } from './append.js';
import { failure } from './failure.js';
import { bindings, type ColumnBytes, type Parameters, type Row, readColumns, readRows } from './read.js';
import { Reader } from './reader.js';
import { Session } from './session.js';
import type { FixedType } from './sql-type.js';

/**
 * The owner of one database. Writes go through one connection, one after the other; a transaction holds it until it
 * ends. Reads that stream have a connection of their own and see what is committed.
 */
export class Duck {
  private readonly writer: Session;
  private tail: Promise<unknown> = Promise.resolve();
  private closed: Promise<void> | undefined;
  private readonly readers = new Set<Reader>();

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

  /** Rows of a query as a stream, which may be left at any row. */
  async *rows(sql: string, parameters?: Parameters): AsyncGenerator<Row> {
    const reader = await this.reader();
    try {
      const result = await reader.stream(reader.connection.stream(sql, bindings(parameters) as DuckDBValue[]));
      yield* readRows(result, reader.chunks());
    } catch (cause) {
      throw failure(`query ${JSON.stringify(sql.slice(0, 120))}`, cause);
    } finally {
      await reader.close();
    }
  }

  /** Fixed-width columns of a query as typed bytes, see `readColumns`. */
  async columns(sql: string, types: readonly FixedType[], parameters?: Parameters): Promise<ColumnBytes> {
    const reader = await this.reader();
    try {
      return await readColumns(reader, sql, types, parameters);
    } catch (cause) {
      throw failure(`query ${JSON.stringify(sql.slice(0, 120))}`, cause);
    } finally {
      await reader.close();
    }
  }

  /** A connection of its own for one query; the caller closes it, or else `close` does. */
  async reader(): Promise<Reader> {
    let reader: Reader;
    try {
      const connection = await this.instance.connect();
      reader = new Reader(connection, () => void this.readers.delete(reader));
    } catch (cause) {
      throw failure('connection', cause);
    }
    this.readers.add(reader);
    if (this.closed === undefined) return reader;
    await reader.close();
    throw new QuinceError('INTERNAL', 'query requires an open database, got a closed one');
  }

  /**
   * Waits for what is being written, ends what is being read, writes the log into the file and frees it. May be called
   * more than once.
   */
  close(): Promise<void> {
    this.closed ??= this.exclusive(async () => {
      await Promise.all([...this.readers].map((reader) => reader.close()));
      this.connection.closeSync();
      this.instance.closeSync();
      this.release();
    });
    return this.closed;
  }

  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work, work);
    this.tail = turn.catch(() => undefined);
    return turn;
  }
}
