import type { AtomVector } from '../baseline/factor/atoms.js';
import type { Store } from '../store/store.js';
import { H } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';
import type { EventVectors } from './event-vector.js';

/** Whether a verdict's scope holds a signature. */
export type Covers = (signature: Pair, v: AtomVector) => boolean;

export interface TouchedAlerts {
  /** The newest finished run that scored rows; null for none. */
  readonly run: number | null;
  /** How many alerts it has. */
  readonly alerts: number;
  /** Numbers of those whose kept evidence has an event that the verdict covers. */
  readonly losing: readonly number[];
}

/** Alerts of the newest run that lose evidence by a verdict. Costs a look at the events of its evidence. */
export async function touchedAlerts(store: Store, vectors: EventVectors, covers: Covers): Promise<TouchedAlerts> {
  const newest = `SELECT max(run) AS run, (SELECT count(*)::DOUBLE FROM alerts WHERE run = max(r.run)) AS alerts
    FROM runs AS r WHERE kind = 'score' AND finished IS NOT NULL AND "rows" > 0`;
  for await (const { run, alerts } of store.rows(newest)) {
    if (run === null) break;
    const losing = new Set<number>();
    const sql = `SELECT a.alert, e.*, epoch_us(e.ts) AS ts FROM alert_evidence_rows AS a JOIN events AS e USING (event)
      WHERE a.run = ? ORDER BY a.alert`;
    for await (const { alert, ...event } of store.rows(sql, [Number(run)])) {
      const v = vectors.read(event);
      v.signature();
      if (covers({ lo: H.lo, hi: H.hi }, v)) losing.add(Number(alert));
    }
    return { run: Number(run), alerts: Number(alerts), losing: [...losing] };
  }
  return { run: null, alerts: 0, losing: [] };
}
