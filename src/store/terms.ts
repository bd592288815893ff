import type { Session } from '../duck/session.js';
import type { TermRow } from './learned.js';

/** Writes the words of the model in the caller's transaction; they replace those that were there. */
export async function putTerms(session: Session, rows: readonly TermRow[]): Promise<void> {
  await session.run('DELETE FROM terms');
  const columns = [
    { type: 'VARCHAR', values: rows.map((row) => row.what) },
    { type: 'BIGINT', values: BigInt64Array.from(rows, (row) => BigInt(row.code)) },
    { type: 'VARCHAR', values: rows.map((row) => row.name) },
    { type: 'VARCHAR', values: rows.map((row) => row.detail) },
  ] as const;
  await session.append('terms', columns, rows.length);
}
