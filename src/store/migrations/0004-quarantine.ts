import type { Migration } from './migration.js';

/** Decisions about what was too odd to be learned at once, and the presences that wait for one. */
export const quarantine: Migration = {
  version: 4,
  async up(session) {
    await session.run(`
CREATE TABLE quarantine_rows (dims UTINYINT NOT NULL, signature UBIGINT NOT NULL, apart UBIGINT NOT NULL,
  first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, days INTEGER NOT NULL, hosts INTEGER NOT NULL,
  ln_p DOUBLE NOT NULL, state VARCHAR NOT NULL, reason VARCHAR NOT NULL, run INTEGER NOT NULL,
  host UBIGINT NOT NULL, exe UBIGINT NOT NULL, "user" UBIGINT NOT NULL, syscall UBIGINT NOT NULL,
  args UBIGINT NOT NULL, daddr UBIGINT NOT NULL, dport UBIGINT NOT NULL, path UBIGINT NOT NULL);
CREATE TABLE waiting_presence (dims UTINYINT NOT NULL, hour INTEGER NOT NULL, signature UBIGINT NOT NULL,
  proc UBIGINT NOT NULL);
`);
  },
};
