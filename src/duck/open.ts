import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { QuinceError } from '../errors/quince-error.js';
import { api } from './api.js';
import { Duck } from './duck.js';
import { messageOf } from './failure.js';
import { type Claim, claim } from './guard.js';

const { DuckDBInstance } = api;

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** Lets statements read and write other files; never together with users' SQL. Off unless asked. */
  readonly externalAccess?: boolean;
  /** In DuckDB's words: '1GB'. */
  readonly memoryLimit?: string;
  readonly threads?: number;
}

const MEMORY = ':memory:';
const DEFAULT_MEMORY_LIMIT = '2GB';
const MAX_TEMP = '8GB';
/** Log that may gather before it is moved into the file: at 16 MB, DuckDB's own choice, storing took twice as long. */
const CHECKPOINT = '256MB';

/**
 * Opens a database, made when it does not exist. Nothing is ever downloaded, and unless asked for no statement reaches
 * any other file, nor can one change a setting.
 * @throws QuinceError DATABASE_IN_USE, BAD_DATABASE, BAD_ARGUMENT
 */
export async function open(path: string, options: OpenOptions = {}): Promise<Duck> {
  if (path === MEMORY) return start({ path, release: () => undefined }, options);
  if (options.readOnly && !existsSync(path)) {
    throw new QuinceError('BAD_ARGUMENT', `database requires an existing file, got ${JSON.stringify(path)}`);
  }
  const held = claim(path);
  try {
    checkHeader(held.path);
    return await start(held, options);
  } catch (cause) {
    held.release();
    throw openFailure(path, cause);
  }
}

async function start(held: Claim, options: OpenOptions): Promise<Duck> {
  const readOnly = options.readOnly ?? false;
  const instance = await DuckDBInstance.create(held.path, {
    access_mode: readOnly && held.path !== MEMORY ? 'READ_ONLY' : 'AUTOMATIC',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    memory_limit: options.memoryLimit ?? DEFAULT_MEMORY_LIMIT,
    max_temp_directory_size: MAX_TEMP,
    preserve_insertion_order: 'true',
    checkpoint_threshold: CHECKPOINT,
    ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
  });
  try {
    const connection: DuckDBConnection = await instance.connect();
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    if (!options.externalAccess) await connection.run('SET GLOBAL enable_external_access = false');
    await connection.run('SET GLOBAL lock_configuration = true');
    return new Duck(instance, connection, held.path, readOnly, held.release);
  } catch (cause) {
    instance.closeSync();
    throw cause;
  }
}

/** DuckDB's files say DUCK at byte 8. Checked before DuckDB sees the file, since an empty one would become a database. */
function checkHeader(path: string): void {
  if (!existsSync(path)) return;
  const head = Buffer.alloc(12);
  const fd = openSync(path, 'r');
  let bytes: number;
  try {
    bytes = readSync(fd, head, 0, 12, 0);
  } finally {
    closeSync(fd);
  }
  if (bytes < 12 || head.toString('latin1', 8, 12) !== 'DUCK') {
    throw new QuinceError('BAD_DATABASE', `database requires a DuckDB file, got ${JSON.stringify(path)}`);
  }
}

function openFailure(path: string, cause: unknown): QuinceError {
  if (cause instanceof QuinceError) return cause;
  const message = messageOf(cause);
  const name = JSON.stringify(path);
  if (/Could not set lock|Conflicting lock/i.test(message)) {
    const pid = /PID (\d+)/.exec(message)?.[1];
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    return new QuinceError('DATABASE_IN_USE', `database ${name} requires one owner, got one already: ${holder}`, {
      cause,
    });
  }
  return new QuinceError('BAD_DATABASE', `database ${name} requires a readable DuckDB file, got: ${message}`, {
    cause,
  });
}
