import { EVENT_COLUMNS_1 } from './0001-event-columns.js';
import type { Migration } from './migration.js';

/**
 * Keys are not declared as PRIMARY KEY: DuckDB's index would double the cost of appending and the memory of a large
 * table. The one owner keeps them unique in its transactions; only `batches`, whose uniqueness is what makes a re-run
 * harmless, has an index.
 */
const EVENTS = `
CREATE TABLE quince_meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE strings (code UINTEGER NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE event_rows (event BIGINT NOT NULL, run INTEGER NOT NULL, batch INTEGER NOT NULL, "row" BIGINT NOT NULL,
${EVENT_COLUMNS_1});
CREATE TABLE batches (batch INTEGER NOT NULL, id VARCHAR NOT NULL, run INTEGER NOT NULL, "rows" INTEGER NOT NULL,
  first_event BIGINT NOT NULL, first_row BIGINT NOT NULL, UNIQUE (run, id));
CREATE TABLE runs (run INTEGER NOT NULL, kind VARCHAR NOT NULL, key VARCHAR NOT NULL, started TIMESTAMPTZ NOT NULL,
  finished TIMESTAMPTZ, snapshot BIGINT, params JSON, input JSON, "rows" BIGINT, bad JSON);
`;

const SCORE_DIMENSIONS = [
  'saddr',
  'sport',
  'daddr',
  'dport',
  'proto',
  'host',
  'syscall',
  'comm',
  'exe',
  'args',
  'user',
  'group',
  'pid',
  'ppid',
  'ts',
  'path',
];

const SCORES = `
CREATE TABLE scores (event BIGINT NOT NULL, run INTEGER NOT NULL, snapshot INTEGER, dims UTINYINT NOT NULL,
  bits DOUBLE NOT NULL, ln_p DOUBLE NOT NULL, extrapolated BOOLEAN NOT NULL, few BOOLEAN NOT NULL,
  calibration_group INTEGER, ${SCORE_DIMENSIONS.map((d) => `"by_${d}" DOUBLE`).join(', ')});
CREATE TABLE finding_rows (finding INTEGER NOT NULL, run INTEGER NOT NULL, event BIGINT NOT NULL, tree UBIGINT NOT NULL,
  dims UTINYINT NOT NULL, rank INTEGER NOT NULL, ln_p DOUBLE NOT NULL, tree_ln_p DOUBLE NOT NULL);
CREATE TABLE incidents (incident INTEGER NOT NULL, run INTEGER NOT NULL, tree UBIGINT NOT NULL, first_ts TIMESTAMPTZ,
  last_ts TIMESTAMPTZ, ln_p DOUBLE NOT NULL, state VARCHAR NOT NULL, summary JSON);
`;

const LEARNED = `
CREATE TABLE kinds (kind UTINYINT NOT NULL, name VARCHAR NOT NULL);
CREATE TABLE cells (kind UTINYINT NOT NULL, segment UBIGINT NOT NULL, context UBIGINT NOT NULL, value UBIGINT NOT NULL,
  n BIGINT NOT NULL, s BIGINT NOT NULL);
CREATE TABLE segments (segment UBIGINT NOT NULL, host UBIGINT NOT NULL, day INTEGER NOT NULL);
CREATE TABLE contexts (context UBIGINT NOT NULL, factor SMALLINT NOT NULL, rung SMALLINT NOT NULL,
  parent UBIGINT NOT NULL, value UBIGINT NOT NULL);
CREATE TABLE names (value UBIGINT NOT NULL, text VARCHAR NOT NULL);
CREATE TABLE open_presence (dims UTINYINT NOT NULL, hour INTEGER NOT NULL, signature UBIGINT NOT NULL,
  proc UBIGINT NOT NULL);
CREATE TABLE state (key VARCHAR NOT NULL, value JSON NOT NULL);
CREATE TABLE snapshot_rows (snapshot INTEGER NOT NULL, kind VARCHAR NOT NULL, as_of TIMESTAMPTZ NOT NULL,
  created_run INTEGER NOT NULL, checksum VARCHAR NOT NULL, size BIGINT NOT NULL, card JSON NOT NULL);
CREATE TABLE snapshot_parts (snapshot INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL);
`;

export const firstSchema: Migration = {
  version: 1,
  async up(session) {
    await session.run(EVENTS);
    await session.run(SCORES);
    await session.run(LEARNED);
  },
};
