import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { toBigInt } from '../tuple/hash.js';
import { formatTime } from '../tuple/time.js';
import type { Alert, AlertEvidence } from './alert.js';
import type { EventEvidence } from './day-evidence.js';
import type { ScoreReport } from './score.js';

/** An alert with what carries it; the one form for JSON and terminal. */
export interface AlertReport {
  readonly kind: 'alert';
  /** Place in its run, in the order of time, from 1. */
  readonly alert: number;
  readonly run: number;
  /** The first minute, and the worst. */
  readonly at: string;
  readonly worst: string;
  readonly host: string;
  readonly whole_host: boolean;
  readonly exe: string | null;
  readonly user: string | null;
  readonly score: number;
  readonly ln_p: number;
  readonly threshold_ln_p: number;
  readonly closed_form: boolean;
  readonly updates: number;
  /** Rank of the finding whose process tree holds its oddest event. */
  readonly finding: number | null;
  /** Number of the announced change that covers that finding. */
  readonly announced: number | null;
  readonly evidence: readonly EvidenceReport[];
}

export type EvidenceReport = { readonly ln_p: number; readonly trust: number } & (
  | {
      readonly kind: 'event';
      readonly event: number;
      /** The run that stored the event, and its position there; another one where stored events were scored again. */
      readonly stored_run: number;
      readonly row: number;
      readonly bits: number;
      readonly extrapolated: boolean;
      readonly syscall: string | null;
      readonly args: string | null;
      readonly path: string | null;
      /** Null where a program is known: it says more of who it was. */
      readonly saddr: string | null;
      readonly daddr: string | null;
      readonly dport: number | null;
      /** The dimensions that cost most, dearest first. */
      readonly dearest: readonly { readonly column: string; readonly bits: number }[];
    }
  | {
      readonly kind: 'window' | 'joint';
      readonly at: string;
      readonly whole_host: boolean;
      readonly feature: string | null;
      readonly size_s: number | null;
      readonly value: number | null;
      readonly typical: number | null;
      readonly lost: number;
    }
  | ({ readonly kind: 'rhythm'; readonly rhythm: number } & RhythmWords)
);

/** Who calls whom, and how often. */
interface RhythmWords {
  readonly exe: string | null;
  readonly saddr: string | null;
  readonly daddr: string;
  readonly dport: string | null;
  readonly period_s: number;
}

/** Dimensions named of an event. */
const DEAREST = 3;

/** What is told of evidence: of an event less than deciding knows. */
export type ToldEvidence =
  | Exclude<AlertEvidence, { readonly kind: 'event' }>
  | (Omit<Extract<AlertEvidence, { readonly kind: 'event' }>, 'event'> & {
      readonly event: Pick<EventEvidence, 'event' | 'row' | 'bits' | 'extrapolated'>;
    });

type Scored = Pick<ScoreReport, 'run' | 'trees' | 'findingOf'>;

/** Describes alerts one after the other. Costs a query an event. */
export async function* describeAlerts(
  store: Store,
  alerts: readonly Alert[],
  { run, trees, findingOf }: Scored,
): AsyncGenerator<AlertReport> {
  for (const alert of alerts) {
    const { host, exe, user, score, updates } = alert;
    const first = alert.evidence.find((e) => e.kind === 'event');
    const root = first === undefined ? undefined : trees.root(first.event.lo, first.event.hi);
    const evidence: EvidenceReport[] = [];
    for (const e of alert.evidence) evidence.push(await describeEvidence(store, e, run));
    const finding = root === undefined ? undefined : findingOf.get(toBigInt(root.lo, root.hi));
    yield {
      kind: 'alert',
      alert: alert.alert,
      run,
      at: minuteText(alert.minute),
      worst: minuteText(alert.worst),
      host,
      whole_host: alert.wholeHost,
      exe,
      user,
      score,
      ln_p: alert.lnP,
      threshold_ln_p: alert.thresholdLnP,
      closed_form: alert.closedForm,
      updates,
      finding: finding?.rank ?? null,
      announced: finding?.announced ?? null,
      evidence,
    };
  }
}

export function minuteText(minute: number): string {
  return formatTime(BigInt(minute) * 60_000_000n);
}

/** @param run that scored it */
export async function describeEvidence(store: Store, e: ToldEvidence, run: number): Promise<EvidenceReport> {
  const p = { ln_p: e.lnP, trust: e.trust };
  if (e.kind === 'rhythm')
    return { ...p, kind: e.kind, rhythm: e.rhythm, ...(await rhythmWords(store, e.rhythm, run)) };
  if (e.kind !== 'event') {
    const { kind, feature, value, typical, lost } = e;
    const at = minuteText(e.minute);
    return { ...p, kind, at, whole_host: e.wholeHost, feature, size_s: e.sizeSeconds, value, typical, lost };
  }
  const { event, row, bits, extrapolated } = e.event;
  return { ...p, kind: e.kind, event, row, bits, extrapolated, ...(await eventWords(store, event, run)) };
}

async function rhythmWords(store: Store, rank: number, run: number): Promise<RhythmWords> {
  const sql = 'SELECT exe, saddr, daddr, dport, period_s FROM rhythm_rows WHERE run = ? AND rank = ?';
  for await (const { exe, saddr, daddr, dport, period_s } of store.rows(sql, [run, rank])) {
    const text = (value: unknown) => (value === null ? null : String(value));
    const ends = { saddr: text(saddr), daddr: String(daddr), dport: text(dport) };
    return { exe: text(exe), ...ends, period_s: Number(period_s) };
  }
  throw new QuinceError('BAD_DATABASE', `alerts require the stored rhythms of run ${run}, got none of number ${rank}`);
}

async function eventWords(store: Store, event: number, run: number) {
  const sql = `SELECT e.run AS stored_run, e.syscall, e.args, e.path, e.daddr, e.dport, CASE WHEN e.exe IS NULL THEN e.saddr END AS saddr, s.* FROM events AS e
    LEFT JOIN scores AS s ON s.event = e.event AND s.dims = 15 AND s.run = ? WHERE e.event = ?`;
  for await (const row of store.rows(sql, [run, event])) {
    const text = (name: string) => (row[name] == null ? null : String(row[name]));
    const parts = Object.entries(row).filter(([name, bits]) => name.startsWith('by_') && Number(bits) > 0);
    const dearest = parts
      .map(([name, bits]) => ({ column: name.slice('by_'.length), bits: Number(bits) }))
      .sort((a, b) => b.bits - a.bits || (a.column < b.column ? -1 : 1))
      .slice(0, DEAREST);
    const dport = row.dport == null ? null : Number(row.dport);
    const place = { stored_run: Number(row.stored_run) };
    const what = { syscall: text('syscall'), args: text('args'), path: text('path') };
    return { ...place, ...what, saddr: text('saddr'), daddr: text('daddr'), dport, dearest };
  }
  throw new QuinceError('BAD_DATABASE', `alerts require the stored events of run ${run}, got none of event ${event}`);
}
