import type { Store } from '../store/store.js';
import { COLUMNS, type Column, col } from '../tuple/columns.js';
import { generalise } from '../tuple/generalise.js';

/**
 * Codes in `strings` of all texts of a column that are counted as one value, as a list for SQL; NULL where there are none.
 * O(distinct texts of the column).
 *
 * @param value the generalised text, or one of the texts
 */
export async function codesOf(
  store: Store,
  name: 'host' | 'daddr',
  value: string,
  runs: readonly number[],
): Promise<string> {
  const cls = (COLUMNS[col(name)] as Column).strings!;
  const codes: number[] = [];
  const sql = `SELECT s.code, s.text FROM strings AS s
    WHERE s.code IN (SELECT DISTINCT ${name} FROM event_rows WHERE run IN (${runs.join(', ')})) ORDER BY s.code`;
  for await (const { code, text } of store.rows(sql)) {
    if (isValue(cls, String(text), value)) codes.push(Number(code));
  }
  return codes.length === 0 ? 'NULL' : codes.join(', ');
}

function isValue(cls: NonNullable<Column['strings']>, text: string, value: string): boolean {
  return text === value || generalise(cls, text).whole === value;
}

/** Whether a stored, generalised text is what somebody asks for, who may know the event's own text. */
export function isAsked(
  name: 'host' | 'exe' | 'user' | 'saddr' | 'daddr',
  stored: string | null,
  asked: string,
): boolean {
  if (stored === null) return false;
  return stored === asked || stored === generalise((COLUMNS[col(name)] as Column).strings!, asked).whole;
}
