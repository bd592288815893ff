import { ArrowStreamWriter, type FileWriterOptions } from '../columnar/arrow-stream-writer.js';
import { SlotPool } from '../columnar/slot-pool.js';
import { StringTable } from '../columnar/string-table.js';
import type { SensorCounters } from '../source/perf-addon.js';
import { PerfSource } from '../source/perf-source.js';
import { openSocket } from '../source/socket-source.js';
import type { Source } from '../tuple/batch.js';
import { SLOT_BYTES } from '../tuple/slot.js';

/** Slots of a recording: the writer may fall behind by so many batches before events are lost. */
const RECORD_SLOTS = 16;

export interface RecordOptions {
  readonly path: string;
  /** Overwrites a file that exists. */
  readonly force?: boolean;
  /** Name of the host in the rows. */
  readonly host?: string;
  /** Only processes in the pid namespace of this process, or below it. */
  readonly namespaceOf?: number;
  /** Of one CPU, to stay within by thinning. */
  readonly cpuShare?: number;
  /** Ends by itself after so long. */
  readonly seconds?: number;
  /** Ends the recording in order: what the sensor holds is still written. */
  readonly signal?: AbortSignal;
  readonly progress?: (rows: number) => void;
  /** Called once events are being counted. */
  readonly started?: () => void;
}

export interface RecordReport {
  readonly rows: number;
  readonly batches: number;
  /** What the sensor counted; after the end Σ seen_by_kind = delivered + Σ lost. */
  readonly sensor: SensorCounters;
}

export interface SocketRecordReport extends Omit<RecordReport, 'sensor'> {
  /** Events that the rows tell to be lost. */
  readonly lost: bigint;
}

/**
 * Records live events of this machine into an Arrow stream until the time is over or the signal comes. The file is made
 * only when the sensor runs.
 * @throws what PerfSource.start throws, BAD_ARGUMENT for a file that cannot be made or written
 */
export async function record(options: RecordOptions): Promise<RecordReport> {
  const source = new PerfSource({
    slots: Array.from({ length: RECORD_SLOTS }, () => new SharedArrayBuffer(SLOT_BYTES)),
    makeTable: (epoch) => new StringTable(epoch),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.namespaceOf === undefined ? {} : { namespaceOf: options.namespaceOf }),
    ...(options.cpuShare === undefined ? {} : { cpuShare: options.cpuShare }),
  });
  source.start();
  const { rows, batches } = await recordFrom(source, options);
  return { rows, batches, sensor: source.sensorCounters()! };
}

/** Slots of a recording from a socket; the sensor has the rest. */
const SOCKET_SLOTS = 4;

/**
 * Records from a sensor of its own process, until that ends, the time is over or the signal comes. Each batch is stored
 * before the sensor lets go of it, under its id.
 * @throws NO_SENSOR, SENSOR_BUSY, TORN_STREAM when the sensor went away without its end mark (what came is stored),
 * BAD_ARGUMENT for a file that cannot be made or written
 */
export async function recordSocket(socket: string, options: RecordOptions): Promise<SocketRecordReport> {
  const source = await openSocket(socket, {
    pool: new SlotPool(SOCKET_SLOTS),
    makeTable: (epoch) => new StringTable(epoch),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return recordFrom(source, options, { batchIds: true });
}

async function recordFrom(
  source: Source,
  options: RecordOptions,
  form: FileWriterOptions = {},
): Promise<SocketRecordReport> {
  const writer = await createWriter(source, options, form);
  const stop = () => source.stop();
  let timer: NodeJS.Timeout | undefined;
  try {
    options.started?.();
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    if (options.seconds !== undefined) timer = setTimeout(stop, options.seconds * 1000);
    await writeAll(source, writer, options.progress);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
    await writer.close();
  }
  return writer.counts;
}

/** When the file cannot be made the source ends in order, its events unread. */
async function createWriter(
  source: Source,
  { path, force }: RecordOptions,
  form: FileWriterOptions,
): Promise<ArrowStreamWriter> {
  try {
    return await ArrowStreamWriter.create(path, { ...form, force: force ?? false });
  } catch (error) {
    source.stop();
    for await (const batch of source.batches()) batch.release();
    throw error;
  }
}

/** Writes every batch of a source; each slot is free again once its rows are copied. */
export async function writeAll(
  source: Source,
  writer: ArrowStreamWriter,
  progress?: (rows: number) => void,
): Promise<void> {
  let rows = 0;
  for await (const batch of source.batches()) {
    try {
      await writer.write(batch);
      rows += batch.rows;
    } finally {
      batch.release();
    }
    progress?.(rows);
  }
}
