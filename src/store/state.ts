import type { Duck } from '../duck/duck.js';
import type { JsonValue } from '../duck/json-value.js';
import type { Session } from '../duck/session.js';

/** Writes entries of the table `state` in the caller's transaction; each replaces what its key had. */
export async function putState(session: Session, entries: Readonly<Record<string, JsonValue>>): Promise<void> {
  for (const [key, value] of Object.entries(entries)) {
    await session.run('DELETE FROM state WHERE key = ?', [key]);
    await session.run('INSERT INTO state VALUES (?, ?)', [key, JSON.stringify(value)]);
  }
}

export async function readState(duck: Duck, key: string): Promise<JsonValue | undefined> {
  const rows = await duck.all('SELECT value::VARCHAR AS value FROM state WHERE key = ?', [key]);
  const text = rows[0]?.value;
  return text === undefined ? undefined : (JSON.parse(String(text)) as JsonValue);
}
