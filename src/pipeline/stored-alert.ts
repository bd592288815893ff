import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import type { Alert } from './alert.js';
import type { ToldEvidence } from './describe-alerts.js';

/** An alert as it is stored: of its events what is told. */
export interface StoredAlert extends Omit<Alert, 'evidence'> {
  readonly evidence: readonly ToldEvidence[];
}

type Row = Readonly<Record<string, unknown>>;

const ALERT = `SELECT *, epoch_us("minute") // 60000000 AS first_minute, epoch_us(worst) // 60000000 AS worst_minute
  FROM alerts WHERE run = ? AND alert = ?`;

/** A vector has no loss of its own: one of which much was lost is not judged. */
const EVIDENCE = `SELECT v.*, epoch_us(v."minute") // 60000000 AS at, s.bits, s.extrapolated, coalesce(w.lost, 0) AS lost
  FROM alert_evidence AS v JOIN alerts AS a ON a.run = v.run AND a.alert = v.alert
  LEFT JOIN scores AS s ON s.event = v.event AND s.run = v.run AND s.dims = 15
  LEFT JOIN windows AS w ON v.kind = 'window' AND w.run = v.run AND w."minute" = v."minute" AND w.host = a.host
    AND w.whole_host = v.whole_host AND w.feature IS NOT DISTINCT FROM v.feature
    AND (v.whole_host OR (w.exe IS NOT DISTINCT FROM a.exe AND w."user" IS NOT DISTINCT FROM a."user"))
  WHERE v.run = ? AND v.alert = ? ORDER BY v.rank`;

/** An alert of a run by the number that scoring gave it. @throws BAD_ARGUMENT when there is none */
export async function alertByNumber(store: Store, run: number, number: number): Promise<StoredAlert> {
  const evidence: ToldEvidence[] = [];
  for await (const row of store.rows(EVIDENCE, [run, number])) evidence.push(evidenceOf(row));
  for await (const row of store.rows(ALERT, [run, number])) return { ...alertOf(row), evidence };
  let most = 0;
  for await (const { n } of store.rows('SELECT count(*)::DOUBLE AS n FROM alerts WHERE run = ?', [run]))
    most = Number(n);
  const rule = most === 0 ? 'a run with alerts' : `1 to ${most} in run ${run}`;
  const advice = 'any minute can be explained: --window --at TIME --host HOST';
  throw new QuinceError('BAD_ARGUMENT', `--alert requires ${rule}, got ${number}; ${advice}`);
}

const textOf = (value: unknown): string | null => (value === null ? null : String(value));
const numberOf = (value: unknown): number | null => (value === null ? null : Number(value));

function alertOf(row: Row): Omit<Alert, 'evidence'> {
  return {
    alert: Number(row.alert),
    host: String(row.host),
    wholeHost: row.whole_host === true,
    exe: textOf(row.exe),
    user: textOf(row.user),
    minute: Number(row.first_minute),
    worst: Number(row.worst_minute),
    score: Number(row.score),
    lnP: Number(row.ln_p),
    closedForm: row.closed_form === true,
    thresholdLnP: Number(row.threshold_ln_p),
    updates: Number(row.updates),
  };
}

function evidenceOf(row: Row): ToldEvidence {
  const p = { lnP: Number(row.ln_p), trust: Number(row.trust) };
  if (row.kind === 'rhythm') return { ...p, kind: 'rhythm', rhythm: Number(row.rhythm) };
  if (row.kind === 'event') {
    const { event, row: at, bits, extrapolated } = row;
    const told = { event: Number(event), row: Number(at), bits: Number(bits), extrapolated: extrapolated === true };
    return { ...p, kind: 'event', event: told };
  }
  return {
    ...p,
    kind: row.kind === 'joint' ? 'joint' : 'window',
    minute: Number(row.at),
    wholeHost: row.whole_host === true,
    feature: textOf(row.feature),
    sizeSeconds: numberOf(row.size_s),
    value: numberOf(row.value),
    typical: numberOf(row.typical),
    lost: Number(row.lost),
  };
}
