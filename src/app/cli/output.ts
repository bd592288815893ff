import type { Writable } from 'node:stream';
import { QuinceError } from '../../errors/quince-error.js';
import { jsonText } from './json-text.js';

/** Standard output: waits for a slow reader, and ends the command quietly when the reader is gone. */
export class Output {
  private fault: NodeJS.ErrnoException | undefined;

  constructor(private readonly stream: Writable) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.fault ??= error;
    });
  }

  /** Resolves when the stream takes more. @throws OUTPUT_CLOSED, or BAD_ARGUMENT when it cannot be written */
  async write(text: string): Promise<void> {
    this.check();
    if (!this.stream.write(text)) {
      await new Promise<void>((resolve) => {
        const done = () => {
          for (const event of ['drain', 'error', 'close']) this.stream.off(event, done);
          resolve();
        };
        for (const event of ['drain', 'error', 'close']) this.stream.on(event, done);
      });
    }
    // A write to a broken pipe fails one turn later.
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.check();
  }

  /** Writes one line. The text must be escaped by the caller where others wrote it. */
  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Writes one value as a line of JSON. */
  json(value: unknown): Promise<void> {
    return this.write(`${jsonText(value)}\n`);
  }

  private check(): void {
    if (this.fault === undefined) return;
    if (this.fault.code === 'EPIPE') {
      throw new QuinceError('OUTPUT_CLOSED', 'standard output requires a reader, got a closed pipe');
    }
    throw new QuinceError('BAD_ARGUMENT', `standard output requires room for writing, got ${this.fault.code}`, {
      cause: this.fault,
    });
  }
}
