import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { QuinceError } from '../errors/quince-error.js';

/**
 * One owner a file. DuckDB opened twice on one file in one process loses rows without an error: its lock is POSIX's,
 * which a process never denies itself. So a claim is refused when this thread holds the path, or when any thread of
 * this process has a descriptor on the same inode (that catches symbolic and hard links and worker threads).
 * Nothing here opens the file: closing any descriptor on it would drop DuckDB's lock.
 */
const claimed = new Set<string>();

export interface Claim {
  /** The path without symbolic links. */
  readonly path: string;
  release(): void;
}

/** @throws QuinceError DATABASE_IN_USE, or BAD_ARGUMENT when the directory does not exist. */
export function claim(path: string): Claim {
  const real = canonical(path);
  if (claimed.has(real) || isOpenHere(real)) {
    throw new QuinceError(
      'DATABASE_IN_USE',
      `database requires one owner in a process, got a second opening of ${JSON.stringify(path)}`,
    );
  }
  claimed.add(real);
  return { path: real, release: () => void claimed.delete(real) };
}

function canonical(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    try {
      return join(realpathSync(dirname(absolute)), basename(absolute));
    } catch (cause) {
      throw new QuinceError('BAD_ARGUMENT', `database requires an existing directory, got ${JSON.stringify(path)}`, {
        cause,
      });
    }
  }
}

/** True when a descriptor of this process refers to the file. About 5 µs a descriptor. */
function isOpenHere(real: string): boolean {
  const file = statSync(real, { bigint: true, throwIfNoEntry: false });
  if (file === undefined) return false;
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      const open = statSync(`/proc/self/fd/${fd}`, { bigint: true });
      return open.ino === file.ino && open.dev === file.dev;
    } catch {
      return false;
    }
  });
}
