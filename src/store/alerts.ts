import type { AppendColumn } from '../duck/append.js';
import type { Session } from '../duck/session.js';

/** What a decider let through. */
export interface AlertRow {
  /** Place in its run, from 1. */
  readonly alert: number;
  /** Minutes since 1970: the first, and the worst. */
  readonly minute: number;
  readonly worst: number;
  readonly host: string;
  readonly wholeHost: boolean;
  readonly exe: string | null;
  readonly user: string | null;
  /** Nats. */
  readonly score: number;
  readonly lnP: number;
  readonly closedForm: boolean;
  readonly thresholdLnP: number;
  readonly updates: number;
}

/** One thing that carries an alert. */
export interface AlertEvidenceRow {
  readonly alert: number;
  /** 1 is the most anomalous. */
  readonly rank: number;
  readonly kind: 'event' | 'window' | 'joint' | 'rhythm';
  readonly lnP: number;
  readonly trust: number;
  readonly event: number | null;
  readonly rhythm: number | null;
  readonly minute: number | null;
  readonly wholeHost: boolean | null;
  readonly feature: string | null;
  readonly sizeSeconds: number | null;
  readonly value: number | null;
  readonly typical: number | null;
}

/** Alerts of a run; they replace those it had. */
export interface AlertSet {
  readonly run: number;
  readonly alerts: readonly AlertRow[];
  readonly evidence: readonly AlertEvidenceRow[];
}

/** Writes alerts in the caller's transaction. */
export async function putAlerts(session: Session, { run, alerts, evidence }: AlertSet): Promise<void> {
  for (const table of ['alert_rows', 'alert_evidence_rows'])
    await session.run(`DELETE FROM ${table} WHERE run = ?`, [run]);
  await session.append(
    'alert_rows',
    [
      { type: 'INTEGER', values: new Int32Array(alerts.length).fill(run) },
      integers(alerts, (a) => a.alert),
      minutes(alerts, (a) => a.minute),
      minutes(alerts, (a) => a.worst),
      texts(alerts, (a) => a.host),
      flags(alerts, (a) => a.wholeHost),
      texts(alerts, (a) => a.exe),
      texts(alerts, (a) => a.user),
      doubles(alerts, (a) => a.score),
      doubles(alerts, (a) => a.lnP),
      flags(alerts, (a) => a.closedForm),
      doubles(alerts, (a) => a.thresholdLnP),
      integers(alerts, (a) => a.updates),
    ],
    alerts.length,
  );
  await session.append(
    'alert_evidence_rows',
    [
      { type: 'INTEGER', values: new Int32Array(evidence.length).fill(run) },
      integers(evidence, (e) => e.alert),
      integers(evidence, (e) => e.rank),
      texts(evidence, (e) => e.kind),
      doubles(evidence, (e) => e.lnP),
      doubles(evidence, (e) => e.trust),
      {
        type: 'BIGINT',
        ...known(
          evidence,
          (e) => e.event,
          (n) => BigInt64Array.from(n, BigInt),
        ),
      },
      integers(evidence, (e) => e.rhythm),
      minutes(evidence, (e) => e.minute),
      {
        type: 'BOOLEAN',
        ...known(
          evidence,
          (e) => (e.wholeHost === null ? null : Number(e.wholeHost)),
          (n) => Uint8Array.from(n),
        ),
      },
      texts(evidence, (e) => e.feature),
      integers(evidence, (e) => e.sizeSeconds),
      doubles(evidence, (e) => e.value),
      doubles(evidence, (e) => e.typical),
    ],
    evidence.length,
  );
}

type Numbers<T> = (row: T) => number | null;

/** Values with what is null: 0 stands there. */
function known<T, V>(rows: readonly T[], of: Numbers<T>, make: (numbers: readonly number[]) => V) {
  const numbers = rows.map(of);
  const valid = new Uint8Array(Math.ceil(rows.length / 8));
  numbers.forEach((n, i) => {
    if (n !== null) valid[i >> 3]! |= 1 << (i & 7);
  });
  return { values: make(numbers.map((n) => n ?? 0)), valid };
}

const integers = <T>(rows: readonly T[], of: Numbers<T>): AppendColumn => ({
  type: 'INTEGER',
  ...known(rows, of, (n) => Int32Array.from(n)),
});
const doubles = <T>(rows: readonly T[], of: Numbers<T>): AppendColumn => ({
  type: 'DOUBLE',
  ...known(rows, of, (n) => Float64Array.from(n)),
});
const minutes = <T>(rows: readonly T[], of: Numbers<T>): AppendColumn => ({
  type: 'TIMESTAMPTZ',
  ...known(rows, of, (n) => BigInt64Array.from(n, (minute) => BigInt(minute) * 60_000_000n)),
});
const texts = <T>(rows: readonly T[], of: (row: T) => string | null): AppendColumn => ({
  type: 'VARCHAR',
  values: rows.map(of),
});
const flags = <T>(rows: readonly T[], of: (row: T) => boolean): AppendColumn => ({
  type: 'BOOLEAN',
  values: Uint8Array.from(rows, (row) => Number(of(row))),
});
