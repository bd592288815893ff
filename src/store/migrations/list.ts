import { firstSchema } from './0001-first-schema.js';
import { windows } from './0002-windows.js';
import { rhythms } from './0003-rhythms.js';
import { quarantine } from './0004-quarantine.js';
import { terms } from './0005-terms.js';
import type { Migration } from './migration.js';

/** All migrations, oldest first. */
export const MIGRATIONS: readonly Migration[] = [firstSchema, windows, rhythms, quarantine, terms];

/** The version this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)!.version;
