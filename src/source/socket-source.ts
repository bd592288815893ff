import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { SlotPool } from '../columnar/slot-pool.js';
import type { StringTable } from '../columnar/string-table.js';
import { QuinceError } from '../errors/quince-error.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';
import { ACKNOWLEDGE, BUSY } from '../tuple/sensor-socket.js';
import { readArrow } from './arrow-file.js';
import { BatchBuilder } from './batch-builder.js';
import { peek, startsWith } from './input-bytes.js';
import { ProcessIdentity } from './process-identity.js';
import { Receipts } from './receipts.js';
import { UnknownColumns } from './row-group.js';

/** A sensor greets at once; whoever says nothing for so long is none. */
const GREETING_MS = 10_000;
const GREETING_BYTES = 4;
const ARROW_CONTINUATION = [0xff, 0xff, 0xff, 0xff];

export interface SocketOptions {
  readonly pool: SlotPool;
  /** Makes the string table of an epoch, empty. */
  readonly makeTable: (epoch: number) => StringTable;
  /** Ends the wait for the sensor's greeting. */
  readonly signal?: AbortSignal;
}

/**
 * Events of a sensor that runs as a process of its own. A batch keeps the id that the sensor gave it; one that does not
 * fit the string table comes in parts, whose ids say at which row they begin. Releasing a batch acknowledges it: what
 * was not acknowledged when the connection ends, the sensor gives to its next consumer, under the same ids.
 */
export class SocketSource implements Source {
  readonly counters: SourceCounters = { rows: 0, batches: 0, bad: {} };
  private readonly stopping = new AbortController();
  private readonly receipts = new Receipts(() => this.acknowledge());
  private started = false;
  private ended = false;

  constructor(
    readonly name: string,
    private readonly socket: Socket,
    private readonly feed: PassThrough,
    private readonly stream: AsyncGenerator<Uint8Array>,
    private readonly options: SocketOptions,
  ) {}

  /** @throws INTERNAL on a second call; while iterating BAD_INPUT, and TORN_STREAM when the sensor goes away. */
  batches(): AsyncIterable<Batch> {
    if (this.started) throw new QuinceError('INTERNAL', `source ${this.name} requires one iteration, got a second`);
    this.started = true;
    return this.run();
  }

  /** Ends the iteration at the next batch; an unfinished one stays the sensor's. */
  stop(): void {
    this.stopping.abort();
    this.socket.unpipe(this.feed);
    this.feed.end();
    if (!this.started) this.socket.destroy();
  }

  private async *run(): AsyncGenerator<Batch> {
    const { pool, makeTable } = this.options;
    const { signal } = this.stopping;
    let id = '';
    const batchId = () => id;
    const builder = new BatchBuilder({
      pool,
      makeTable,
      identity: new ProcessIdentity(),
      counters: this.counters,
      batchId,
    });
    try {
      for await (const group of readArrow(this.stream, new UnknownColumns(this.counters.bad))) {
        if (group.batchId === undefined) {
          throw new QuinceError('BAD_INPUT', `${this.name} requires batches with ids, got one without`);
        }
        this.receipts.begin();
        let from = 0;
        for (let at = 0; at < group.rows && !signal.aborted; ) {
          if (!builder.isOpen) await builder.open(signal);
          at += builder.take(group, at);
          if (!builder.isFull && at < group.rows) continue;
          id = from === 0 && at === group.rows ? group.batchId : `${group.batchId}+${from}`;
          from = at;
          const part = builder.isEmpty ? undefined : this.receipts.cover(builder.finish());
          if (at === group.rows) this.receipts.complete();
          if (part !== undefined) yield part;
        }
        if (signal.aborted) return;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      builder.abandon();
      this.receipts.abandon();
      this.ended = true;
      this.feed.destroy();
      this.disconnectIfDone();
    }
  }

  private acknowledge(): void {
    this.socket.write(Uint8Array.of(ACKNOWLEDGE));
    this.disconnectIfDone();
  }

  /** Batches may be released after the iteration; until then the sensor waits for their acknowledgement. */
  private disconnectIfDone(): void {
    if (!this.ended) return;
    if (this.receipts.isEmpty) this.socket.end(() => this.socket.destroy());
    else this.socket.unref();
  }
}

/**
 * Connects to a sensor's socket and reads its greeting.
 * @throws NO_SENSOR, SENSOR_BUSY, BAD_INPUT when something else listens there, INTERRUPTED by the signal
 */
export async function openSocket(path: string, options: SocketOptions): Promise<SocketSource> {
  const socket = await connected(path);
  const feed = new PassThrough();
  feed.on('error', () => undefined);
  // The loss of the connection is the end of the stream, which misses its end mark then.
  socket.on('error', () => feed.end());
  socket.pipe(feed);
  let silent = false;
  const onAbort = () => socket.destroy(new Error('interrupted'));
  const timer = setTimeout(() => {
    silent = true;
    onAbort();
  }, GREETING_MS);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  try {
    const { head, all } = await peek(feed, GREETING_BYTES);
    if (options.signal?.aborted) throw new QuinceError('INTERRUPTED', `${path} requires a greeting, got a signal`);
    if (head.length === 0 && !silent) {
      throw new QuinceError('NO_SENSOR', `socket ${path} requires a sensor that goes on, got one that is ending`);
    }
    checkGreeting(path, head, silent ? `nothing for ${GREETING_MS / 1000} s` : 'other bytes');
    return new SocketSource(path, socket, feed, all, options);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const hint =
      code === 'EACCES'
        ? "the socket is its owner's alone, unless quince sensor was given --group"
        : `quince sensor --socket ${path} starts one`;
    throw new QuinceError('NO_SENSOR', `socket ${path} requires a sensor that listens, got ${code}`, {
      cause: error,
      hint,
    });
  }
}

function checkGreeting(path: string, head: Uint8Array, got: string): void {
  if (startsWith(head, ARROW_CONTINUATION)) return;
  if (startsWith(head, [...Buffer.from(BUSY.slice(0, GREETING_BYTES))])) {
    throw new QuinceError('SENSOR_BUSY', `socket ${path} requires a sensor that is free, got one with a consumer`, {
      hint: 'end the other consumer first; a sensor serves one at a time',
    });
  }
  throw new QuinceError('BAD_INPUT', `socket ${path} requires a sensor's Arrow stream, got ${got}`);
}
