import { SlotPool } from '../columnar/slot-pool.js';
import { StringTable } from '../columnar/string-table.js';
import { QuinceError } from '../errors/quince-error.js';
import { type FileSource, openFile } from '../source/file-source.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';
import { Workers } from './workers.js';

export interface OpenSourcesOptions {
  /** Secret of the model: values are hashed under it. */
  readonly hashKey: Uint8Array;
  /** Workers that will take the batches; they decide how many slots there are. */
  readonly workers: number;
  /** Ends the iteration with INTERRUPTED. */
  readonly signal?: AbortSignal;
}

/** What all inputs of one command gave together. */
interface Tally {
  batches: number;
  left: number;
}

/**
 * One file among the inputs of a command. A fault in the middle of it costs only what lies behind: the rows before are
 * delivered, the fault is counted in `bad` and kept in `fault`, and the other files go on. When no file gave anything,
 * the fault is thrown.
 */
export class InputSource implements Source {
  /** Why the file could not be read to its end. */
  fault: QuinceError | undefined;

  constructor(
    private readonly file: FileSource,
    private readonly tally: Tally,
    private readonly signal?: AbortSignal,
  ) {
    signal?.addEventListener('abort', () => file.stop(), { once: true });
  }

  get name(): string {
    return this.file.name;
  }

  get sha256(): string {
    return this.file.sha256;
  }

  get counters(): SourceCounters {
    return this.file.counters;
  }

  async *batches(): AsyncGenerator<Batch> {
    try {
      for await (const batch of this.file.batches()) {
        this.tally.batches++;
        yield batch;
      }
    } catch (error) {
      if (!(error instanceof QuinceError) || (error.code !== 'TORN_STREAM' && error.code !== 'BAD_INPUT')) throw error;
      const { bad } = this.counters;
      const reason = error.code.toLowerCase();
      bad[reason] = (bad[reason] ?? 0) + 1;
      this.fault = new QuinceError(error.code, `${this.name}: ${error.message}`, { cause: error });
    }
    if (this.signal?.aborted) throw interrupted(this.name);
    this.tally.left--;
    if (this.fault !== undefined && this.tally.left === 0 && this.tally.batches === 0) throw this.fault;
  }

  stop(): void {
    this.file.stop();
  }
}

function interrupted(name: string, cause?: unknown): QuinceError {
  return new QuinceError('INTERRUPTED', `${name} requires reading to its end, got a signal`, { cause });
}

/**
 * Opens files of events in the order given; `-` is standard input. They share one pool of slots, and each has string
 * tables of its own. Reads every file once, to hash it.
 * @throws BAD_INPUT for a file that cannot be opened, BAD_ARGUMENT for the same content twice
 */
export async function openSources(paths: readonly string[], options: OpenSourcesOptions): Promise<InputSource[]> {
  const pool = new SlotPool(Workers.slotsFor(options.workers));
  const makeTable = (epoch: number) => new StringTable(epoch, options.hashKey);
  const tally: Tally = { batches: 0, left: paths.length };
  const bySha = new Map<string, string>();
  const sources: InputSource[] = [];
  // Standard input is copied before it is read; a signal ends the copy.
  const onAbort = () => process.stdin.destroy();
  if (options.signal?.aborted) throw interrupted(paths.join(', '));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (const path of paths) {
      const file = await openFile(path, { pool, makeTable });
      sources.push(new InputSource(file, tally, options.signal));
      const same = bySha.get(file.sha256);
      if (same !== undefined) {
        throw new QuinceError('BAD_ARGUMENT', `input requires each content once, got ${path} equal to ${same}`);
      }
      bySha.set(file.sha256, path);
    }
  } catch (error) {
    for (const source of sources) source.stop();
    if (options.signal?.aborted) throw interrupted(paths.join(', '), error);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  return sources;
}
