import { Baseline } from '../baseline/baseline.js';
import type { SnapshotCard } from '../baseline/card.js';
import { Announcements } from '../baseline/learning/announcements.js';
import { baselineModel } from '../baseline/model.js';
import { openSnapshot, type Snapshot } from '../baseline/snapshot.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Learned } from '../store/learned.js';
import type { RunEnd } from '../store/runs.js';
import type { Commit, Store } from '../store/store.js';
import type { Source } from '../tuple/batch.js';
import { startOf } from './decider.js';
import { type FirstBad, firstBad } from './first-bad.js';
import { inOrder } from './in-order.js';
import { PRESENCES_KEY, readBaseline, toStored } from './learned-columns.js';
import { type LearningReport, reportLearning } from './learning-report.js';
import { Trainer } from './trainer.js';
import { Workers } from './workers.js';

export interface TrainOptions {
  readonly store: Store;
  /** Opened sources in the order in which they are learned; each knows its SHA-256. */
  readonly sources: readonly (Source & { readonly sha256: string })[];
  readonly workers: Workers;
  readonly progress?: (rows: number) => void;
}

export interface TrainReport {
  readonly run: number;
  readonly rows: number;
  readonly bad: Record<string, number>;
  readonly badAt: FirstBad;
  /** Presences of hours that were closed before, and rows without a time or host: not learned. */
  readonly late: number;
  /** What was counted of hours whose windows had closed: not learned. */
  readonly lateWindows: number;
  readonly unusable: number;
  /** Pairs whose beats were dropped because there were too many pairs; one that came back and went again counts twice. */
  readonly shedPairs: number;
  /** True when these files had been learned before: nothing was added. */
  readonly known: boolean;
  readonly snapshot: number | undefined;
  readonly card: SnapshotCard | undefined;
  /** ln p that an alert needs at first, at the number a day that the model wants. */
  readonly startLnP: number | undefined;
  /** What was kept out, let in, and crept; undefined when nothing was learned. */
  readonly learning?: LearningReport;
}

export const SNAPSHOT_KIND = 'baseline';

/** Rows further ahead of this machine's clock are from a broken one: they would close every hour and age every count. */
const CLOCK_GRACE_MS = 86_400_000;

/** State key of the model that the learned state belongs to. */
const MODEL_KEY = 'factor_model';

/**
 * Learns the sources into the database and freezes a snapshot, all in one transaction at the end: a run that is killed
 * has learned nothing, and a repeated one learns nothing twice. The events are stored batch by batch as they come.
 */
export async function train(options: TrainOptions): Promise<TrainReport> {
  const { store, sources, workers } = options;
  const model = baselineModel();
  const key = ['train', model.hash, ...sources.map((s) => s.sha256)].join(' ');
  await checkModel(store, model.hash);
  const run = await store.beginRun({ kind: 'train', key, input: sources.map((s) => s.name) });
  const baseline = new Baseline(model, store.hashKey, await readBaseline(store));
  const announced = new Announcements(await store.readAnnouncements());
  const trainer = new Trainer(baseline, true, announced);
  const since = baseline.newestDay;
  const endUs = BigInt(Date.now() + CLOCK_GRACE_MS) * 1000n;
  const bad: Record<string, number> = {};
  let rows = 0;
  if (!run.complete) {
    for (const source of sources) {
      await inOrder(
        source,
        2 * workers.size,
        (batch) => workers.learn(batch, endUs),
        async (batch, result) => {
          await store.appendBatch(run.run, batch);
          trainer.take(result, (code) => batch.strings.value(code));
          rows += batch.rows;
          options.progress?.(rows);
        },
      ).finally(() => addCounts(bad, source.counters.bad));
    }
  }
  baseline.advance();
  if (baseline.learners.fifteen.future > 0) bad.future = baseline.learners.fifteen.future;
  const snapshot = baseline.freeze();
  const report = {
    run: run.run,
    rows,
    bad,
    badAt: firstBad(sources),
    late: baseline.late,
    lateWindows: baseline.windows.open.late,
    unusable: trainer.unusable,
    shedPairs: baseline.rhythms.shed,
    known: run.complete,
  };
  if (snapshot === undefined || run.complete) {
    const last = await store.latestSnapshot(SNAPSHOT_KIND);
    if (!run.complete) await store.finishRun({ run: run.run, rows, bad });
    const startLnP = last === undefined ? undefined : startLnPOf(openSnapshot(last.bytes));
    return { ...report, snapshot: last?.snapshot, card: last?.card as SnapshotCard | undefined, startLnP };
  }
  const end = { run: run.run, rows, bad };
  const number = await commitSnapshot(store, snapshot, toStored(baseline.delta()), end, {
    announced: { run: run.run, counts: announced.counts },
  });
  const learning = await reportLearning(store, run.run, baseline, since, snapshot.card.breaks);
  return { ...report, snapshot: number, card: snapshot.card, startLnP: startLnPOf(snapshot), learning };
}

function startLnPOf(snapshot: Snapshot): number {
  return -startOf(snapshot, baselineModel().decision.constants.alerts_per_day).threshold;
}

/** Stores what was learned, the snapshot frozen from it and the end of the run, all or nothing; returns its number. */
export async function commitSnapshot(
  store: Store,
  snapshot: Snapshot,
  learned: Learned,
  end: RunEnd,
  more: Pick<Commit, 'state' | 'verdict' | 'revoke' | 'announced'> = {},
): Promise<number> {
  const from = learned.forget?.beforeDay;
  const kept = from === undefined || !Number.isFinite(from) ? {} : { [PRESENCES_KEY]: from };
  const { snapshots } = await store.commit({
    ...more,
    learned,
    state: { ...more.state, [MODEL_KEY]: snapshot.card.model, ...kept },
    snapshots: [
      {
        kind: SNAPSHOT_KIND,
        asOfUs: (snapshot.card.asOf + 1) * 86_400_000_000,
        run: end.run,
        checksum: snapshot.checksum,
        bytes: new Uint8Array(snapshot.block).slice(),
        card: snapshot.card as never,
      },
    ],
    end,
  });
  return snapshots[0]!;
}

/** Counts under one model's keys mean nothing under another's. */
export async function checkModel(store: Store, hash: string): Promise<void> {
  const known = await store.readState(MODEL_KEY);
  if (known === undefined || known === hash) return;
  throw new QuinceError(
    'BAD_MODEL',
    `training requires a database of model ${hash}, got ${String(known)}: train into a new database`,
  );
}

export function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [reason, n] of Object.entries(from)) into[reason] = (into[reason] ?? 0) + n;
}

/** Workers for one database, sized for this machine unless told otherwise. */
export function workersFor(store: Store, size = Workers.defaultSize()): Workers {
  return new Workers(size, store.hashKey);
}
