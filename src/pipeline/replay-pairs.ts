import { beatHashes } from '../baseline/hash-key.js';
import { learnBeats } from '../baseline/rhythm/learn.js';
import type { RhythmModel } from '../baseline/rhythm/spec.js';
import type { RhythmBaseline } from '../score/rhythm-baseline.js';
import { RhythmScores } from '../score/rhythm-scores.js';
import type { Store } from '../store/store.js';
import { BEAT_SYSCALLS, type ColumnName } from '../tuple/columns.js';
import { readBeats } from './learned-beats.js';
import { eventsOfRun, queryOf } from './run-events.js';
import { codesOf } from './stored-codes.js';
import { StoredSource } from './stored-source.js';

/** Of which pairs the beats are read; what is left out may be anything. */
export interface PairsRead {
  readonly host?: string | undefined;
  readonly daddr?: string | undefined;
}

const READ: readonly ColumnName[] = ['ts', 'host', 'exe', 'user', 'syscall', 'saddr', 'daddr', 'dport'];

/**
 * Hears pairs again, from the stored events of a run in their order, over what was learned of them. The same code over the same
 * beats, so the same rhythms, unless more was learned since. O(calls in the run) + O(learned beats).
 */
export async function replayPairs(
  store: Store,
  run: number,
  baseline: RhythmBaseline,
  { constants }: RhythmModel,
  asked: PairsRead,
): Promise<RhythmScores> {
  const events = await eventsOfRun(store, run);
  const words = BEAT_SYSCALLS.map((word) => `'${word}'`).join(', ');
  const where = [`syscall IN (SELECT code FROM strings WHERE text IN (${words}))`];
  for (const name of ['host', 'daddr'] as const) {
    const value = asked[name];
    if (value !== undefined) where.push(`${name} IN (${await codesOf(store, name, value, events.runs)})`);
  }
  const source = new StoredSource(`run ${run}`, store, queryOf(events, READ, where.join(' AND ')));
  const scores = new RhythmScores(baseline, await readBeats(store), constants);
  const hashes = beatHashes(store.hashKey);
  for await (const batch of source.batches()) {
    const partial = learnBeats(batch.slot, batch.rows, batch.strings.hashes, hashes);
    scores.take(partial, (code) => batch.strings.value(code));
    batch.release();
  }
  return scores;
}
