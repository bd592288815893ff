import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { QuinceError } from '../errors/quince-error.js';
import type { Batch } from '../tuple/batch.js';
import {
  type LearnResult,
  type LearnTask,
  type ScoreResult,
  type ScoreTask,
  type WorkerBatch,
  type WorkerWords,
  workerWords,
} from './worker.js';

/** Workers that learn and score batches. Any worker takes any batch; the count cannot change a result. */
export class Workers {
  readonly size: number;
  private readonly words: WorkerWords;
  private readonly pool: Piscina<LearnTask | ScoreTask, LearnResult | ScoreResult>;

  /** @param key secret of the model, under which values are hashed */
  constructor(size: number, key: Uint8Array) {
    this.size = size;
    this.words = workerWords(key);
    this.pool = new Piscina({
      filename: new URL('./worker.js', import.meta.url).href,
      // Threads start with the first tasks: one that is ended while it still loads its modules can crash the process.
      minThreads: 0,
      maxThreads: size,
      idleTimeout: Number.POSITIVE_INFINITY,
      maxQueue: Workers.slotsFor(size),
    });
  }

  static defaultSize(): number {
    return Math.max(1, availableParallelism() - 1);
  }

  /** Slots that keep so many workers busy: one in work and one waiting each, and two on their way. */
  static slotsFor(size: number): number {
    return 2 * size + 2;
  }

  /** @param endUs rows at or behind this time are from the future and not learned */
  async learn(batch: Batch, endUs: bigint): Promise<LearnResult> {
    return (await this.run({ task: 'learn', ...this.shared(batch), endUs })) as LearnResult;
  }

  async score(batch: Batch, snapshot: { block: SharedArrayBuffer; checksum: string }): Promise<ScoreResult> {
    const task: ScoreTask = {
      task: 'score',
      ...this.shared(batch),
      snapshot: snapshot.block,
      checksum: snapshot.checksum,
    };
    return (await this.run(task)) as ScoreResult;
  }

  private shared(batch: Batch): WorkerBatch {
    const { slot, rows, strings, configuredRoles } = batch;
    return { slot, rows, hashes: strings.hashes, configuredRoles, ...this.words };
  }

  private async run(task: LearnTask | ScoreTask): Promise<LearnResult | ScoreResult> {
    try {
      return await this.pool.run(task);
    } catch (cause) {
      throw new QuinceError('WORKER_FAILED', `worker requires a clean run, got ${String(cause)}`, { cause });
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
