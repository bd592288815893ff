import { pairAt } from '../baseline/cells.js';
import { beatHashes } from '../baseline/hash-key.js';
import { Beats } from '../baseline/rhythm/beats.js';
import { learnBeats } from '../baseline/rhythm/learn.js';
import type { RhythmModel } from '../baseline/rhythm/spec.js';
import { learnRoles } from '../baseline/role/partial.js';
import { Roles, RolesAtHand } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { RhythmBaseline } from '../score/rhythm-baseline.js';
import { RhythmScores } from '../score/rhythm-scores.js';
import type { Store } from '../store/store.js';
import { BEAT_SYSCALLS, type ColumnName } from '../tuple/columns.js';
import { type Pair, pairName } from '../tuple/learned.js';
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

export interface ReplayedPairs {
  readonly scores: RhythmScores;
  readonly baseline: RhythmBaseline;
  /** How many of the beats that a pair has now were heard in the run; the others only training heard. */
  readonly ofRun: (key: Pair) => number;
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
): Promise<ReplayedPairs> {
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
  const heard = new Map<string, Beats>();
  for await (const batch of source.batches()) {
    roles.observe(learnRoles(batch.slot, batch.rows, batch.strings.hashes, END_TIME_US));
    const partial = learnBeats(batch.slot, batch.rows, batch.strings.hashes, hashes);
    partial.pair.forEach((at, i) => {
      const name = pairName(pairAt(partial.pairs, at));
      if (!heard.has(name)) heard.set(name, new Beats(model.constants.beats_kept));
      heard.get(name)!.add(partial.ms[i]!);
    });
    scores.take(partial, (code) => batch.strings.value(code));
    batch.release();
  }
  const ofRun = (key: Pair): number => {
    const times = new Set(heard.get(pairName(key))?.times());
    return scores.times(key).filter((ms) => times.has(ms)).length;
  };
  return { scores, baseline, ofRun };
}
