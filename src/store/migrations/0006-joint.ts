import { JOINT_PARTS } from '../joint.js';
import type { Migration } from './migration.js';

/** Windows that were judged as one vector. */
export const joint: Migration = {
  version: 6,
  async up(session) {
    const parts = JOINT_PARTS.map(
      (i) => `feature_${i} VARCHAR, value_${i} DOUBLE, expected_${i} DOUBLE, typical_${i} DOUBLE, bits_${i} DOUBLE`,
    );
    await session.run(`CREATE TABLE joint_rows (run INTEGER NOT NULL, minute TIMESTAMPTZ NOT NULL, host VARCHAR NOT NULL,
      whole_host BOOLEAN NOT NULL, exe VARCHAR, "user" VARCHAR, size_s INTEGER NOT NULL, bits DOUBLE NOT NULL,
      ln_p DOUBLE NOT NULL, units DOUBLE NOT NULL, ${parts.join(', ')})`);
  },
};
