import { beatHashes } from '../baseline/hash-key.js';
import { learnBeats } from '../baseline/rhythm/learn.js';
import type { RhythmModel } from '../baseline/rhythm/spec.js';
import { learnRoles } from '../baseline/role/partial.js';
import { Roles, RolesAtHand } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { RhythmBaseline } from '../score/rhythm-baseline.js';
import { RhythmScores } from '../score/rhythm-scores.js';
import type { Store } from '../store/store.js';
import { BEAT_SYSCALLS, type ColumnName } from '../tuple/columns.js';
import { END_TIME_US } from '../tuple/time.js';
import { readBeats } from './learned-beats.js';
import { eventsOfRun, queryOf } from './run-events.js';
import { codesOf } from './stored-codes.js';
import { StoredSource } from './stored-source.js';

/** Of which pairs the beats are read; what is left out may be anything. */
export interface PairsRead {
  readonly host?: string | undefined;
  readonly daddr?: string | undefined;
}

const READ: readonly ColumnName[] = ['ts', 'host', 'role', 'exe', 'user', 'syscall', 'saddr', 'daddr', 'dport'];

/**
 * Hears pairs again, from the stored events of a run in their order, over what was learned of them. The same code over the same
 * beats, so the same rhythms, unless more was learned since. O(calls in the run) + O(learned beats).
 */
export async function replayPairs(
  store: Store,
  run: number,
  snapshot: Snapshot,
  model: RhythmModel,
  asked: PairsRead,
): Promise<{ readonly scores: RhythmScores; readonly baseline: RhythmBaseline }> {
  const events = await eventsOfRun(store, run);
  const words = BEAT_SYSCALLS.map((word) => `'${word}'`).join(', ');
  const where = [`syscall IN (SELECT code FROM strings WHERE text IN (${words}))`];
  for (const name of ['host', 'daddr'] as const) {
    const value = asked[name];
    if (value !== undefined) where.push(`${name} IN (${await codesOf(store, name, value, events.runs)})`);
  }
  const source = new StoredSource(`run ${run}`, store, queryOf(events, READ, where.join(' AND ')));
  const roles = new RolesAtHand(Roles.read(snapshot));
  const baseline = new RhythmBaseline(snapshot, model, roles);
  const scores = new RhythmScores(baseline, await readBeats(store), model.constants);
  const hashes = beatHashes(store.hashKey);
  for await (const batch of source.batches()) {
    roles.observe(learnRoles(batch.slot, batch.rows, batch.strings.hashes, END_TIME_US));
    const partial = learnBeats(batch.slot, batch.rows, batch.strings.hashes, hashes);
    scores.take(partial, (code) => batch.strings.value(code));
    batch.release();
  }
  return { scores, baseline };
}
