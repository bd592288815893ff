import type { ViewName } from '../baseline/baseline.js';
import { type FactorPartial, learn } from '../baseline/factor/learn.js';
import { factorModel } from '../baseline/factor/spec.js';
import { learnBeats, type RhythmPartial } from '../baseline/rhythm/learn.js';
import { Snapshot } from '../baseline/snapshot.js';
import { BatchScorer, type BatchScores } from '../score/score-batch.js';

/** A batch as a worker sees it: shared memory and two numbers, nothing to copy. */
export interface WorkerBatch {
  readonly slot: SharedArrayBuffer;
  readonly rows: number;
  readonly hashes: SharedArrayBuffer;
  readonly metaHashes: Uint32Array;
  readonly beatHashes: Uint32Array;
}

export interface LearnTask extends WorkerBatch {
  readonly task: 'learn';
  /** Rows at or behind this time are from the future. */
  readonly endUs: bigint;
}

export interface ScoreTask extends WorkerBatch {
  readonly task: 'score';
  readonly snapshot: SharedArrayBuffer;
  /** Names the snapshot, so that a worker prepares it once. */
  readonly checksum: string;
}

export type LearnResult = Record<ViewName, FactorPartial> & { readonly rhythm: RhythmPartial };
export type ScoreResult = Record<ViewName, BatchScores> & { readonly rhythm: RhythmPartial };

/** The last snapshot used, prepared: a memo of shared, constant memory, not state. */
let prepared: { checksum: string; scorers: Record<ViewName, BatchScorer> } | undefined;

function scorersOf(task: ScoreTask): Record<ViewName, BatchScorer> {
  if (prepared?.checksum !== task.checksum) {
    const { constants, views } = factorModel();
    const snapshot = new Snapshot(task.snapshot);
    const make = (view: ViewName) => new BatchScorer(views[view], constants, snapshot, task.metaHashes);
    prepared = { checksum: task.checksum, scorers: { fifteen: make('fifteen'), five: make('five') } };
  }
  return prepared.scorers;
}

/** Runs one task: learn(batch) → partials or score(batch, snapshot) → scores. Both are pure. */
export default function run(task: LearnTask | ScoreTask): LearnResult | ScoreResult {
  const { slot, rows, hashes, metaHashes, beatHashes } = task;
  if (task.task === 'learn') {
    return {
      fifteen: learn(slot, rows, hashes, 'proc', metaHashes, task.endUs),
      five: learn(slot, rows, hashes, 'saddr', metaHashes, task.endUs),
      rhythm: learnBeats(slot, rows, hashes, beatHashes, task.endUs),
    };
  }
  const scorers = scorersOf(task);
  return {
    fifteen: scorers.fifteen.score(slot, rows, hashes),
    five: scorers.five.score(slot, rows, hashes),
    rhythm: learnBeats(slot, rows, hashes, beatHashes),
  };
}
