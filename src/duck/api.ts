import { createRequire } from 'node:module';

/**
 * DuckDB's client. It is a hundred CommonJS files, each of which an import would first search for its exports; that takes as
 * long as loading them.
 */
export const api = createRequire(import.meta.url)('@duckdb/node-api') as typeof import('@duckdb/node-api');
