import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';

/**
 * A connection of its own for one streamed query. A stream that is left before its end keeps the database open, its
 * connection closed or not, until the garbage collector frees it (DuckDB 1.5.6): `close` interrupts it and fetches what
 * was buffered, after which it holds nothing.
 */
export class Reader {
  private result: Promise<DuckDBResult> | undefined;
  private fetching: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | undefined;

  constructor(
    readonly connection: DuckDBConnection,
    private readonly closed: () => void,
  ) {}

  /** Takes the query's result, once; this object reads it from here on. */
  stream(result: Promise<DuckDBResult>): Promise<DuckDBResult> {
    this.result = result;
    return result;
  }

  /** The chunks of the result. @throws QuinceError INTERNAL when closed before their end: an interrupt looks like an end */
  async *chunks(): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.result;
    if (result === undefined) return;
    for (;;) {
      const chunk = this.closing === undefined ? await this.fetch(result) : null;
      if (this.closing !== undefined) {
        throw new QuinceError('INTERNAL', 'rows of a query require an open database, got a closed one');
      }
      if (chunk === null) return;
      yield chunk;
    }
  }

  /** Ends the query, wherever it is. May be called more than once. Costs the few chunks that DuckDB had buffered. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    try {
      // The first interrupt ends a query that has not answered yet, the second one that has.
      this.connection.interrupt();
      const result = await this.result;
      this.connection.interrupt();
      await this.fetching;
      while (result !== undefined && (await this.fetch(result)) !== null);
    } catch {
      // The interrupt, or the error that the reader was told already.
    } finally {
      this.connection.closeSync();
      this.closed();
    }
  }

  /** One fetch at a time; null at the end. */
  private fetch(result: DuckDBResult): Promise<DuckDBDataChunk | null> {
    const chunk = result.fetchChunk().then((got) => (got === null || got.rowCount === 0 ? null : got));
    this.fetching = chunk.catch(() => undefined);
    return chunk;
  }
}
