import { Baseline } from '../baseline/baseline.js';
import { factorModel } from '../baseline/factor/spec.js';
import { metaHashes } from '../baseline/hash-key.js';
import type { SnapshotCard } from '../baseline/snapshot.js';
import type { Store } from '../store/store.js';
import type { Source } from '../tuple/batch.js';
import { inOrder } from './in-order.js';
import { readBaseline, toStored } from './learned-columns.js';
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
  /** Presences of hours that were closed before, and rows without a time or host: not learned. */
  readonly late: number;
  readonly unusable: number;
  /** True when these files had been learned before: nothing was added. */
  readonly known: boolean;
  readonly snapshot: number | undefined;
  readonly card: SnapshotCard | undefined;
}

export const SNAPSHOT_KIND = 'baseline';

/**
 * Learns the sources into the database and freezes a snapshot, all in one transaction at the end: a run that is killed
 * has learned nothing, and a repeated one learns nothing twice.
 */
export async function train(options: TrainOptions): Promise<TrainReport> {
  const { store, sources, workers } = options;
  const model = factorModel();
  const key = ['train', model.hash, ...sources.map((s) => s.sha256)].join(' ');
  const run = await store.beginRun({ kind: 'train', key, input: sources.map((s) => s.name) });
  const baseline = new Baseline(model, store.hashKey, await readBaseline(store));
  const trainer = new Trainer(baseline);
  const bad: Record<string, number> = {};
  let rows = 0;
  if (!run.complete) {
    for (const source of sources) {
      await inOrder(
        source,
        2 * workers.size,
        (batch) => workers.learn(batch),
        (batch, result) => {
          trainer.take(result, (code) => batch.strings.value(code));
          rows += batch.rows;
          options.progress?.(rows);
        },
      ).finally(() => addCounts(bad, source.counters.bad));
    }
  }
  const snapshot = baseline.freeze();
  const report = { run: run.run, rows, bad, late: baseline.late, unusable: trainer.unusable, known: run.complete };
  if (snapshot === undefined || run.complete) {
    const last = await store.latestSnapshot(SNAPSHOT_KIND);
    if (!run.complete) await store.finishRun({ run: run.run, rows, bad });
    return { ...report, snapshot: last?.snapshot, card: last?.card as SnapshotCard | undefined };
  }
  const { snapshots } = await store.commit({
    learned: toStored(baseline.delta()),
    snapshots: [
      {
        kind: SNAPSHOT_KIND,
        asOfUs: (snapshot.card.asOf + 1) * 86_400_000_000,
        run: run.run,
        checksum: snapshot.checksum,
        bytes: new Uint8Array(snapshot.block).slice(),
        card: snapshot.card as never,
      },
    ],
    end: { run: run.run, rows, bad },
  });
  return { ...report, snapshot: snapshots[0], card: snapshot.card };
}

export function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [reason, n] of Object.entries(from)) into[reason] = (into[reason] ?? 0) + n;
}

/** Workers for one database, sized for this machine unless told otherwise. */
export function workersFor(store: Store, size = Workers.defaultSize()): Workers {
  return new Workers(size, metaHashes(store.hashKey));
}
