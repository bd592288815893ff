import type { AppendColumn } from '../duck/append.js';
import type { Duck } from '../duck/duck.js';
import type { Row } from '../duck/read.js';
import type { Session } from '../duck/session.js';
import { nullable } from './nullable-values.js';

/** A minute of a subject or host, scored. */
export interface WindowRow {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly host: string;
  readonly wholeHost: boolean;
  readonly exe: string | null;
  readonly user: string | null;
  /** The most surprising of its windows; null where none is. */
  readonly feature: string | null;
  readonly sizeSeconds: number | null;
  readonly value: number | null;
  readonly typical: number | null;
  readonly windowLnP: number | null;
  readonly lost: number;
  readonly bits: number;
  readonly lnP: number;
  readonly units: number;
}

/** Minutes of a run; they replace those it had. */
export interface WindowSet {
  readonly run: number;
  readonly rows: readonly WindowRow[];
}

/** Writes minutes in the caller's transaction. */
export async function putWindows(session: Session, { run, rows }: WindowSet): Promise<void> {
  await session.run('DELETE FROM window_rows WHERE run = ?', [run]);
  const columns: AppendColumn[] = [
    { type: 'INTEGER', values: new Int32Array(rows.length).fill(run) },
    { type: 'TIMESTAMPTZ', values: BigInt64Array.from(rows, (r) => BigInt(r.minute) * 60_000_000n) },
    { type: 'VARCHAR', values: rows.map((r) => r.host) },
    { type: 'BOOLEAN', values: Uint8Array.from(rows, (r) => Number(r.wholeHost)) },
    { type: 'VARCHAR', values: rows.map((r) => r.exe) },
    { type: 'VARCHAR', values: rows.map((r) => r.user) },
    { type: 'VARCHAR', values: rows.map((r) => r.feature) },
    {
      type: 'INTEGER',
      ...nullable(
        rows.map((r) => r.sizeSeconds),
        Int32Array,
      ),
    },
    {
      type: 'DOUBLE',
      ...nullable(
        rows.map((r) => r.value),
        Float64Array,
      ),
    },
    {
      type: 'DOUBLE',
      ...nullable(
        rows.map((r) => r.typical),
        Float64Array,
      ),
    },
    {
      type: 'DOUBLE',
      ...nullable(
        rows.map((r) => r.windowLnP),
        Float64Array,
      ),
    },
    { type: 'DOUBLE', values: Float64Array.from(rows, (r) => r.lost) },
    { type: 'DOUBLE', values: Float64Array.from(rows, (r) => r.bits) },
    { type: 'DOUBLE', values: Float64Array.from(rows, (r) => r.lnP) },
    { type: 'DOUBLE', values: Float64Array.from(rows, (r) => r.units) },
  ];
  await session.append('window_rows', columns, rows.length);
}

/** Minutes of a run in the order they were given. @param where SQL over `window_rows` that they must pass */
export async function readWindows(
  duck: Duck,
  run: number,
  where = 'true',
  parameters: readonly (string | number | null)[] = [],
): Promise<WindowRow[]> {
  const rows: WindowRow[] = [];
  const sql = `SELECT *, epoch_us(minute)::DOUBLE / 60e6 AS at FROM window_rows WHERE run = ? AND (${where}) ORDER BY rowid`;
  for await (const row of duck.rows(sql, [run, ...parameters])) rows.push(rowOf(row));
  return rows;
}

function rowOf(row: Row): WindowRow {
  const number = (name: string) => (row[name] === null ? null : Number(row[name]));
  const text = (name: string) => (row[name] === null ? null : String(row[name]));
  return {
    minute: Number(row.at),
    host: String(row.host),
    wholeHost: row.whole_host === true,
    exe: text('exe'),
    user: text('user'),
    feature: text('feature'),
    sizeSeconds: number('size_s'),
    value: number('value'),
    typical: number('typical'),
    windowLnP: number('window_ln_p'),
    lost: Number(row.lost),
    bits: Number(row.bits),
    lnP: Number(row.ln_p),
    units: Number(row.units),
  };
}
