import type { Duck } from '../duck/duck.js';
import type { Session } from '../duck/session.js';
import { identifier } from '../duck/sql-text.js';
import { toBigInt } from '../tuple/hash.js';
import { QUARANTINE_COLUMNS, type VerdictRow, type VerdictScope } from '../tuple/learned.js';

/** A verdict with the event it was given on. */
export interface NewVerdict {
  readonly row: VerdictRow;
  readonly event: number;
  /** Of QUARANTINE_COLUMNS what the event has. */
  readonly what: Readonly<Record<string, string>>;
}

/** Writes a verdict in the caller's transaction. */
export async function putVerdict(session: Session, { row, event, what }: NewVerdict): Promise<void> {
  const values = [
    row.id,
    toBigInt(row.signature.lo, row.signature.hi),
    JSON.stringify(row.atoms),
    row.scope,
    row.role === undefined ? null : toBigInt(row.role.lo, row.role.hi),
    row.weight,
    row.untilDay,
    row.by,
    row.why,
    row.made,
    row.revoked ?? null,
    event,
    ...QUARANTINE_COLUMNS.map((name) => what[name] ?? null),
  ];
  const columns = [
    'signature',
    'atoms',
    'scope',
    'role',
    'weight',
    'until_day',
    'by',
    'why',
    'made',
    'revoked',
    'event',
  ];
  const names = ['verdict', ...columns, ...QUARANTINE_COLUMNS].map(identifier).join(', ');
  await session.run(`INSERT INTO verdict_rows (${names}) VALUES (${values.map(() => '?').join(', ')})`, values);
}

export async function revokeVerdict(session: Session, id: number, when: string): Promise<void> {
  await session.run('UPDATE verdict_rows SET revoked = ? WHERE verdict = ?', [when, id]);
}

export async function readVerdicts(duck: Duck): Promise<VerdictRow[]> {
  const rows: VerdictRow[] = [];
  const sql = `SELECT verdict, signature, atoms, scope, role, weight, until_day, "by", why, made, revoked
    FROM verdict_rows ORDER BY verdict`;
  for await (const row of duck.rows(sql)) {
    const pair = (value: unknown) => {
      const bits = BigInt(value as bigint);
      return { lo: Number(bits & 0xffff_ffffn), hi: Number(bits >> 32n) };
    };
    rows.push({
      id: Number(row.verdict),
      signature: pair(row.signature),
      atoms: JSON.parse(String(row.atoms)) as Record<string, string>,
      scope: row.scope as VerdictScope,
      role: row.role === null ? undefined : pair(row.role),
      weight: Number(row.weight),
      untilDay: Number(row.until_day),
      by: String(row.by),
      why: String(row.why),
      made: String(row.made),
      revoked: row.revoked === null ? undefined : String(row.revoked),
    });
  }
  return rows;
}
