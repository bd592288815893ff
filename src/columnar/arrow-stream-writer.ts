import { RecordBatch, RecordBatchStreamWriter } from 'apache-arrow';
import { EVENT_SCHEMA } from '../tuple/arrow-schema.js';
import type { Batch } from '../tuple/batch.js';
import { col } from '../tuple/columns.js';
import { SLOT_ROWS } from '../tuple/slot.js';
import { slotBatch } from './arrow-batch.js';
import { ChunkBuffer } from './chunk-buffer.js';
import { BATCH_KEY, END_MARK_KEY, type EndMark, encodeEndMark } from './end-mark.js';
import { FileDictionary } from './file-dictionary.js';
import { OutputFile } from './output-file.js';
import { SlotView } from './slot-view.js';

/** Encodes record batches to bytes that are its own, not views of a slot that is about to change. */
class StreamEncoder extends RecordBatchStreamWriter {
  private pieces: Uint8Array[] = [];

  take(): Uint8Array {
    return Buffer.concat(this.pieces.splice(0));
  }

  protected override _write(chunk: ArrayBufferView): this {
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.pieces.push(bytes);
    this._position += bytes.length;
    return this;
  }
}

/** Where the bytes of a stream go, in order. */
export interface ByteSink {
  /** Resolves when the bytes are stored or handed over; they are the sink's from then on. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface StreamWriterOptions {
  /** Rows wait at most so long for others before `write` stores them; 5 s. */
  readonly maxDelayMs?: number;
  /** Each batch becomes a record batch of its own, which carries the batch's id; nothing waits. */
  readonly batchIds?: boolean;
}

export interface FileWriterOptions extends StreamWriterOptions {
  /** Overwrites a file that exists. */
  readonly force?: boolean;
}

/**
 * Writes batches as an Arrow stream: small batches are gathered into chunks of SLOT_ROWS rows or `maxDelayMs`, each
 * with the texts that are new, and an end mark with the counts closes the stream, so that a stream cut between two
 * batches is known as torn. Calls must not overlap.
 */
export class ArrowStreamWriter {
  private readonly encoder = new StreamEncoder();
  private readonly dictionary = new FileDictionary();
  private readonly chunk = new ChunkBuffer();
  private readonly mark: EndMark = { rows: 0, batches: 0, lost: 0n };
  private oldest = 0;

  private constructor(
    private readonly sink: ByteSink,
    private readonly options: StreamWriterOptions,
  ) {
    this.encoder.reset(undefined, EVENT_SCHEMA);
  }

  /** Writes the schema. */
  static async open(sink: ByteSink, options: StreamWriterOptions = {}): Promise<ArrowStreamWriter> {
    const writer = new ArrowStreamWriter(sink, options);
    await sink.write(writer.encoder.take());
    return writer;
  }

  /** @throws BAD_ARGUMENT when the file exists and `force` is not set, or cannot be made. */
  static async create(path: string, options: FileWriterOptions = {}): Promise<ArrowStreamWriter> {
    return ArrowStreamWriter.open(await OutputFile.create(path, options.force ?? false), options);
  }

  /** Rows, chunks and lost events so far. */
  get counts(): Readonly<EndMark> {
    return this.mark;
  }

  /** Takes over a batch's rows; the batch stays the caller's to release, at once after this resolves. */
  async write(batch: Batch): Promise<void> {
    const source = new SlotView(batch.slot);
    for (let from = 0; from < batch.rows; ) {
      if (this.chunk.rows === 0) this.oldest = performance.now();
      from += this.chunk.append(batch, source, from, this.dictionary);
      if (this.chunk.rows === SLOT_ROWS) await this.flush(batch.id);
    }
    const delayMs = this.options.batchIds ? 0 : (this.options.maxDelayMs ?? 5000);
    if (this.chunk.rows > 0 && performance.now() - this.oldest >= delayMs) await this.flush(batch.id);
  }

  /** Stores the rows gathered so far. */
  private async flush(batchId = ''): Promise<void> {
    if (this.chunk.rows === 0) return;
    this.mark.rows += this.chunk.rows;
    this.mark.batches++;
    this.mark.lost += this.lostInChunk();
    const rows = slotBatch(this.chunk.view, this.chunk.rows, this.dictionary.vector());
    this.encoder.write(this.options.batchIds ? withMetadata(rows, BATCH_KEY, batchId) : rows);
    const bytes = this.encoder.take();
    this.chunk.clear();
    if (this.dictionary.isSpent) this.dictionary.reset();
    await this.sink.write(bytes);
  }

  /** Stores what is left and the end mark, and closes the sink. */
  async close(): Promise<void> {
    await this.flush();
    const end = slotBatch(this.chunk.view, 0, this.dictionary.vector());
    this.encoder.write(withMetadata(end, END_MARK_KEY, encodeEndMark(this.mark)));
    this.encoder.finish();
    await this.sink.write(this.encoder.take());
    await this.sink.close();
  }

  private lostInChunk(): bigint {
    const code = this.dictionary.find('lost');
    if (code === undefined) return 0n;
    const syscalls = this.chunk.view.codes('syscall');
    const counts = this.chunk.view.values[col('count')] as BigUint64Array;
    let lost = 0n;
    for (let row = 0; row < this.chunk.rows; row++) if (syscalls[row] === code) lost += counts[row]!;
    return lost;
  }
}

function withMetadata({ schema, data }: RecordBatch, key: string, value: string): RecordBatch {
  return new RecordBatch(schema, data, new Map([[key, value]]));
}
