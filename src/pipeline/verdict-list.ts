import { StandingVerdicts } from '../baseline/learning/verdicts.js';
import { baselineModel } from '../baseline/model.js';
import { Roles } from '../baseline/roles.js';
import { openSnapshot } from '../baseline/snapshot.js';
import type { Store } from '../store/store.js';
import { H } from '../tuple/hash.js';
import { QUARANTINE_COLUMNS, type VerdictRow } from '../tuple/learned.js';
import { formatDay } from '../tuple/time.js';
import { EventVectors } from './event-vector.js';
import { storedEvent } from './stored-event.js';

/** A verdict as it is shown; the one form for JSON, terminal and tests. */
export interface ShownVerdict {
  readonly verdict: number;
  /** By the day of the newest event learned. */
  readonly state: 'in force' | 'expired' | 'revoked';
  readonly scope: VerdictRow['scope'];
  readonly role: string | null;
  /** UTC day, the last on which it counts. */
  readonly until: string;
  readonly by: string;
  readonly why: string;
  readonly made: string;
  readonly revoked: string | null;
  /** Presences that it counts for. */
  readonly weight: number;
  readonly event: number;
  /** What the event was, of the columns that say what a signature is. */
  readonly what: Readonly<Record<string, string>>;
}

/** All verdicts ever given, the newest first. */
export async function listVerdicts(store: Store): Promise<ShownVerdict[]> {
  const shown: ShownVerdict[] = [];
  for await (const row of store.rows(
    'SELECT * REPLACE (until::VARCHAR AS until) FROM verdicts ORDER BY verdict DESC',
  )) {
    const what = QUARANTINE_COLUMNS.filter((name) => row[name] !== null).map((name) => [name, String(row[name])]);
    shown.push({
      verdict: Number(row.verdict),
      state: row.state as ShownVerdict['state'],
      scope: row.scope as VerdictRow['scope'],
      role: row.role === null ? null : String(row.role),
      until: String(row.until),
      by: String(row.by),
      why: String(row.why),
      made: String(row.made),
      revoked: row.revoked === null ? null : String(row.revoked),
      weight: Number(row.weight),
      event: Number(row.event),
      what: Object.fromEntries(what),
    });
  }
  return shown;
}

/** A verdict that stands behind a score. */
export interface VerdictBehind {
  readonly verdict: number;
  readonly scope: VerdictRow['scope'];
  readonly by: string;
  readonly why: string;
  readonly until: string;
}

/** The verdicts on the signature of a stored event that were in force in the snapshot which scored it. */
export async function verdictsBehind(store: Store, event: number): Promise<VerdictBehind[]> {
  const rows = await store.readVerdicts();
  if (rows.length === 0) return [];
  const counted = await countedIn(store, event);
  if (counted === undefined) return [];
  const v = new EventVectors(store.hashKey, baselineModel().constants.hour_zone).read(await storedEvent(store, event));
  v.signature();
  const signature = { lo: H.lo, hi: H.hi };
  // What was in force then, whatever became of it since.
  const then = rows
    .filter(({ id }) => counted.verdicts.includes(id))
    .map((row) => ({ ...row, revoked: undefined, untilDay: Number.POSITIVE_INFINITY }));
  return StandingVerdicts.on(0, then, counted.roles)
    .on(signature, v)
    .map(({ id }) => rows.find((row) => row.id === id)!)
    .map(({ id, scope, by, why, untilDay }) => ({ verdict: id, scope, by, why, until: formatDay(untilDay) }));
}

async function countedIn(
  store: Store,
  event: number,
): Promise<{ verdicts: readonly number[]; roles: Roles } | undefined> {
  const sql = 'SELECT snapshot FROM scores WHERE event = ? AND dims = 15 ORDER BY run DESC LIMIT 1';
  for await (const { snapshot } of store.rows(sql, [event])) {
    const stored = await store.snapshot(Number(snapshot));
    if (stored === undefined) return undefined;
    const of = openSnapshot(stored.bytes);
    return { verdicts: of.card.verdicts ?? [], roles: Roles.read(of) };
  }
  return undefined;
}
