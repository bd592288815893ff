import { openSources } from '../dist/pipeline/open-sources.js';
import { type ScoreReport, score } from '../dist/pipeline/score.js';
import { type ScoredRun, scoredRun } from '../dist/pipeline/scored-runs.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import type { Workers } from '../dist/pipeline/workers.js';
import { Store } from '../dist/store/store.js';
import { Folder, jsonLines, type PlainEvent } from './cli-rig.js';
import { rowsOf } from './store-dataset.js';

/** A database that learned some rows and scored others once: made once for all that is tested of it. */
export class ExplainedWorld {
  readonly folder = new Folder();
  store!: Store;
  workers!: Workers;
  report!: ScoreReport;
  /** The run of `report`. */
  run!: ScoredRun;

  constructor(
    private readonly trained: readonly PlainEvent[],
    private readonly scored: readonly PlainEvent[],
  ) {}

  async open(): Promise<void> {
    this.store = await Store.open(':memory:', { key: '07'.repeat(16) });
    this.workers = workersFor(this.store, 1);
    const { store, workers } = this;
    const open = (path: string) => openSources([path], { hashKey: store.hashKey, workers: 1 });
    await train({ store, workers, sources: await open(this.folder.file('train.jsonl', jsonLines(this.trained))) });
    const sources = await open(this.folder.file('score.jsonl', jsonLines(this.scored)));
    this.report = await score({ store, workers, sources, dims: 15 });
    this.run = await scoredRun(store, undefined);
  }

  async close(): Promise<void> {
    await this.workers.close();
    await this.store.close();
    this.folder.remove();
  }

  rowsOf(sql: string): Promise<Record<string, unknown>[]> {
    return rowsOf(this.store, sql);
  }

  /** Runs a recipe through the product path. */
  async recipe(name: string, given: Record<string, string> = {}): Promise<Record<string, unknown>[]> {
    const query = await this.store.recipe(name, given);
    const rows: Record<string, unknown>[] = [];
    for await (const row of query.rows()) rows.push(Object.fromEntries(query.columns.map((c, i) => [c, row[i]])));
    return rows;
  }
}
