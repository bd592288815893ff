import type { DuckDBConnection } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';

/**
 * Table functions a user's statement may call: those that make rows out of nothing or describe the database. Every
 * other one reads or writes files, runs text as SQL, or changes the running database; `enable_logging` with a folder
 * even ends the process (DuckDB 1.5.6), read-only transaction, locked configuration and closed file system or not.
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
  'pragma_storage_info',
  'pragma_table_info',
  'pragma_version',
  'summary',
]);

export interface SyntaxTree {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/**
 * Refuses what is not exactly one SELECT over tables, views and allowed functions, by DuckDB's own syntax tree; nothing
 * of the statement is bound or run.
 * @throws QuinceError BAD_SQL
 */
export async function checkAllowed(connection: DuckDBConnection, sql: string): Promise<void> {
  const tree = await syntaxTree(connection, sql);
  if (tree.error) {
    const other = /^Only SELECT/.test(tree.error_message ?? '');
    const got = other ? 'another kind of statement' : printable(tree.error_message ?? 'nothing');
    throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${got}`);
  }
  const count = tree.statements?.length ?? 0;
  if (count !== 1) throw new QuinceError('BAD_SQL', `statement requires one SELECT, got ${count} statements`);
  const refused = tableFunctions(tree.statements).find((name) => !ALLOWED_FUNCTIONS.has(name));
  if (refused !== undefined) {
    throw new QuinceError(
      'BAD_SQL',
      `statement requires tables, views and harmless functions, got ${printable(refused)}`,
    );
  }
}

/** DuckDB's own syntax tree of SELECT statements, or why there is none. */
export async function syntaxTree(connection: DuckDBConnection, sql: string): Promise<SyntaxTree> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql(?::VARCHAR)::VARCHAR', [sql]);
  return JSON.parse(String(reader.getRows()[0]?.[0])) as SyntaxTree;
}

/** Names of all table functions in a tree, however deep. */
function tableFunctions(tree: unknown): string[] {
  const names: string[] = [];
  const left: unknown[] = [tree];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { type, function: call } = node as { type?: unknown; function?: { function_name?: unknown } };
    if (type === 'TABLE_FUNCTION') names.push(String(call?.function_name).toLowerCase());
    left.push(...Object.values(node));
  }
  return names;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 300)).slice(1, -1).replaceAll('\\"', '"');
}
