import type { DuckDBType } from '@duckdb/node-api';
import { api } from './api.js';

const {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  INTEGER,
  SMALLINT,
  TIMESTAMPTZ,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} = api;

/** SQL types that Quince's own tables use, and so the only ones that append and readColumns know. */
export type SqlType =
  | 'BOOLEAN'
  | 'UTINYINT'
  | 'USMALLINT'
  | 'UINTEGER'
  | 'UBIGINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'DOUBLE'
  | 'TIMESTAMPTZ'
  | 'VARCHAR'
  | 'BLOB';

/** Types whose values are plain bytes of a fixed width. A UBIGINT may be two uint32 halves, low first. */
export type FixedType = Exclude<SqlType, 'VARCHAR' | 'BLOB'>;

/** Bytes of one value. */
export const SQL_WIDTH: Readonly<Record<FixedType, number>> = {
  BOOLEAN: 1,
  UTINYINT: 1,
  USMALLINT: 2,
  UINTEGER: 4,
  UBIGINT: 8,
  SMALLINT: 2,
  INTEGER: 4,
  BIGINT: 8,
  DOUBLE: 8,
  TIMESTAMPTZ: 8,
};

export const DUCKDB_TYPE: Readonly<Record<SqlType, DuckDBType>> = {
  BOOLEAN,
  UTINYINT,
  USMALLINT,
  UINTEGER,
  UBIGINT,
  SMALLINT,
  INTEGER,
  BIGINT,
  DOUBLE,
  TIMESTAMPTZ,
  VARCHAR,
  BLOB,
};
