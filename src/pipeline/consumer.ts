import type { Socket } from 'node:net';
import { ArrowStreamWriter, type ByteSink } from '../columnar/arrow-stream-writer.js';
import type { Batch } from '../tuple/batch.js';
import { ACKNOWLEDGE } from '../tuple/sensor-socket.js';

/** The consumer went away, or broke the protocol; what it had not acknowledged is the next one's. */
export class ConsumerGone extends Error {}

/** One connection: batches out, acknowledgements in. */
export class Consumer implements ByteSink {
  /** Sent or being sent, oldest first. */
  private sent: Batch[] = [];
  private writer: ArrowStreamWriter | undefined;
  readonly closed: Promise<void>;
  private open = true;
  private onSettled: () => void = () => {};

  /** @param onChange called at each acknowledgement and at the end */
  constructor(
    private readonly socket: Socket,
    private readonly onChange: () => void,
  ) {
    socket.on('data', (bytes: Buffer) => this.acknowledged(bytes));
    // A consumer that ends its half says that it acknowledges nothing more.
    socket.on('end', () => socket.destroy());
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.open = false;
        resolve();
        this.onSettled();
        onChange();
      });
    });
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Resolves when the kernel has taken all of it: a consumer that does not read is waited for. @throws ConsumerGone */
  async send(batch: Batch): Promise<void> {
    this.sent.push(batch);
    await (await this.stream()).write(batch);
  }

  /** Sends the schema, with which a consumer knows whom it talks to. */
  async greet(): Promise<void> {
    await this.stream();
  }

  /** Sends the end mark and waits until all is acknowledged. @throws ConsumerGone */
  async finish(): Promise<void> {
    await (await this.stream()).close();
  }

  async write(bytes: Uint8Array): Promise<void> {
    const written = new Promise<boolean>((resolve) => this.socket.write(bytes, (error) => resolve(!error)));
    const ok = await Promise.race([written, this.closed.then(() => false)]);
    if (!ok) throw new ConsumerGone();
  }

  /** Called by the stream behind its end mark. */
  async close(): Promise<void> {
    while (this.open && this.sent.length > 0) {
      await new Promise<void>((resolve) => {
        this.onSettled = resolve;
      });
    }
    if (this.sent.length > 0) throw new ConsumerGone();
    this.socket.end();
  }

  /** Cuts the connection and gives back what was not acknowledged. */
  leave(): Batch[] {
    this.socket.destroy();
    return this.sent.splice(0);
  }

  disconnect(): void {
    this.socket.destroy();
  }

  private async stream(): Promise<ArrowStreamWriter> {
    this.writer ??= await ArrowStreamWriter.open(this, { batchIds: true });
    return this.writer;
  }

  private acknowledged(bytes: Buffer): void {
    for (const byte of bytes) {
      const batch = byte === ACKNOWLEDGE ? this.sent.shift() : undefined;
      if (batch === undefined) {
        this.socket.destroy();
        return;
      }
      batch.release();
    }
    if (this.sent.length === 0) this.onSettled();
    this.onChange();
  }
}
