import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { QuinceError } from '../errors/quince-error.js';

const READ_BYTES = 256 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'a directory',
  ENOTDIR: 'a path through a file',
  ELOOP: 'a loop of links',
  ENAMETOOLONG: 'too long a name',
  ENOSPC: 'no space left for a copy',
};

/** A regular file to read, and its name for ever: the hash of its bytes. */
export interface InputFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Removes the copy made of an input that cannot be read twice. */
  discard(): Promise<void>;
}

function unreadable(path: string, error: unknown): QuinceError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  const got = REASONS[code] ?? code;
  return new QuinceError('BAD_INPUT', `${path} requires a readable file, got ${got}`, { cause: error });
}

/** Bytes of a file. @throws BAD_INPUT when reading fails. */
export async function* readBytes(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_BYTES, ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreadable(path, error);
  }
}

async function hashOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of readBytes(path)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Copies an input that can be read once only (a pipe) to a file of its own. */
async function spool(input: NodeJS.ReadableStream, name: string): Promise<InputFile> {
  const folder = await mkdtemp(join(tmpdir(), 'quince-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'input');
  try {
    await pipeline(input, createWriteStream(path, { mode: 0o600 }));
    return { path, ...(await hashOf(path)), discard };
  } catch (error) {
    await discard();
    throw error instanceof QuinceError ? error : unreadable(name, error);
  }
}

/**
 * Makes a path ready to be read and hashes it, about 1 GB/s. `-` is standard input. Pipes are copied first.
 * @throws BAD_INPUT for what is missing, unreadable, a directory or empty.
 */
export async function openInput(path: string): Promise<InputFile> {
  const input = path === '-' ? await spool(process.stdin, 'standard input') : await openPath(path);
  if (input.bytes > 0) return input;
  await input.discard();
  throw new QuinceError('BAD_INPUT', `${path === '-' ? 'standard input' : path} requires events, got an empty file`);
}

async function openPath(path: string): Promise<InputFile> {
  let regular: boolean;
  try {
    const handle = await stat(path);
    if (handle.isDirectory()) throw Object.assign(new Error('directory'), { code: 'EISDIR' });
    regular = handle.isFile();
    if (regular) await (await open(path, 'r')).close();
  } catch (error) {
    throw unreadable(path, error);
  }
  if (!regular) return spool(createReadStream(path), path);
  return { path, ...(await hashOf(path)), discard: async () => {} };
}
