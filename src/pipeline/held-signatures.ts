import type { Store } from '../store/store.js';
import { QUARANTINE_COLUMNS, type QuarantineRow } from '../tuple/learned.js';

/** A signature in quarantine, or one that was; the one form for JSON, terminal and tests. */
export interface HeldSignature {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly dims: number;
  readonly state: QuarantineRow['state'];
  readonly reason: QuarantineRow['reason'];
  /** UTC days. */
  readonly first_day: string;
  readonly last_day: string;
  readonly days: number;
  readonly hosts: number;
  readonly ln_p: number;
  /** What it is made of: columns of QUARANTINE_COLUMNS that it has. */
  readonly what: Readonly<Record<string, string>>;
}

/** Signatures by ln p, most anomalous first. @param where condition over the view `quarantine` */
export async function listQuarantine(
  store: Store,
  where = 'true',
  parameters: readonly number[] = [],
): Promise<HeldSignature[]> {
  const rows: HeldSignature[] = [];
  const sql = `SELECT * REPLACE (first_day::VARCHAR AS first_day, last_day::VARCHAR AS last_day)
    FROM quarantine WHERE ${where} ORDER BY ln_p, id`;
  for await (const row of store.rows(sql, [...parameters])) {
    const what = QUARANTINE_COLUMNS.filter((name) => row[name] !== null).map((name) => [name, String(row[name])]);
    rows.push({
      id: String(row.id),
      dims: Number(row.dims),
      state: row.state as HeldSignature['state'],
      reason: row.reason as HeldSignature['reason'],
      first_day: String(row.first_day),
      last_day: String(row.last_day),
      days: Number(row.days),
      hosts: Number(row.hosts),
      ln_p: Number(row.ln_p),
      what: Object.fromEntries(what),
    });
  }
  return rows;
}
