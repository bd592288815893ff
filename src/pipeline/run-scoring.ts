import { VIEWS, type ViewName } from '../baseline/learned-state.js';
import { Announcements } from '../baseline/learning/announcements.js';
import { baselineModel } from '../baseline/model.js';
import { rhythmModel } from '../baseline/rhythm/spec.js';
import { Roles, RolesAtHand } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { RhythmBaseline } from '../score/rhythm-baseline.js';
import { type RhythmScore, RhythmScores } from '../score/rhythm-scores.js';
import type { JointRow } from '../store/joint.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import type { Batch } from '../tuple/batch.js';
import { CoveredRows } from './covered-rows.js';
import { DayEvidence } from './day-evidence.js';
import type { DeciderOptions } from './decider.js';
import { type DecisionReport, decide } from './decision.js';
import type { EventIds } from './event-ids.js';
import { FINDING_LN_P } from './finding-limit.js';
import { type ForeignReport, ForeignRows } from './foreign-rows.js';
import { readBeats } from './learned-beats.js';
import { learnedDimensions } from './learned-dimensions.js';
import { ProcessTrees } from './process-trees.js';
import { type BrokenGroup, RunWatch } from './run-watch.js';
import { type ToldFinding, tellFindings } from './told-findings.js';
import { TreeFindings, type TreeScore } from './tree-findings.js';
import { UnlearnedHosts } from './unlearned-hosts.js';
import { WindowScoring } from './window-scoring.js';
import type { ScoreResult } from './worker.js';

/** All that a run found. */
export interface Found {
  /** By fifteen dimensions, as they are told and counted, those that were announced last. */
  readonly told: readonly ToldFinding[];
  /** Minutes of all subjects and hosts, in the order of time. */
  readonly minutes: readonly WindowRow[];
  readonly vectors: readonly JointRow[];
  readonly rhythms: readonly RhythmScore[];
  readonly decision: DecisionReport;
  /** What each announced change covered. */
  readonly counts: Announcements['counts'];
}

/** Folds the scores of batches, in input order, into what a run tells of trees, windows, rhythms and alerts. */
export class RunScoring {
  readonly trees = new ProcessTrees();
  readonly views: Readonly<Record<ViewName, TreeFindings>> = {
    fifteen: new TreeFindings(this.trees),
    five: new TreeFindings(this.trees),
  };
  /** Rows taken. */
  rows = 0;
  private readonly uncovered = new TreeFindings(this.trees);
  private readonly covered: CoveredRows;
  private readonly roles: RolesAtHand;
  private readonly windows: WindowScoring;
  private readonly watch: RunWatch | undefined;
  private readonly events: DayEvidence;

  private constructor(
    private readonly snapshot: Snapshot,
    private readonly announced: Announcements,
    private readonly hosts: UnlearnedHosts,
    private readonly foreigners: ForeignRows,
    beats: Awaited<ReturnType<typeof readBeats>>,
  ) {
    this.covered = new CoveredRows(announced);
    this.roles = new RolesAtHand(Roles.read(snapshot));
    this.windows = new WindowScoring(snapshot, this.roles);
    this.watch = RunWatch.of(snapshot);
    this.events = new DayEvidence(this.watch);
    const model = rhythmModel();
    this.heard = new RhythmScores(new RhythmBaseline(snapshot, model, this.roles), beats, model.constants);
  }

  private readonly heard: RhythmScores;

  static async load(store: Store, snapshot: Snapshot): Promise<RunScoring> {
    const announced = new Announcements(await store.readAnnouncements());
    const foreign = new ForeignRows(await learnedDimensions(store));
    return new RunScoring(snapshot, announced, await UnlearnedHosts.load(store), foreign, await readBeats(store));
  }

  beginStream(): void {
    this.windows.beginStream();
  }

  /** @param events ids of the batch's events */
  take(batch: Batch, result: ScoreResult, events: EventIds): void {
    const { fifteen } = result;
    this.trees.observe(batch);
    this.roles.observe(result.roles);
    this.hosts.observe(batch);
    this.foreigners.observe(batch, fifteen.flags);
    this.heard.take(result.rhythm, (code) => batch.strings.value(code));
    this.events.take(result.units, fifteen, this.rows, events);
    for (const view of VIEWS) this.views[view].take(batch, result[view], this.rows, events);
    const isCovered = this.covered.observe(batch, fifteen, events);
    if (isCovered !== undefined) this.uncovered.take(batch, fifteen, this.rows, events, undefined, isCovered);
    this.windows.take(result.windows, (code) => batch.strings.value(code)?.whole);
    this.rows += batch.rows;
  }

  async finish(store: Store, asked: Partial<DeciderOptions> | undefined): Promise<Found> {
    const { minutes: named, vectors } = await this.windows.finish(store);
    const rhythms = this.heard.ranked();
    const { alerts_per_day: perDay } = baselineModel().decision.constants;
    const wanted: DeciderOptions = { decider: 'budget', perDay, ...asked };
    const { events, roles } = this;
    const decision = decide(this.snapshot, { minutes: named, events, rhythms, roles }, wanted);
    const told = await tellFindings(store, below(this.views.fifteen), this.snapshot, this.announcedOf());
    for (const { trees, announced: id } of told) {
      if (id !== undefined) this.announced.count(id, { trees: trees.length });
    }
    const minutes = named.map(({ row }) => row);
    return { told, minutes, vectors, rhythms, decision, counts: this.announced.counts };
  }

  /** What is odd also without the rows that an announced change covers was not announced. */
  private announcedOf(): (tree: TreeScore) => number | undefined {
    const odd = new Set(this.announced.isEmpty ? [] : below(this.uncovered).map(({ tree }) => tree));
    return ({ tree, best }) => (odd.has(tree) ? undefined : this.covered.of(best[0]!.event));
  }

  /** Findings by the five-tuple alone; nothing is announced for them. */
  tellFive(store: Store): Promise<ToldFinding[]> {
    return tellFindings(store, below(this.views.five), this.snapshot, () => undefined);
  }

  get unlearnedHosts(): readonly string[] {
    return this.hosts.names;
  }

  get foreign(): ForeignReport {
    return this.foreigners.report;
  }

  get lateWindows(): number {
    return this.windows.late;
  }

  get shedPairs(): number {
    return this.heard.shed;
  }

  broken(): readonly BrokenGroup[] {
    return this.watch?.broken() ?? [];
  }
}

function below(of: TreeFindings): TreeScore[] {
  return of.rank().filter(({ lnP }) => lnP <= FINDING_LN_P);
}
