import { SlotPool } from '../columnar/slot-pool.js';
import { StringTable } from '../columnar/string-table.js';
import { QuinceError } from '../errors/quince-error.js';
import type { FileFormat } from '../source/file-format.js';
import { type FileSource, openFile } from '../source/file-source.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';
import type { RoleRules } from './role-rules.js';
import { RoleTap } from './role-tap.js';
import { addCounts } from './train.js';
import { Workers } from './workers.js';

export interface OpenSourcesOptions {
  /** Secret of the model: values are hashed under it. */
  readonly hashKey: Uint8Array;
  /** Workers that will take the batches; they decide how many slots there are. */
  readonly workers: number;
  readonly format?: FileFormat | undefined;
  readonly network?: string | undefined;
  /** Rules by which rows without a role have one. */
  readonly roles?: RoleRules | undefined;
  /** Ends the iteration with INTERRUPTED. */
  readonly signal?: AbortSignal;
}

/**
 * One file among the inputs of a command. A fault in the middle of it costs only what lies behind: the rows before are
 * delivered, the fault is counted in `bad` and kept in `fault`, and the other files go on.
 */
export class InputSource implements Source {
  /** Why the file could not be read to its end. */
  fault: QuinceError | undefined;
  private iterator: AsyncIterator<Batch> | undefined;
  private first: Batch | undefined;

  constructor(
    private readonly file: FileSource,
    private readonly signal?: AbortSignal,
    private readonly network?: string,
    private readonly roles?: RoleTap,
  ) {
    signal?.addEventListener('abort', () => file.stop(), { once: true });
  }

  get name(): string {
    return this.file.name;
  }

  /** Names what is read in the keys of runs: the content, and what else decides about its rows. */
  get sha256(): string {
    return this.network === undefined ? this.file.sha256 : `${this.file.sha256} of ${this.network}`;
  }

  get counters(): SourceCounters {
    return this.file.counters;
  }

  /** Reads the first batch ahead of `batches`; false when there is none. @throws INTERRUPTED */
  async prime(): Promise<boolean> {
    this.first = await this.next();
    return this.first !== undefined;
  }

  async *batches(): AsyncGenerator<Batch> {
    let batch = this.first ?? (await this.next());
    this.first = undefined;
    try {
      for (; batch !== undefined; batch = await this.next()) yield batch;
    } finally {
      await this.iterator?.return?.();
    }
  }

  /** Ends the iteration, and gives back a batch that was read ahead and not taken. */
  stop(): void {
    this.file.stop();
    if (this.first === undefined) return;
    this.first.release();
    this.first = undefined;
    void this.iterator?.return?.();
  }

  private async next(): Promise<Batch | undefined> {
    this.iterator ??= this.file.batches()[Symbol.asyncIterator]();
    try {
      const { value, done } = await this.iterator.next();
      if (done !== true) return this.roles?.take(value) ?? value;
    } catch (error) {
      if (!(error instanceof QuinceError) || (error.code !== 'TORN_STREAM' && error.code !== 'BAD_INPUT')) throw error;
      const { bad } = this.counters;
      const reason = error.code.toLowerCase();
      bad[reason] = (bad[reason] ?? 0) + 1;
      this.fault = new QuinceError(error.code, `${this.name}: ${error.message}`, { cause: error });
    }
    if (this.signal?.aborted) throw interrupted(this.name);
    return undefined;
  }
}

/** Reasons named when nothing could be read. */
const REASONS_NAMED = 3;

/**
 * Reads ahead to the first row of all sources, so that nothing is stored for input that is none. Input that is well
 * formed and empty passes.
 * @throws the fault of the first file that has one, or BAD_INPUT, when bad rows are all that came
 */
async function checkReadable(sources: readonly InputSource[]): Promise<void> {
  for (const source of sources) if (await source.prime()) return;
  const fault = sources.find((source) => source.fault !== undefined)?.fault;
  if (fault !== undefined) throw fault;
  const bad: Record<string, number> = {};
  for (const source of sources) addCounts(bad, source.counters.bad);
  const reasons = Object.entries(bad).sort((a, b) => b[1] - a[1]);
  if (reasons.length === 0) return;
  const what = sources.length === 1 ? sources[0]!.name : `input of ${sources.length} files`;
  const got = reasons.slice(0, REASONS_NAMED).map(([reason, n]) => `${reason} ${n}`);
  const hint = sources.find(({ counters }) => counters.hint !== undefined)?.counters.hint;
  throw new QuinceError(
    'BAD_INPUT',
    `${what} requires Arrow, Parquet or JSON lines of events, or Zeek's conn logs, got no row that can be read: ${got.join(', ')}`,
    hint === undefined ? {} : { hint },
  );
}

function interrupted(name: string, cause?: unknown): QuinceError {
  return new QuinceError('INTERRUPTED', `${name} requires reading to its end, got a signal`, { cause });
}

/**
 * Opens files of events in the order given; `-` is standard input. They share one pool of slots, and each has string
 * tables of its own. Reads every file once, to hash it, and ahead to the first row of all.
 * @throws BAD_INPUT for a file that cannot be opened or when no row can be read, BAD_ARGUMENT for the same content twice
 */
export async function openSources(paths: readonly string[], options: OpenSourcesOptions): Promise<InputSource[]> {
  const pool = new SlotPool(Workers.slotsFor(options.workers));
  const roles = options.roles && new RoleTap(options.roles);
  const makeTable = (epoch: number) => {
    const table = new StringTable(epoch, options.hashKey);
    return roles?.prepare(table) ?? table;
  };
  const bySha = new Map<string, string>();
  const sources: InputSource[] = [];
  // Standard input is copied before it is read; a signal ends the copy.
  const onAbort = () => process.stdin.destroy();
  if (options.signal?.aborted) throw interrupted(paths.join(', '));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (const path of paths) {
      const { format, network } = options;
      const file = await openFile(path, { pool, makeTable, format, network });
      sources.push(new InputSource(file, options.signal, network, roles));
      const same = bySha.get(file.sha256);
      if (same !== undefined) {
        throw new QuinceError('BAD_ARGUMENT', `input requires each content once, got ${path} equal to ${same}`);
      }
      bySha.set(file.sha256, path);
    }
    await checkReadable(sources);
  } catch (error) {
    for (const source of sources) source.stop();
    if (options.signal?.aborted) throw interrupted(paths.join(', '), error);
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  return sources;
}
