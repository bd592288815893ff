import type { SlotPool } from '../columnar/slot-pool.js';
import type { StringTable } from '../columnar/string-table.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';
import { BatchBuilder } from './batch-builder.js';
import { type Content, detectFormat, type FileFormat, openContent } from './file-format.js';
import { type InputFile, openInput } from './input-file.js';
import { readJsonLines } from './json-lines-file.js';
import { readParquetRows } from './parquet-file.js';
import { ProcessIdentity } from './process-identity.js';
import { type RowReader, UnknownColumns } from './row-group.js';
import { readZeek } from './zeek-file.js';

export interface FileOptions {
  readonly pool: SlotPool;
  /** Makes the string table of an epoch, empty and for this file alone: batches must not depend on other files. */
  readonly makeTable: (epoch: number) => StringTable;
  /** What the file is, when its first bytes are not to decide. */
  readonly format?: FileFormat | undefined;
  /** Of flow logs: `host` of what no local address did. Default: the format's name. */
  readonly network?: string | undefined;
}

/**
 * Events of one file: an Arrow stream, Parquet, JSON lines or a Zeek log; all but Parquet also under gzip or zstd. Batch `i` is
 * named by the hash of the file and `i`, and holds the same rows each time. What can be read before a fault in the file
 * is delivered before the fault is thrown.
 */
export class FileSource implements Source {
  readonly counters: SourceCounters = { rows: 0, batches: 0, bad: {} };
  private readonly stopping = new AbortController();
  private started = false;

  constructor(
    readonly name: string,
    private readonly input: InputFile,
    private readonly options: FileOptions,
  ) {}

  /** SHA-256 of the file as it is stored, in hex. */
  get sha256(): string {
    return this.input.sha256;
  }

  /** Size of the file as it is stored. */
  get bytes(): number {
    return this.input.bytes;
  }

  /** @throws INTERNAL on a second call; while iterating BAD_INPUT and TORN_STREAM. */
  batches(): AsyncIterable<Batch> {
    if (this.started) throw new QuinceError('INTERNAL', `source ${this.name} requires one iteration, got a second`);
    this.started = true;
    return this.run();
  }

  /** Ends the iteration at the next batch; an unfinished batch is dropped, because its id stands for a whole one. */
  stop(): void {
    this.stopping.abort();
    if (!this.started) void this.input.discard();
  }

  private async *run(): AsyncGenerator<Batch> {
    const { pool, makeTable } = this.options;
    const identity = new ProcessIdentity();
    const batchId = (index: number) => `${this.sha256}:${index}`;
    const builder = new BatchBuilder({ pool, makeTable, identity, counters: this.counters, batchId });
    let fault: unknown;
    try {
      try {
        for await (const group of await this.read()) {
          for (let at = 0; at < group.rows && !this.stopping.signal.aborted; ) {
            if (!builder.isOpen) await builder.open(this.stopping.signal);
            at += builder.take(group, at);
            if (builder.isFull) yield builder.finish();
          }
          if (this.stopping.signal.aborted) return;
        }
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        fault = error;
      }
      if (!builder.isEmpty) yield builder.finish();
      if (fault !== undefined) throw fault;
    } finally {
      builder.abandon();
      await this.input.discard();
    }
  }

  private async read(): Promise<RowReader> {
    const unknown = new UnknownColumns(this.counters.bad);
    const content: Content = await openContent(this.input.path, this.stopping.signal);
    const format = this.options.format ?? detectFormat(content.head);
    if (format === 'json') {
      return readJsonLines(content.all, unknown, (hint) => {
        this.counters.hint = hint;
      });
    }
    if (format === 'zeek') return readZeek(content.all, this.options.network ?? 'zeek');
    if (format === 'arrow') {
      // Arrow takes longer to load than all the rest of a small file's reading.
      const { readArrow } = await import('./arrow-file.js');
      return readArrow(content.all, unknown);
    }
    await content.all.return(undefined);
    return readParquetRows(this.input.path, unknown);
  }
}

/**
 * Opens a file of events; `-` is standard input. Reads it once, to hash it.
 * @throws BAD_INPUT when it is missing, unreadable, a directory or empty.
 */
export async function openFile(path: string, options: FileOptions): Promise<FileSource> {
  return new FileSource(path, await openInput(path), options);
}
