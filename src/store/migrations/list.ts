import { firstSchema } from './0001-first-schema.js';
import { windows } from './0002-windows.js';
import { rhythms } from './0003-rhythms.js';
import { quarantine } from './0004-quarantine.js';
import { alerts } from './0005-alerts.js';
import { joint } from './0006-joint.js';
import { verdicts } from './0007-verdicts.js';
import { terms } from './0008-terms.js';
import type { Migration } from './migration.js';

/** All migrations, oldest first. */
export const MIGRATIONS: readonly Migration[] = [
  firstSchema,
  windows,
  rhythms,
  quarantine,
  alerts,
  joint,
  verdicts,
  terms,
];

/** The version this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)!.version;
