import type { Migration } from './migration.js';

/** Rhythms found in what was scored. */
export const rhythms: Migration = {
  version: 3,
  async up(session) {
    await session.run(`CREATE TABLE rhythm_rows (run INTEGER NOT NULL, rank INTEGER NOT NULL, host VARCHAR NOT NULL,
      exe VARCHAR, "user" VARCHAR, saddr VARCHAR, daddr VARCHAR NOT NULL, dport VARCHAR, beats INTEGER NOT NULL,
      period_s DOUBLE NOT NULL, jitter DOUBLE NOT NULL, missed DOUBLE NOT NULL, next TIMESTAMPTZ NOT NULL, ln_p DOUBLE NOT NULL,
      ln_rank DOUBLE NOT NULL, bits DOUBLE NOT NULL, score DOUBLE NOT NULL, known BOOLEAN NOT NULL, finding BOOLEAN NOT NULL)`);
  },
};
