import { firstSchema } from './0001-first-schema.js';
import { quarantine } from './0004-quarantine.js';
import type { Migration } from './migration.js';

/** All migrations, oldest first. */
export const MIGRATIONS: readonly Migration[] = [firstSchema, quarantine];

/** The version this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)!.version;
