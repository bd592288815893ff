import type { Migration } from './migration.js';

/** Words of the model for numbers that cells and contexts hold, so that SQL can name them. */
export const terms: Migration = {
  version: 8,
  async up(session) {
    await session.run(
      'CREATE TABLE terms (what VARCHAR NOT NULL, code BIGINT NOT NULL, name VARCHAR NOT NULL, detail VARCHAR)',
    );
  },
};
