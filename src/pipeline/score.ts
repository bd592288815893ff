import type { SnapshotCard } from '../baseline/card.js';
import type { ViewName } from '../baseline/learned-state.js';
import { baselineModel } from '../baseline/model.js';
import { openSnapshot, type Snapshot } from '../baseline/snapshot.js';
import type { JsonValue } from '../duck/json-value.js';
import { QuinceError } from '../errors/quince-error.js';
import type { RhythmScore } from '../score/rhythm-scores.js';
import type { JointRow } from '../store/joint.js';
import type { Run } from '../store/runs.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import { pairName } from '../tuple/learned.js';
import type { DecisionReport } from './decision.js';
import { type FirstBad, firstBad } from './first-bad.js';
import type { ForeignReport } from './foreign-rows.js';
import { inOrder } from './in-order.js';
import type { ProcessTrees } from './process-trees.js';
import { readRoleRules } from './role-rules.js';
import { RunScoring } from './run-scoring.js';
import type { BrokenGroup } from './run-watch.js';
import type { ScoreOptions } from './score-options.js';
import { findingRows, keepScores, rhythmRow, scoreBlock, storeDecision } from './score-rows.js';
import type { ToldFinding } from './told-findings.js';
import { addCounts, SNAPSHOT_KIND } from './train.js';
import type { TreeFindings } from './tree-findings.js';

export interface ScoreReport {
  readonly run: number;
  /** The events were stored by other runs: rows are asked for by event. */
  readonly scoredAgain: boolean;
  readonly snapshot: number;
  /** What the snapshot says of itself. */
  readonly card: SnapshotCard;
  /** Hosts of the input that were never learned, at most 100. */
  readonly unlearnedHosts: readonly string[];
  /** Rows of another kind of source than what was learned. */
  readonly foreign: ForeignReport;
  readonly rows: number;
  readonly bad: Record<string, number>;
  readonly badAt: FirstBad;
  readonly trees: ProcessTrees;
  /** Minutes of all subjects and hosts, in the order of time. */
  readonly minutes: readonly WindowRow[];
  /** Their windows judged as vectors, in the same order. */
  readonly vectors: readonly JointRow[];
  /** What was counted of hours whose windows had closed: not scored. */
  readonly lateWindows: number;
  readonly decision: DecisionReport;
  /** Groups whose p was not uniform over the units of the run. */
  readonly broken: readonly BrokenGroup[];
  /** By the dimensions asked. */
  readonly findings: TreeFindings;
  /** Findings as they are told and counted, those that were announced last. */
  readonly told: readonly ToldFinding[];
  /** The finding of a process tree, by fifteen dimensions: its number, and the announced change that covers it. */
  readonly findingOf: ReadonlyMap<bigint, { readonly rank: number; readonly announced: number | undefined }>;
  readonly views: Readonly<Record<ViewName, TreeFindings>>;
  /** The oddest first, those that training knew last. */
  readonly rhythms: readonly RhythmScore[];
  /** Pairs whose beats were dropped because there were too many pairs. */
  readonly shedPairs: number;
}

const PRIOR_HINT =
  'a first baseline comes with Quince: quince model import --db FILE models/prior (of a web host; models/prior/card.json says what it knows)';

export interface LoadedSnapshot {
  readonly number: number;
  readonly snapshot: Snapshot;
}

/** The newest snapshot of a database. Throws NO_BASELINE before the first `train`, BAD_MODEL for one of another model. */
export async function loadSnapshot(store: Store): Promise<LoadedSnapshot> {
  const stored = await store.latestSnapshot(SNAPSHOT_KIND);
  if (stored === undefined)
    throw new QuinceError('NO_BASELINE', 'scoring requires a baseline, got none: run train first', {
      hint: PRIOR_HINT,
    });
  const snapshot = openSnapshot(stored.bytes);
  if (snapshot.card.model !== baselineModel().hash) {
    throw new QuinceError(
      'BAD_MODEL',
      `scoring requires a baseline of model ${baselineModel().hash}, got ${snapshot.card.model}: train into a new database`,
    );
  }
  return { number: stored.snapshot, snapshot };
}

/**
 * Scores sources against the newest snapshot and stores events with their scores, a batch a transaction. The same
 * files on the same snapshot are the same run: batches already stored are not stored again.
 */
export async function score(options: ScoreOptions): Promise<ScoreReport> {
  const { store, sources, workers, dims } = options;
  const loaded = await loadSnapshot(store);
  const { number, snapshot } = loaded;
  const run = await beginScoring(options, loaded);
  const scoring = await RunScoring.load(store, snapshot);
  const bad: Record<string, number> = {};
  for (const source of sources) {
    scoring.beginStream();
    await inOrder(
      source,
      2 * workers.size,
      (batch) => workers.score(batch, snapshot),
      async (batch, result) => {
        const { rows } = scoring;
        const blocks = [scoreBlock(15, result.fifteen, number), scoreBlock(5, result.five, number)];
        scoring.take(batch, result, await keepScores(options, run, batch, blocks));
        await options.onBatch?.(batch, result, rows);
        options.progress?.(scoring.rows);
      },
    ).finally(() => addCounts(bad, source.counters.bad));
  }
  const { told, minutes, vectors, rhythms, decision, counts } = await scoring.finish(store, options.decision);
  await storeDecision(store, run.run, decision);
  const { rows, views } = scoring;
  if (!run.complete) {
    await store.commit({
      findings: { run: run.run, findings: told.flatMap(findingRows) },
      announced: { run: run.run, counts },
      windows: { run: run.run, rows: minutes },
      joint: { run: run.run, rows: vectors },
      rhythms: { run: run.run, rhythms: rhythms.map(rhythmRow) },
      end: { run: run.run, rows, bad },
    });
  }
  return {
    run: run.run,
    scoredAgain: options.stored !== undefined,
    snapshot: number,
    card: snapshot.card,
    unlearnedHosts: scoring.unlearnedHosts,
    foreign: scoring.foreign,
    rows,
    bad,
    badAt: firstBad(sources),
    trees: scoring.trees,
    minutes,
    vectors,
    lateWindows: scoring.lateWindows,
    decision,
    broken: scoring.broken(),
    findings: views[dims === 15 ? 'fifteen' : 'five'],
    told: dims === 15 ? told : await scoring.tellFive(store),
    findingOf: new Map(
      told.flatMap(({ trees, announced }, i) => trees.map(({ tree }) => [tree, { rank: i + 1, announced }] as const)),
    ),
    views,
    rhythms,
    shedPairs: scoring.shedPairs,
  };
}

/** A run of the same events, snapshot and rules of roles is the same run. */
async function beginScoring(
  { store, sources, stored }: ScoreOptions,
  { number, snapshot }: LoadedSnapshot,
): Promise<Run> {
  const rules = (await readRoleRules(store))?.key;
  const asked = ['score', snapshot.checksum, ...(rules === undefined ? [] : [`roles ${pairName(rules)}`])];
  const key = [...asked, ...sources.map((s) => s.sha256)].join(' ');
  const params = stored === undefined ? {} : { params: { stored } as unknown as JsonValue };
  const input = sources.map((s) => s.name);
  const run = await store.beginRun({ kind: 'score', key, snapshot: number, input, ...params });
  if (stored !== undefined && run.resumed) await store.dropScores(run.run);
  return run;
}
