import type { Server, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { SlotView } from '../columnar/slot-view.js';
import type { Batch, Source } from '../tuple/batch.js';
import { BUSY } from '../tuple/sensor-socket.js';
import { Consumer, ConsumerGone } from './consumer.js';
import { type ListenOptions, listenOn } from './unix-listener.js';

/** A consumer that acknowledges nothing for so long after the end of the events is cut off. */
const GRACE_MS = 10_000;

/** A second consumer is refused when the first has not gone within so long: one that was killed a moment ago has. */
const BUSY_MS = 1000;

export interface ServiceOptions extends Omit<ListenOptions, 'onConnection'> {
  readonly source: Source;
  readonly graceMs?: number;
  /** Told of consumers that came, went and were refused. */
  readonly onConsumer?: (what: 'connected' | 'gone' | 'busy') => void;
}

export interface ServiceReport {
  /** Events in batches that no consumer acknowledged; rows about the recording itself are not counted. */
  readonly unread: number;
}

/**
 * Serves the batches of a source over a Unix socket, to one consumer at a time, each batch until it is acknowledged.
 * Memory: the slots of the source and the bytes of one batch. A batch holds its slot until its acknowledgement, so a
 * consumer that is slow or missing leaves the source without slots; what comes then is the source's to count.
 */
export class SensorService {
  private readonly waiting: Batch[] = [];
  private consumer: Consumer | undefined;
  private serving: Promise<void> = Promise.resolve();
  private ended = false;
  private fault: unknown;
  private wake: () => void = () => {};
  private server: Server | undefined;

  constructor(private readonly options: ServiceOptions) {}

  /** @throws SOCKET_TAKEN, BAD_ARGUMENT */
  async listen(): Promise<void> {
    this.server = await listenOn({ ...this.options, onConnection: (socket) => void this.admit(socket) });
  }

  /** Serves until the source ends and the consumer of that time, if any, has taken the rest. */
  async run(): Promise<ServiceReport> {
    try {
      for await (const batch of this.options.source.batches()) {
        this.waiting.push(batch);
        this.wake();
      }
    } finally {
      this.ended = true;
      this.wake();
      await this.finish();
    }
    if (this.fault !== undefined) throw this.fault;
    return { unread: this.waiting.splice(0).reduce((sum, batch) => sum + discard(batch), 0) };
  }

  /** Takes the socket away, when the source could not be started. */
  async abandon(): Promise<void> {
    this.ended = true;
    this.consumer?.disconnect();
    await this.finish();
  }

  private async finish(): Promise<void> {
    const cut = globalThis.setTimeout(() => this.consumer?.disconnect(), this.options.graceMs ?? GRACE_MS);
    // Whoever makes progress has time.
    this.wake = () => cut.refresh();
    await this.serving;
    clearTimeout(cut);
    await new Promise((resolve) => this.server!.close(resolve));
  }

  private async admit(socket: Socket): Promise<void> {
    socket.on('error', () => undefined);
    if (this.consumer?.isOpen) await Promise.race([this.consumer.closed, setTimeout(BUSY_MS)]);
    if (this.ended) {
      socket.destroy();
      return;
    }
    if (this.consumer?.isOpen) {
      this.options.onConsumer?.('busy');
      socket.end(BUSY, () => socket.destroy());
      return;
    }
    const consumer = new Consumer(socket, () => this.wake());
    this.consumer = consumer;
    this.serving = this.serving.then(() => this.serve(consumer));
  }

  private async serve(consumer: Consumer): Promise<void> {
    this.options.onConsumer?.('connected');
    try {
      await consumer.greet();
      for (let batch = await this.next(consumer); batch !== undefined; batch = await this.next(consumer)) {
        await consumer.send(batch);
      }
      if (consumer.isOpen) await consumer.finish();
    } catch (error) {
      if (!(error instanceof ConsumerGone)) this.fail(error);
    }
    this.waiting.unshift(...consumer.leave());
    this.options.onConsumer?.('gone');
  }

  private async next(consumer: Consumer): Promise<Batch | undefined> {
    while (consumer.isOpen) {
      const batch = this.waiting.shift();
      if (batch !== undefined || this.ended) return batch;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return undefined;
  }

  private fail(error: unknown): void {
    this.fault ??= error;
    this.options.source.stop();
  }
}

/** Releases a batch that nobody will have, and says how many events it held. */
function discard(batch: Batch): number {
  const syscalls = new SlotView(batch.slot).codes('syscall');
  let events = 0;
  for (let row = 0; row < batch.rows; row++) {
    const syscall = batch.strings.text(syscalls[row]!);
    if (syscall !== 'lost' && syscall !== 'clock') events++;
  }
  batch.release();
  return events;
}
