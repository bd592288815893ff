import { existsSync, rmSync } from 'node:fs';
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

/**
 * Opens the database for one piece of work and closes it after, whatever happens. One that was made for work that
 * failed before it stored a run is removed again.
 */
export async function withStore<T>(path: string, access: Access, work: (store: Store) => Promise<T>): Promise<T> {
  if (path === '') throw new QuinceError('BAD_ARGUMENT', '--db requires the name of a file, got an empty one');
  const isNew = !existsSync(path);
  if (access !== 'make' && isNew) {
    throw new QuinceError('BAD_DATABASE', `this command requires an existing database, got ${path}: run train first`);
  }
  const store = await Store.open(path, { readOnly: access === 'read', createdBy: `quince ${VERSION}` });
  let useless = false;
  try {
    return await work(store);
  } catch (error) {
    useless = isNew && !(await hasRuns(store));
    throw error;
  } finally {
    await store.close();
    if (useless) for (const file of [path, `${path}.wal`]) rmSync(file, { force: true });
  }
}

async function hasRuns(store: Store): Promise<boolean> {
  for await (const _ of store.rows('SELECT 1 FROM runs LIMIT 1')) return true;
  return false;
}
