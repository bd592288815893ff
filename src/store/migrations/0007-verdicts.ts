import type { Migration } from './migration.js';

/** A person's word on what is normal: verdicts on signatures, announced changes, and what findings have to do with both. */
export const verdicts: Migration = {
  version: 7,
  async up(session) {
    await session.run(`
CREATE TABLE verdict_rows (verdict INTEGER NOT NULL, signature UBIGINT NOT NULL, atoms VARCHAR NOT NULL,
  scope VARCHAR NOT NULL, role UBIGINT, weight DOUBLE NOT NULL, until_day INTEGER NOT NULL, "by" VARCHAR NOT NULL,
  why VARCHAR NOT NULL, made VARCHAR NOT NULL, revoked VARCHAR, event BIGINT NOT NULL, host VARCHAR, exe VARCHAR,
  "user" VARCHAR, syscall VARCHAR, args VARCHAR, daddr VARCHAR, dport VARCHAR, path VARCHAR);
CREATE TABLE announcement_rows (announcement INTEGER NOT NULL, name VARCHAR NOT NULL, from_us BIGINT NOT NULL,
  until_us BIGINT NOT NULL, hosts VARCHAR NOT NULL, exes VARCHAR NOT NULL, made VARCHAR NOT NULL, cancelled VARCHAR);
CREATE TABLE announcement_counts (announcement INTEGER NOT NULL, run INTEGER NOT NULL, trees BIGINT NOT NULL,
  "rows" BIGINT NOT NULL, units BIGINT NOT NULL);
ALTER TABLE finding_rows ADD COLUMN hosts INTEGER;
ALTER TABLE finding_rows ADD COLUMN announced INTEGER;
`);
  },
};
