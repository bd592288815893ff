import type { DuckDBConnection } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';

/**
 * Table functions a user's statement may call: those that make rows out of nothing or describe the database. Every
 * other one reads or writes files, runs text as SQL, shows values of any table (`pragma_storage_info`, the least and the
 * largest of each column), or changes the running database; `enable_logging` with a folder even ends the process
 * (DuckDB 1.5.6), read-only transaction, locked configuration and closed file system or not.
 */
const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set([
  'range',
  'generate_series',
  'repeat',
  'unnest',
  'json_each',
  'json_tree',
  'duckdb_columns',
  'duckdb_constraints',
  'duckdb_databases',
  'duckdb_functions',
  'duckdb_indexes',
  'duckdb_keywords',
  'duckdb_memory',
  'duckdb_schemas',
  'duckdb_settings',
  'duckdb_tables',
  'duckdb_types',
  'duckdb_views',
  'pg_timezone_names',
  'pragma_database_size',
  'pragma_table_info',
  'pragma_version',
  'summary',
]);

/** Functions of one value that a user's statement may not call: they plan a text as SQL, and a plan tells of values. */
const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set(['json_serialize_plan']);

export interface SyntaxTree {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/**
 * Refuses what is not exactly one SELECT over tables, views and allowed functions, by DuckDB's own syntax tree; nothing
 * of the statement is bound or run.
 * @param closed tables that it may not name, however quoted, qualified or nested
 * @throws QuinceError BAD_SQL
 */
export async function checkAllowed(
  connection: DuckDBConnection,
  sql: string,
  closed: readonly string[] = [],
): Promise<void> {
  const tree = await syntaxTree(connection, sql);
  if (tree.error) {
    const other = /^Only SELECT/.test(tree.error_message ?? '');
    const got = other ? 'another kind of statement' : printable(tree.error_message ?? 'nothing');
    throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${got}`);
  }
  const count = tree.statements?.length ?? 0;
  if (count !== 1) throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${count} statements`);
  const { tables, tableFunctions, functions } = namesIn(tree.statements);
  const refused =
    tableFunctions.find((name) => !ALLOWED_FUNCTIONS.has(name)) ??
    functions.find((name) => REFUSED_FUNCTIONS.has(name));
  if (refused !== undefined) {
    throw new QuinceError(
      'BAD_SQL',
      `statement requires tables, views and harmless functions, got ${printable(refused)}`,
    );
  }
  const secret = tables.find((name) => closed.includes(name));
  if (secret !== undefined) {
    throw new QuinceError('BAD_SQL', `statement requires tables without secrets, got ${printable(secret)}`);
  }
}

/** DuckDB's own syntax tree of SELECT statements, or why there is none. */
export async function syntaxTree(connection: DuckDBConnection, sql: string): Promise<SyntaxTree> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql(?::VARCHAR)::VARCHAR', [sql]);
  return JSON.parse(String(reader.getRows()[0]?.[0])) as SyntaxTree;
}

interface Names {
  readonly tables: string[];
  readonly tableFunctions: string[];
  /** Of all kinds. */
  readonly functions: string[];
}

interface Node {
  readonly type?: unknown;
  readonly function?: { readonly function_name?: unknown };
  readonly function_name?: unknown;
  readonly table_name?: unknown;
}

/** What a tree names, however deep, in lower case: DuckDB tells no case apart. Any node may name a table (SUMMARIZE does). */
function namesIn(tree: unknown): Names {
  const names: Names = { tables: [], tableFunctions: [], functions: [] };
  const left: unknown[] = [tree];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { type, function: call, function_name, table_name } = node as Node;
    if (type === 'TABLE_FUNCTION') names.tableFunctions.push(String(call?.function_name).toLowerCase());
    if (typeof function_name === 'string') names.functions.push(function_name.toLowerCase());
    if (typeof table_name === 'string') names.tables.push(table_name.toLowerCase());
    left.push(...Object.values(node));
  }
  return names;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 300)).slice(1, -1).replaceAll('\\"', '"');
}
