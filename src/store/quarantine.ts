import type { AppendColumn } from '../duck/append.js';
import type { Duck } from '../duck/duck.js';
import type { Session } from '../duck/session.js';
import { identifier } from '../duck/sql-text.js';
import { toBigInt } from '../tuple/hash.js';
import { type Pair, QUARANTINE_COLUMNS, type QuarantineRow } from '../tuple/learned.js';

const WHAT = QUARANTINE_COLUMNS.map(identifier).join(', ');

/** Writes decisions in the caller's transaction; each replaces what its signature had. @param run that decided */
export async function putDecisions(session: Session, rows: readonly QuarantineRow[], run: number): Promise<void> {
  if (rows.length === 0) return;
  const ints = (of: (row: QuarantineRow) => number): AppendColumn => {
    return { type: 'INTEGER', values: Int32Array.from(rows, of) };
  };
  const texts = (of: (row: QuarantineRow) => string): AppendColumn => ({ type: 'VARCHAR', values: rows.map(of) });
  const pairs = (of: (row: QuarantineRow) => Pair): AppendColumn => {
    const values = BigUint64Array.from(rows, (row) => toBigInt(of(row).lo, of(row).hi));
    return { type: 'UBIGINT', values };
  };
  await session.run('CREATE OR REPLACE TEMP TABLE stage_quarantine AS SELECT * FROM quarantine_rows LIMIT 0');
  const columns: AppendColumn[] = [
    { type: 'UTINYINT', values: Uint8Array.from(rows, (row) => row.dims) },
    pairs((row) => row.signature),
    pairs((row) => row.apart),
    ints((row) => row.firstDay),
    ints((row) => row.lastDay),
    ints((row) => row.days),
    ints((row) => row.hosts),
    { type: 'DOUBLE', values: Float64Array.from(rows, (row) => row.lnP) },
    texts((row) => row.state),
    texts((row) => row.reason),
    ints(() => run),
    ...QUARANTINE_COLUMNS.map((_, i) => pairs((row) => row.what[i]!)),
  ];
  await session.append('stage_quarantine', columns, rows.length);
  await session.run(`DELETE FROM quarantine_rows AS q WHERE EXISTS
    (SELECT 1 FROM stage_quarantine AS s WHERE s.dims = q.dims AND s.signature = q.signature)`);
  await session.run('INSERT INTO quarantine_rows SELECT * FROM stage_quarantine');
  await session.run('DROP TABLE stage_quarantine');
}

/** After segments were unlearned: what no day is left of is forgotten, but for a person's word; days are counted again. */
export async function recountDecisions(session: Session): Promise<void> {
  await session.run(`CREATE OR REPLACE TEMP TABLE stage_held AS
    SELECT k.name AS kind, c.context AS signature, count(DISTINCT g.day) AS days, min(g.day) AS first_day,
      max(g.day) AS last_day
    FROM cells AS c JOIN kinds AS k USING (kind) JOIN segments AS g USING (segment)
    WHERE k.name IN ('held15', 'held5') GROUP BY ALL`);
  const same = "h.kind = 'held' || q.dims AND h.signature = q.signature";
  await session.run(`DELETE FROM quarantine_rows AS q WHERE reason <> 'person'
    AND NOT EXISTS (SELECT 1 FROM stage_held AS h WHERE ${same})`);
  await session.run(`UPDATE quarantine_rows AS q SET days = h.days, first_day = h.first_day, last_day = h.last_day
    FROM stage_held AS h WHERE ${same}`);
  await session.run('DROP TABLE stage_held');
}

/** All decisions, by (dims descending, first day, signature). */
export async function readDecisions(duck: Duck): Promise<QuarantineRow[]> {
  const rows: QuarantineRow[] = [];
  const sql = `SELECT dims, signature, apart, first_day, last_day, days, hosts, ln_p, state, reason, ${WHAT}
    FROM quarantine_rows ORDER BY dims DESC, first_day, signature`;
  for await (const row of duck.rows(sql)) {
    rows.push({
      dims: Number(row.dims),
      signature: pairOf(row.signature),
      apart: pairOf(row.apart),
      firstDay: Number(row.first_day),
      lastDay: Number(row.last_day),
      days: Number(row.days),
      hosts: Number(row.hosts),
      lnP: Number(row.ln_p),
      state: row.state as QuarantineRow['state'],
      reason: row.reason as QuarantineRow['reason'],
      what: QUARANTINE_COLUMNS.map((name) => pairOf(row[name])),
    });
  }
  return rows;
}

function pairOf(value: unknown): Pair {
  const bits = BigInt(value as bigint);
  return { lo: Number(bits & 0xffff_ffffn), hi: Number(bits >> 32n) };
}
