import type { Migration } from './migration.js';

/** Windows: hours that are open, and the minutes that were scored. */
export const windows: Migration = {
  version: 2,
  async up(session) {
    await session.run(`
CREATE TABLE open_windows (hour INTEGER NOT NULL, entity UBIGINT NOT NULL, place INTEGER NOT NULL,
  value UBIGINT NOT NULL, n BIGINT NOT NULL);
CREATE TABLE window_rows (run INTEGER NOT NULL, minute TIMESTAMPTZ NOT NULL, host VARCHAR NOT NULL, whole_host BOOLEAN NOT NULL,
  exe VARCHAR, "user" VARCHAR, feature VARCHAR, size_s INTEGER, value DOUBLE, typical DOUBLE, window_ln_p DOUBLE, lost DOUBLE NOT NULL,
  bits DOUBLE NOT NULL, ln_p DOUBLE NOT NULL, units DOUBLE NOT NULL);
`);
  },
};
