import type { Migration } from './migration.js';

/** What a decider let through, and what carries it. */
export const alerts: Migration = {
  version: 5,
  async up(session) {
    await session.run(`
CREATE TABLE alert_rows (run INTEGER NOT NULL, alert INTEGER NOT NULL, minute TIMESTAMPTZ NOT NULL, worst TIMESTAMPTZ NOT NULL,
  host VARCHAR NOT NULL, whole_host BOOLEAN NOT NULL, exe VARCHAR, "user" VARCHAR, score DOUBLE NOT NULL, ln_p DOUBLE NOT NULL,
  closed_form BOOLEAN NOT NULL, threshold_ln_p DOUBLE NOT NULL, updates INTEGER NOT NULL);
CREATE TABLE alert_evidence_rows (run INTEGER NOT NULL, alert INTEGER NOT NULL, rank INTEGER NOT NULL, kind VARCHAR NOT NULL,
  ln_p DOUBLE NOT NULL, trust DOUBLE NOT NULL, event BIGINT, rhythm INTEGER, minute TIMESTAMPTZ, whole_host BOOLEAN, feature VARCHAR, size_s INTEGER,
  value DOUBLE, typical DOUBLE);
`);
  },
};
