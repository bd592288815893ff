import { type FactorPartial, learn } from '../baseline/factor/learn.js';
import { beatHashes, metaHashes } from '../baseline/hash-key.js';
import type { ViewName } from '../baseline/learned-state.js';
import { baselineModel } from '../baseline/model.js';
import { learnBeats, type RhythmPartial } from '../baseline/rhythm/learn.js';
import { learnRoles, type RolePartial } from '../baseline/role/partial.js';
import { Snapshot } from '../baseline/snapshot.js';
import { type WatchedWords, watchedWords } from '../baseline/window/features.js';
import { type WindowPartial, WindowReader } from '../baseline/window/learn.js';
import { dayUnits, type UnitPartial } from '../score/day-units.js';
import { BatchScorer, type BatchScores } from '../score/score-batch.js';
import { END_TIME_US } from '../tuple/time.js';

/** Hashes of words that workers must know, under the model's key: of the syscalls no baseline learns, of beats, of windows. */
export interface WorkerWords {
  readonly metaHashes: Uint32Array;
  readonly beatHashes: Uint32Array;
  readonly watched: WatchedWords;
}

export function workerWords(key: Uint8Array): WorkerWords {
  const watched = watchedWords(baselineModel().windows, key);
  return { metaHashes: metaHashes(key), beatHashes: beatHashes(key), watched };
}

/** A batch as a worker sees it: shared memory, two numbers and a few hashes. */
export interface WorkerBatch extends WorkerWords {
  readonly slot: SharedArrayBuffer;
  readonly rows: number;
  readonly hashes: SharedArrayBuffer;
  /** Rows whose role configuration gave, a bit each. */
  readonly configuredRoles?: Uint8Array | undefined;
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

/** What the owner folds over time. */
export interface StatePartials {
  readonly windows: WindowPartial;
  readonly rhythm: RhythmPartial;
  readonly roles: RolePartial;
}

export type LearnResult = Record<ViewName, FactorPartial> & StatePartials;
export type ScoreResult = Record<ViewName, BatchScores> & StatePartials & { readonly units: UnitPartial };

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

function readWindows({ slot, rows, hashes, metaHashes, watched }: WorkerBatch, endUs: bigint): WindowPartial {
  return new WindowReader(baselineModel().windows, watched, metaHashes).read(slot, rows, hashes, endUs);
}

/** Runs one task: learn(batch) → partials or score(batch, snapshot) → scores. Both are pure. */
export default function run(task: LearnTask | ScoreTask): LearnResult | ScoreResult {
  const { slot, rows, hashes, metaHashes, beatHashes, configuredRoles } = task;
  if (task.task === 'learn') {
    return {
      fifteen: learn(slot, rows, hashes, 'proc', metaHashes, task.endUs),
      five: learn(slot, rows, hashes, 'saddr', metaHashes, task.endUs),
      windows: readWindows(task, task.endUs),
      rhythm: learnBeats(slot, rows, hashes, beatHashes, task.endUs),
      roles: learnRoles(slot, rows, hashes, task.endUs, configuredRoles),
    };
  }
  const scorers = scorersOf(task);
  const fifteen = scorers.fifteen.score(slot, rows, hashes);
  return {
    fifteen,
    five: scorers.five.score(slot, rows, hashes),
    units: dayUnits(slot, rows, hashes, fifteen),
    windows: readWindows(task, END_TIME_US),
    rhythm: learnBeats(slot, rows, hashes, beatHashes),
    roles: learnRoles(slot, rows, hashes, END_TIME_US, configuredRoles),
  };
}
