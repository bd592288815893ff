import { VIEWS, type ViewName } from '../baseline/learned-state.js';
import { Announcements } from '../baseline/learning/announcements.js';
import { baselineModel } from '../baseline/model.js';
import { rhythmModel } from '../baseline/rhythm/spec.js';
import { openSnapshot, type Snapshot, type SnapshotCard } from '../baseline/snapshot.js';
import { QuinceError } from '../errors/quince-error.js';
import { RhythmBaseline } from '../score/rhythm-baseline.js';
import { type RhythmScore, RhythmScores } from '../score/rhythm-scores.js';
import type { BatchScores } from '../score/score-batch.js';
import type { Finding } from '../store/findings.js';
import type { RhythmRow } from '../store/rhythms.js';
import type { ScoreBlock } from '../store/scores.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import type { Batch, Source } from '../tuple/batch.js';
import { CoveredRows } from './covered-rows.js';
import { FINDING_LN_P } from './finding-level.js';
import { type FirstBad, firstBad } from './first-bad.js';
import { type ForeignReport, ForeignRows } from './foreign-rows.js';
import { inOrder } from './in-order.js';
import { readBeats } from './learned-beats.js';
import { learnedDimensions } from './learned-dimensions.js';
import { ProcessTrees } from './process-trees.js';
import { type ToldFinding, tellFindings } from './told-findings.js';
import { addCounts, SNAPSHOT_KIND } from './train.js';
import { TreeFindings, type TreeScore } from './tree-findings.js';
import { UnlearnedHosts } from './unlearned-hosts.js';
import { WindowScoring } from './window-scoring.js';
import type { ScoreResult } from './worker.js';
import type { Workers } from './workers.js';

export type Dims = 15 | 5;

export interface ScoreOptions {
  readonly store: Store;
  readonly sources: readonly (Source & { readonly sha256: string })[];
  readonly workers: Workers;
  /** What the reported findings go by; both are scored and stored, and the stored findings go by fifteen. */
  readonly dims: Dims;
  /** Called for each batch in input order, before its slot is reused. */
  readonly onBatch?: (batch: Batch, scores: ScoreResult, firstRow: number) => Promise<void> | void;
  readonly progress?: (rows: number) => void;
}

export interface ScoreReport {
  readonly run: number;
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
  /** What was counted of hours whose windows had closed: not scored. */
  readonly lateWindows: number;
  /** By the dimensions asked. */
  readonly findings: TreeFindings;
  /** Findings as they are told and counted, those that were announced last. */
  readonly told: readonly ToldFinding[];
  readonly views: Readonly<Record<ViewName, TreeFindings>>;
  /** The oddest first, those that training knew last. */
  readonly rhythms: readonly RhythmScore[];
  /** Pairs whose beats were dropped because there were too many pairs. */
  readonly shedPairs: number;
}

export { FINDING_LN_P };

export interface LoadedSnapshot {
  readonly number: number;
  readonly snapshot: Snapshot;
}

/** The newest snapshot of a database. Throws NO_BASELINE before the first `train`, BAD_MODEL for one of another model. */
export async function loadSnapshot(store: Store): Promise<LoadedSnapshot> {
  const stored = await store.latestSnapshot(SNAPSHOT_KIND);
  if (stored === undefined)
    throw new QuinceError('NO_BASELINE', 'scoring requires a baseline, got none: run train first');
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
  const { store, sources, workers } = options;
  const { number, snapshot } = await loadSnapshot(store);
  const key = ['score', snapshot.checksum, ...sources.map((s) => s.sha256)].join(' ');
  const run = await store.beginRun({ kind: 'score', key, snapshot: number, input: sources.map((s) => s.name) });
  const trees = new ProcessTrees();
  const views = { fifteen: new TreeFindings(trees), five: new TreeFindings(trees) };
  const hosts = await UnlearnedHosts.load(store);
  const windows = new WindowScoring(snapshot);
  const foreign = new ForeignRows(await learnedDimensions(store));
  const announced = new Announcements(await store.readAnnouncements());
  const covered = new CoveredRows(announced);
  const uncovered = new TreeFindings(trees);
  const model = rhythmModel();
  const heard = new RhythmScores(new RhythmBaseline(snapshot, model), await readBeats(store), model.constants);
  const bad: Record<string, number> = {};
  let rows = 0;
  for (const source of sources) {
    windows.beginStream();
    await inOrder(
      source,
      2 * workers.size,
      (batch) => workers.score(batch, snapshot),
      async (batch, result) => {
        const blocks = [block(15, result.fifteen, number), block(5, result.five, number)];
        const { firstEvent } = await store.appendBatch(run.run, batch, blocks);
        trees.observe(batch);
        hosts.observe(batch);
        foreign.observe(batch, result.fifteen.flags);
        heard.take(result.rhythm, (code) => batch.strings.value(code));
        for (const view of VIEWS) views[view].take(batch, result[view], rows, firstEvent);
        const isCovered = covered.observe(batch, result.fifteen, firstEvent);
        if (isCovered !== undefined) uncovered.take(batch, result.fifteen, rows, firstEvent, undefined, isCovered);
        windows.take(result.windows, (code) => batch.strings.value(code)?.whole);
        await options.onBatch?.(batch, result, rows);
        rows += batch.rows;
        options.progress?.(rows);
      },
    ).finally(() => addCounts(bad, source.counters.bad));
  }
  const minutes = await windows.finish(store);
  const rhythms = heard.ranked();
  // What is odd also without the rows that an announced change covers was not announced.
  const odd = new Set(announced.isEmpty ? [] : uncovered.rank().flatMap((t) => (t.lnP <= FINDING_LN_P ? t.tree : [])));
  const announcedOf = (t: TreeScore) => (odd.has(t.tree) ? undefined : covered.of(t.best[0]!.event));
  const findings = views[options.dims === 15 ? 'fifteen' : 'five'];
  const below = (of: TreeFindings) => of.rank().filter((t) => t.lnP <= FINDING_LN_P);
  const told = await tellFindings(store, below(views.fifteen), snapshot, announcedOf);
  for (const { trees: all, announced: id } of told) {
    if (id !== undefined) announced.count(id, { trees: all.length, rows: all.reduce((n, t) => n + t.rows, 0) });
  }
  if (!run.complete) {
    await store.commit({
      findings: { run: run.run, findings: told.flatMap(findingRows) },
      announced: { run: run.run, counts: announced.counts },
      windows: { run: run.run, rows: minutes },
      rhythms: { run: run.run, rhythms: rhythms.map(rhythmRow) },
      end: { run: run.run, rows, bad },
    });
  }
  return {
    run: run.run,
    snapshot: number,
    card: snapshot.card,
    unlearnedHosts: hosts.names,
    foreign: foreign.report,
    rows,
    bad,
    badAt: firstBad(sources),
    trees,
    minutes,
    lateWindows: windows.late,
    findings,
    told: options.dims === 15 ? told : await tellFindings(store, below(views.five), snapshot, () => undefined),
    views,
    rhythms,
    shedPairs: heard.shed,
  };
}

/** Each tree of a finding is stored; all have its rank. */
function findingRows({ trees, hosts, announced }: ToldFinding, i: number): Finding[] {
  return trees.map(({ best, tree, lnP: treeLnP }) => {
    const { event, lnP } = best[0]!;
    return { event, tree, rank: i + 1, lnP, treeLnP, hosts: Math.max(1, hosts.length), announced };
  });
}

function rhythmRow({ parts, gate, description, lnRank, bits, score, known, finding }: RhythmScore): RhythmRow {
  const { beats, periodMs, jitterShare: jitter, missedShare: missed, nextMs } = description;
  const pair = { ...parts, host: parts.host ?? '', daddr: parts.daddr ?? '' };
  return { ...pair, beats, periodMs, jitter, missed, nextMs, lnP: gate.lnP, lnRank, bits, score, known, finding };
}

function block(dims: Dims, scores: BatchScores, snapshot: number): ScoreBlock {
  const { by } = baselineModel().views[dims === 15 ? 'fifteen' : 'five'];
  const { bits, lnP, flags, group } = scores;
  return { dims, snapshot, bits, lnP, flags, group, names: by, by: scores.by };
}
