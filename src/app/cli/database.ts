import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { Store } from '../../store/store.js';
import { VERSION } from './version.js';

export interface DatabaseOptions {
  readonly db: string;
}

export function withDatabase(command: Command): Command {
  return command.requiredOption('--db <file>', 'database');
}

/** `make` creates a database that does not exist; `write` and `read` need one that does. */
export type Access = 'make' | 'write' | 'read';

/** Opens the database for one piece of work and closes it after, whatever happens. */
export async function withStore<T>(path: string, access: Access, work: (store: Store) => Promise<T>): Promise<T> {
  if (access !== 'make' && !existsSync(path)) {
    throw new QuinceError('BAD_DATABASE', `this command requires an existing database, got ${path}: run train first`);
  }
  const store = await Store.open(path, { readOnly: access === 'read', createdBy: `quince ${VERSION}` });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
