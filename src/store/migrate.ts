import { randomBytes } from 'node:crypto';
import type { Duck } from '../duck/duck.js';
import type { Session } from '../duck/session.js';
import { QuinceError } from '../errors/quince-error.js';
import { MIGRATIONS, SCHEMA_VERSION } from './migrations/list.js';
import { createViews, VIEWS_CHECKSUM } from './views.js';

export interface MetaOptions {
  /** Secret of the keyed hashes, 32 hexadecimal digits; a random one when the database is new and none is given. */
  readonly key?: string;
  /** Name and version of the program, noted in a new database. */
  readonly createdBy?: string;
}

export interface Meta {
  readonly schemaVersion: number;
  /** 16 bytes. */
  readonly hashKey: Uint8Array;
}

/** Holds the secret of the keyed hashes, on which the privacy of model files rests: closed to users' statements. */
export const META_TABLE = 'quince_meta';

const KEY_PATTERN = /^[0-9a-f]{32}$/;

/**
 * Brings a database to this program's schema, in one transaction, and returns what it says about itself.
 * @throws QuinceError BAD_DATABASE for a newer one and for one that is not Quince's, BAD_ARGUMENT for another key
 */
export async function prepareSchema(duck: Duck, options: MetaOptions): Promise<Meta> {
  if (options.key !== undefined && !KEY_PATTERN.test(options.key)) {
    throw new QuinceError('BAD_ARGUMENT', 'hash key requires 32 hexadecimal digits, got something else');
  }
  const found = await schemaVersion(duck);
  if (found > SCHEMA_VERSION) {
    const advice = `update Quince, or score into a new database`;
    throw new QuinceError(
      'BAD_DATABASE',
      `database requires schema ${SCHEMA_VERSION} at most, got ${found}: ${advice}`,
    );
  }
  if (duck.readOnly) {
    if (found !== SCHEMA_VERSION) {
      const advice = found === 0 ? 'it is empty' : 'open it once for writing (quince model list), which migrates it';
      throw new QuinceError('BAD_DATABASE', `reading requires schema ${SCHEMA_VERSION}, got ${found}: ${advice}`);
    }
  } else if (found < SCHEMA_VERSION || (await metaValue(duck, 'views')) !== VIEWS_CHECKSUM) {
    await duck.transaction((session) => migrate(session, found, options));
  }
  return readMeta(duck, options);
}

/** 0 for an empty database. */
async function schemaVersion(duck: Duck): Promise<number> {
  const tables = await duck.all('SELECT table_name FROM duckdb_tables() WHERE NOT temporary AND NOT internal');
  if (tables.length === 0) return 0;
  if (!tables.some((t) => t.table_name === META_TABLE)) {
    const names = tables
      .slice(0, 3)
      .map((t) => t.table_name)
      .join(', ');
    throw new QuinceError('BAD_DATABASE', `database requires Quince's tables, got a DuckDB file with others: ${names}`);
  }
  const version = Number(await metaValue(duck, 'schema_version'));
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new QuinceError('BAD_DATABASE', `database requires a schema version in ${META_TABLE}, got ${version}`);
  }
  return version;
}

async function metaValue(duck: Duck, key: string): Promise<string | undefined> {
  try {
    const rows = await duck.all(`SELECT value::VARCHAR AS value FROM ${META_TABLE} WHERE key = ?`, [key]);
    return rows[0]?.value as string | undefined;
  } catch (cause) {
    throw new QuinceError(
      'BAD_DATABASE',
      `database requires a table ${META_TABLE}(key, value), got another of that name`,
      {
        cause,
      },
    );
  }
}

async function migrate(session: Session, found: number, options: MetaOptions): Promise<void> {
  for (const migration of MIGRATIONS) if (migration.version > found) await migration.up(session);
  if (found === 0) {
    await setMeta(session, 'created_by', options.createdBy ?? 'quince');
    await setMeta(session, 'hash_key', options.key ?? randomBytes(16).toString('hex'));
  }
  await setMeta(session, 'schema_version', String(SCHEMA_VERSION));
  await createViews(session);
  await setMeta(session, 'views', VIEWS_CHECKSUM);
}

async function setMeta(session: Session, key: string, value: string): Promise<void> {
  await session.run(`INSERT OR REPLACE INTO ${META_TABLE} VALUES (?, ?)`, [key, value]);
}

async function readMeta(duck: Duck, options: MetaOptions): Promise<Meta> {
  const key = await metaValue(duck, 'hash_key');
  if (key === undefined || !KEY_PATTERN.test(key)) {
    throw new QuinceError('BAD_DATABASE', 'database requires a hash key of 32 hexadecimal digits, got none');
  }
  if (options.key !== undefined && options.key !== key) {
    throw new QuinceError('BAD_ARGUMENT', "hash key requires the database's own, got another");
  }
  return { schemaVersion: SCHEMA_VERSION, hashKey: new Uint8Array(Buffer.from(key, 'hex')) };
}
