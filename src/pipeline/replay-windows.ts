import { metaHashes } from '../baseline/hash-key.js';
import { baselineModel } from '../baseline/model.js';
import { learnRoles } from '../baseline/role/partial.js';
import { type RoleOf, Roles, RolesAtHand } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { watchedWords } from '../baseline/window/features.js';
import type { HostHour } from '../baseline/window/host-hour.js';
import { WindowReader } from '../baseline/window/learn.js';
import type { ScoredMinute } from '../score/window-scorer.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import type { ColumnName } from '../tuple/columns.js';
import { END_TIME_US } from '../tuple/time.js';
import { eventsOfRun, queryOf } from './run-events.js';
import { codesOf } from './stored-codes.js';
import { isSameInput, StoredSource } from './stored-source.js';
import { WindowScoring } from './window-scoring.js';

/** A minute as it was scored, and all that its host did in the hour. */
export interface ReplayedMinute {
  readonly hour: HostHour;
  readonly score: ScoredMinute;
  /** Roles as they were known when it was scored. */
  readonly roles: RoleOf;
}

/** What windows read of an event beside the columns of their features. */
const READ: readonly ColumnName[] = [
  ...(['ts', 'host', 'role', 'exe', 'user', 'syscall', 'flags', 'parent_exe', 'count', 'ret'] as const),
];

/**
 * Scores the windows of a host again, from the stored events of a run in their stored order and batches, up to the hour that
 * is asked: what came late, what was cut and who was silent follows from all before. The same code over the same events and
 * snapshot, so the same numbers. O(events of the host in the run).
 *
 * @returns undefined where the run has no such minute
 */
export async function replayMinute(
  store: Store,
  run: number,
  snapshot: Snapshot,
  row: WindowRow,
): Promise<ReplayedMinute | undefined> {
  const { windows } = baselineModel();
  const events = await eventsOfRun(store, run);
  const columns = new Set([...READ, ...windows.features.flatMap((feature) => feature.columns ?? [])]);
  const host = `host IN (${await codesOf(store, 'host', row.host, events.runs)})`;
  const source = new StoredSource(`run ${run}`, store, queryOf(events, [...columns], host));
  const reader = new WindowReader(windows, watchedWords(windows, store.hashKey), metaHashes(store.hashKey));
  let found: { hour: HostHour; scores: readonly ScoredMinute[] } | undefined;
  const roles = new RolesAtHand(Roles.read(snapshot));
  const scoring = new WindowScoring(snapshot, roles, (hour, scores) => {
    if (hour.hour === Math.floor(row.minute / 60)) found ??= { hour, scores };
  });
  let input: string | undefined;
  for await (const batch of source.batches()) {
    if (input === undefined || !isSameInput(input, batch.id)) scoring.beginStream();
    input = batch.id;
    roles.observe(learnRoles(batch.slot, batch.rows, batch.strings.hashes, END_TIME_US));
    const partial = reader.read(batch.slot, batch.rows, batch.strings.hashes, END_TIME_US);
    scoring.take(partial, (code) => batch.strings.value(code)?.whole);
    batch.release();
    if (found !== undefined) break;
  }
  // Closes what is open, and names who was silent.
  await scoring.finish(store);
  const score = found?.scores.find((one) => isRow(scoring.rowOf(one), row));
  return score && { hour: found!.hour, score, roles };
}

function isRow(one: WindowRow, row: WindowRow): boolean {
  const name = ({ minute, host, wholeHost, exe, user, feature }: WindowRow) =>
    JSON.stringify([minute, host, wholeHost, exe, user, feature === 'silence']);
  return name(one) === name(row);
}
