import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { type AppendColumn, appendColumns } from './append.js';
import { failure } from './failure.js';
import { bindings, type Parameters, type Row, readRows } from './read.js';

/** Statements on one connection. Inside a transaction this is what its function gets. */
export class Session {
  constructor(protected readonly connection: DuckDBConnection) {}

  /** Runs one or more statements; returns how many rows the last one changed. */
  async run(sql: string, parameters?: Parameters): Promise<number> {
    try {
      const result = await this.connection.run(sql, bindings(parameters) as DuckDBValue[]);
      return result.rowsChanged;
    } catch (cause) {
      throw failure(`statement ${JSON.stringify(sql.slice(0, 120))}`, cause);
    }
  }

  /** All rows of a query, in memory: for small results. */
  async all(sql: string, parameters?: Parameters): Promise<Row[]> {
    try {
      const result = await this.connection.run(sql, bindings(parameters) as DuckDBValue[]);
      const rows: Row[] = [];
      for await (const row of readRows(result)) rows.push(row);
      return rows;
    } catch (cause) {
      throw failure(`query ${JSON.stringify(sql.slice(0, 120))}`, cause);
    }
  }

  /** Appends whole columns to a table, see `appendColumns`. */
  async append(table: string, columns: readonly AppendColumn[], rows: number): Promise<void> {
    if (rows === 0) return;
    try {
      await appendColumns(this.connection, table, columns, rows);
    } catch (cause) {
      throw failure(`append to ${table}`, cause);
    }
  }
}
