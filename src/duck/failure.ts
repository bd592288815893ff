import { oneLine } from '../errors/one-line.js';
import { type ErrorCode, QuinceError } from '../errors/quince-error.js';

const MESSAGE_CHARS = 400;

/** DuckDB's message on one line, control characters escaped: it may quote hostile text. */
export function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const line = JSON.stringify(oneLine(text).slice(0, MESSAGE_CHARS)).slice(1, -1);
  return line.replaceAll('\\"', '"');
}

/**
 * An error of DuckDB as ours. An invalidated or unwritable database (a full disk, a broken file) is BAD_DATABASE and
 * must be closed and opened again; what was committed is kept. Anything else in a statement of Quince's own is a fault
 * of Quince.
 */
export function failure(what: string, cause: unknown): QuinceError {
  if (cause instanceof QuinceError) return cause;
  const message = messageOf(cause);
  const broken =
    /^(FATAL|IO|Fatal|Corruption|Serialization)\b|database has been invalidated|No space left|Out of Memory/;
  const code: ErrorCode = broken.test(message) ? 'BAD_DATABASE' : 'INTERNAL';
  return new QuinceError(code, `${what} requires a database that takes it, got: ${message}`, { cause });
}
