import { baselineModel } from '../baseline/model.js';
import type { JsonValue } from '../duck/json-value.js';
import type { RhythmScore } from '../score/rhythm-scores.js';
import type { BatchScores } from '../score/score-batch.js';
import type { Finding } from '../store/findings.js';
import type { RhythmRow } from '../store/rhythms.js';
import type { Run } from '../store/runs.js';
import type { ScoreBlock } from '../store/scores.js';
import type { Store } from '../store/store.js';
import type { Batch } from '../tuple/batch.js';
import { alertSet } from './alert-rows.js';
import type { DecisionReport } from './decision.js';
import type { EventIds } from './event-ids.js';
import type { Dims, ScoreOptions } from './score-options.js';
import type { StoredEventBatch } from './stored-source.js';
import type { ToldFinding } from './told-findings.js';

/** What a run stores, as the store takes it. */

export function scoreBlock(dims: Dims, scores: BatchScores, snapshot: number): ScoreBlock {
  const { by } = baselineModel().views[dims === 15 ? 'fifteen' : 'five'];
  const { bits, lnP, flags, group } = scores;
  return { dims, snapshot, bits, lnP, flags, group, names: by, by: scores.by };
}

/** Stores what was scored, with its events where they are not stored yet; gives their ids. */
export async function keepScores(
  { store, stored }: ScoreOptions,
  run: Run,
  batch: Batch,
  blocks: readonly ScoreBlock[],
): Promise<EventIds> {
  if (stored === undefined) return (await store.appendBatch(run.run, batch, blocks)).firstEvent;
  const { events } = batch as StoredEventBatch;
  if (!run.complete) await store.appendScores(run.run, events, blocks);
  return events;
}

/** State key of what was decided about a run. */
const decisionKey = (run: number) => `decision ${run}`;

/** Alerts are those of the newest options: asked again with others they are replaced, with the same nothing is written. */
export async function storeDecision(store: Store, run: number, decision: DecisionReport): Promise<void> {
  const { options, startLnP, endLnP, state } = decision;
  const entry = { ...options, start_ln_p: startLnP, end_ln_p: endLnP, state } as unknown as JsonValue;
  const known = await store.readState(decisionKey(run));
  if (JSON.stringify(known) === JSON.stringify(entry)) return;
  await store.commit({ alerts: alertSet(run, decision.alerts), state: { [decisionKey(run)]: entry } });
}

/** Each tree of a finding is stored; all have its rank. */
export function findingRows({ trees, hosts, announced }: ToldFinding, i: number): Finding[] {
  return trees.map(({ best, tree, lnP: treeLnP }) => {
    const { event, lnP } = best[0]!;
    return { event, tree, rank: i + 1, lnP, treeLnP, hosts: Math.max(1, hosts.length), announced };
  });
}

export function rhythmRow(found: RhythmScore): RhythmRow {
  const { parts, gate, description, lnRank, bits, score, known, finding } = found;
  const { beats, periodMs, jitterShare: jitter, missedShare: missed, nextMs } = description;
  const pair = { ...parts, host: parts.host ?? '', daddr: parts.daddr ?? '' };
  return { ...pair, beats, periodMs, jitter, missed, nextMs, lnP: gate.lnP, lnRank, bits, score, known, finding };
}
