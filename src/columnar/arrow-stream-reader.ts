import { DataType, type RecordBatch, RecordBatchReader, type Schema, type Utf8, type Vector } from 'apache-arrow';
import { QuinceError } from '../errors/quince-error.js';
import { EVENT_SCHEMA, SCHEMA_KEY } from '../tuple/arrow-schema.js';
import { COLUMNS } from '../tuple/columns.js';
import { arrowFrames } from './arrow-frames.js';
import { ArrowRows } from './arrow-rows.js';
import { DictionaryTexts } from './dictionary-texts.js';
import { BATCH_KEY, decodeEndMark, END_MARK_KEY, type EndMark } from './end-mark.js';
import { type EventColumns, eventColumns } from './event-columns.js';

/** A record batch of a stream: by value, and for Quince's own streams also as the arrays themselves. */
export interface ArrowChunk {
  readonly rows: ArrowRows;
  /** Schema position of value column i of `rows`. */
  readonly positions: readonly number[];
  readonly native: EventColumns | undefined;
  /** Id of the batch it holds, when the stream says so. */
  readonly batchId: string | undefined;
}

export interface ArrowStreamOptions {
  readonly input: AsyncIterable<Uint8Array>;
  /** Position of a column of the event schema, by name. */
  readonly positionOf: (name: string) => number | undefined;
  /** Told the names that have none. */
  readonly onUnknown: (name: string) => void;
}

/** True when the columns are those of the event in type and order; a stream of an older version may have fewer. */
function isNative(schema: Schema): boolean {
  return (
    schema.metadata.has(SCHEMA_KEY) &&
    schema.fields.length <= COLUMNS.length &&
    new Set(schema.fields.flatMap(({ type }) => (DataType.isDictionary(type) ? [type.id] : []))).size === 1 &&
    schema.fields.every((field, i) => {
      const own = EVENT_SCHEMA.fields[i]!;
      return field.name === own.name && String(field.type) === String(own.type);
    })
  );
}

function knownColumns(schema: Schema, options: ArrowStreamOptions): { fields: number[]; positions: number[] } {
  const fields: number[] = [];
  const positions: number[] = [];
  for (const [i, field] of schema.fields.entries()) {
    const position = options.positionOf(field.name);
    if (position === undefined) options.onUnknown(field.name);
    else if (!positions.includes(position)) {
      fields.push(i);
      positions.push(position);
    }
  }
  for (const name of ['ts', 'syscall']) {
    if (positions.includes(options.positionOf(name)!)) continue;
    throw new QuinceError('BAD_INPUT', `Arrow stream requires a column ${name}, got none`);
  }
  return { fields, positions };
}

/**
 * Messages up to a fault, which is kept instead of thrown: apache-arrow reads a message ahead, and an error there would
 * cost the batch before it.
 */
class FramesToFault {
  fault: unknown;
  private readonly frames: AsyncGenerator<Uint8Array>;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.frames = arrowFrames(input);
  }

  async *whole(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.frames;
    } catch (error) {
      this.fault = error;
    }
  }

  async close(): Promise<void> {
    await this.frames.return(undefined);
  }
}

function asQuinceError(error: unknown): unknown {
  if (error instanceof QuinceError || (error as Error).name === 'AbortError') return error;
  return new QuinceError('BAD_INPUT', `Arrow stream requires valid messages, got ${(error as Error).message}`, {
    cause: error,
  });
}

/**
 * Reads an Arrow stream, Quince's own or foreign, chunk by chunk. Memory: one chunk and the dictionaries.
 * @throws TORN_STREAM when the input ends inside a message or Quince's own stream without its end mark; BAD_INPUT for
 * what is no Arrow stream. Chunks before the fault have been given out.
 */
export async function* readArrowStream(options: ArrowStreamOptions): AsyncGenerator<ArrowChunk> {
  const texts = new DictionaryTexts();
  const seen: EndMark = { rows: 0, batches: 0, lost: 0n };
  let mark: EndMark | undefined;
  let own = false;
  const frames = new FramesToFault(options.input);
  try {
    const reader = await RecordBatchReader.from(frames.whole());
    await reader.open();
    const { schema } = reader;
    if (schema === undefined) throw new QuinceError('BAD_INPUT', 'Arrow stream requires a schema, got none');
    own = schema.metadata.has(SCHEMA_KEY);
    const native = isNative(schema);
    const { fields, positions } = knownColumns(schema, options);
    for await (const batch of reader as AsyncIterable<RecordBatch>) {
      mark = decodeEndMark(batch.metadata.get(END_MARK_KEY) ?? '');
      if (batch.numRows === 0) continue;
      seen.rows += batch.numRows;
      seen.batches++;
      if (native) texts.follow(dictionaryOf(batch));
      const rows = new ArrowRows(batch, fields);
      const batchId = batch.metadata.get(BATCH_KEY);
      yield { rows, positions, native: native ? eventColumns(batch, texts) : undefined, batchId };
    }
  } catch (error) {
    throw asQuinceError(frames.fault ?? error);
  } finally {
    await frames.close();
  }
  if (frames.fault !== undefined) throw asQuinceError(frames.fault);
  if (own) checkEnd(mark, seen);
}

function dictionaryOf(batch: RecordBatch): Vector<Utf8> {
  return batch.data.children[0]!.dictionary as Vector<Utf8>;
}

function checkEnd(mark: EndMark | undefined, seen: EndMark): void {
  if (mark?.rows === seen.rows && mark.batches === seen.batches) return;
  const wanted = mark === undefined ? 'its end mark' : `${mark.rows} rows in ${mark.batches} batches`;
  const got = `${seen.rows} rows in ${seen.batches} batches and the end of the input`;
  throw new QuinceError('TORN_STREAM', `Arrow stream requires ${wanted}, got ${got}`);
}
