import type { AppendColumn } from '../duck/append.js';
import type { Session } from '../duck/session.js';
import { nullable } from './nullable-values.js';

/** Features kept of each vector, by place: those that add the most. */
export const JOINT_PARTS = [1, 2, 3] as const;

/** What a feature adds to a vector's score. */
export interface JointPartRow {
  readonly feature: string;
  readonly value: number;
  readonly expected: number;
  readonly typical: number;
  readonly bits: number;
}

/** A window of a subject or host, judged as one vector. */
export interface JointRow {
  /** Minutes since 1970 of its last minute. */
  readonly minute: number;
  readonly host: string;
  readonly wholeHost: boolean;
  readonly exe: string | null;
  readonly user: string | null;
  readonly sizeSeconds: number;
  readonly bits: number;
  readonly lnP: number;
  readonly units: number;
  /** The largest first. */
  readonly parts: readonly JointPartRow[];
}

/** Vectors of a run; they replace those it had. */
export interface JointSet {
  readonly run: number;
  readonly rows: readonly JointRow[];
}

/** Writes vectors in the caller's transaction. */
export async function putJoint(session: Session, { run, rows }: JointSet): Promise<void> {
  await session.run('DELETE FROM joint_rows WHERE run = ?', [run]);
  const double = (of: (row: JointRow) => number): AppendColumn => ({
    type: 'DOUBLE',
    values: Float64Array.from(rows, of),
  });
  const text = (of: (row: JointRow) => string | null): AppendColumn => ({ type: 'VARCHAR', values: rows.map(of) });
  const columns: AppendColumn[] = [
    { type: 'INTEGER', values: new Int32Array(rows.length).fill(run) },
    { type: 'TIMESTAMPTZ', values: BigInt64Array.from(rows, (r) => BigInt(r.minute) * 60_000_000n) },
    text((r) => r.host),
    { type: 'BOOLEAN', values: Uint8Array.from(rows, (r) => Number(r.wholeHost)) },
    text((r) => r.exe),
    text((r) => r.user),
    { type: 'INTEGER', values: Int32Array.from(rows, (r) => r.sizeSeconds) },
    double((r) => r.bits),
    double((r) => r.lnP),
    double((r) => r.units),
    ...JOINT_PARTS.flatMap((i) => partColumns(rows.map((r) => r.parts[i - 1]))),
  ];
  await session.append('joint_rows', columns, rows.length);
}

function partColumns(parts: readonly (JointPartRow | undefined)[]): AppendColumn[] {
  const numbers = (['value', 'expected', 'typical', 'bits'] as const).map((name): AppendColumn => {
    const values = parts.map((part) => part?.[name] ?? null);
    return { type: 'DOUBLE', ...nullable(values, Float64Array) };
  });
  return [{ type: 'VARCHAR', values: parts.map((part) => part?.feature ?? null) }, ...numbers];
}
