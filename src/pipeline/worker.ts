import type { ViewName } from '../baseline/baseline.js';
import { type FactorPartial, learn } from '../baseline/factor/learn.js';
import { baselineModel } from '../baseline/model.js';
import { Snapshot } from '../baseline/snapshot.js';
import type { WatchedWords } from '../baseline/window/features.js';
import { type WindowPartial, WindowReader } from '../baseline/window/learn.js';
import { BatchScorer, type BatchScores } from '../score/score-batch.js';
import { END_TIME_US } from '../tuple/time.js';

/** A batch as a worker sees it: shared memory and two numbers, nothing to copy. */
export interface WorkerBatch {
  readonly slot: SharedArrayBuffer;
  readonly rows: number;
  readonly hashes: SharedArrayBuffer;
  readonly metaHashes: Uint32Array;
  readonly words: WatchedWords;
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

export type LearnResult = Record<ViewName, FactorPartial> & { readonly windows: WindowPartial };
export type ScoreResult = Record<ViewName, BatchScores> & { readonly windows: WindowPartial };

/** The last snapshot used, prepared: a memo of shared, constant memory, not state. */
let prepared: { checksum: string; scorers: Record<ViewName, BatchScorer> } | undefined;

function scorersOf(task: ScoreTask): Record<ViewName, BatchScorer> {
  if (prepared?.checksum !== task.checksum) {
    const { constants, views } = baselineModel();
    const snapshot = new Snapshot(task.snapshot);
    const make = (view: ViewName) => new BatchScorer(views[view], constants, snapshot, task.metaHashes);
    prepared = { checksum: task.checksum, scorers: { fifteen: make('fifteen'), five: make('five') } };
  }
  return prepared.scorers;
}

function readWindows({ slot, rows, hashes, metaHashes, words }: WorkerBatch, endUs: bigint): WindowPartial {
  return new WindowReader(baselineModel().windows, words, metaHashes).read(slot, rows, hashes, endUs);
}

/** Runs one task: learn(batch) → partials or score(batch, snapshot) → scores. Both are pure. */
export default function run(task: LearnTask | ScoreTask): LearnResult | ScoreResult {
  const { slot, rows, hashes, metaHashes } = task;
  if (task.task === 'learn') {
    return {
      fifteen: learn(slot, rows, hashes, 'proc', metaHashes, task.endUs),
      five: learn(slot, rows, hashes, 'saddr', metaHashes, task.endUs),
      windows: readWindows(task, task.endUs),
    };
  }
  const scorers = scorersOf(task);
  return {
    fifteen: scorers.fifteen.score(slot, rows, hashes),
    five: scorers.five.score(slot, rows, hashes),
    windows: readWindows(task, END_TIME_US),
  };
}
