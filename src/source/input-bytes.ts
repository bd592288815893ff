import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { QuinceError } from '../errors/quince-error.js';

/** Compressed bytes inflated at once: what they can grow to is the most that is held in memory. */
const GZIP_STEP = 16 * 1024;
const ZSTD_STEP = 4 * 1024;

const GZIP_MAGIC = [0x1f, 0x8b];
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

export function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

/** The first bytes of a stream (at least `count`, fewer when it is shorter) and the whole stream again. */
export async function peek(
  input: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ head: Uint8Array; all: AsyncGenerator<Uint8Array> }> {
  const iterator = input[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < count) {
    const next = await iterator.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  async function* all() {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, all: all() };
}

function* steps(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/**
 * Node's inflater, driven by hand: every byte that inflates before a fault comes out before the fault is thrown, where
 * a piped stream would drop what it has buffered.
 */
class Gunzip {
  private readonly inflate = createGunzip();
  private readonly out: Uint8Array[] = [];
  private fault: NodeJS.ErrnoException | undefined;
  private wake: () => void = () => {};

  constructor() {
    this.inflate.on('data', (bytes: Uint8Array) => this.out.push(bytes));
    this.inflate.on('error', (error: NodeJS.ErrnoException) => {
      this.fault = error;
    });
    // After a fault the callback of a write never comes.
    this.inflate.once('close', () => this.wake());
  }

  async *run(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      for await (const bytes of input) {
        for (const step of steps(bytes, GZIP_STEP)) {
          await this.until((done) => this.inflate.write(step, done));
          yield* this.taken();
        }
      }
      await this.until(() => this.inflate.end());
      yield* this.taken();
    } finally {
      this.inflate.destroy();
    }
  }

  private until(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      start(resolve);
    });
  }

  private *taken(): Generator<Uint8Array> {
    yield* this.out.splice(0);
    const { fault } = this;
    if (fault !== undefined) throw compressionFault('gzip', fault.code === 'Z_BUF_ERROR', fault.message);
  }
}

/** Largest window taken; a header may ask for 2 GB. */
const ZSTD_WINDOW_BYTES = 128 * 1024 * 1024;

/** Window of the frame that a stream opens with (RFC 8878, 3.1.1.1); 0 when the header is cut or has none. */
function zstdWindow(head: Uint8Array): number {
  const single = (head[4]! & 0x20) !== 0;
  if (single || head.length < 6) return 0;
  const base = 2 ** (10 + (head[5]! >> 3));
  return base + (base / 8) * (head[5]! & 7);
}

async function* unzstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const out: Uint8Array[] = [];
  const inflate = new Decompress((bytes) => {
    if (bytes.length > 0) out.push(bytes);
  });
  let fault: (Error & { code?: number }) | undefined;
  const push = (bytes: Uint8Array, final: boolean) => {
    try {
      inflate.push(bytes, final);
    } catch (error) {
      fault = error as Error;
    }
  };
  for await (const bytes of input) {
    for (const step of steps(bytes, ZSTD_STEP)) {
      push(step, false);
      yield* out.splice(0);
      if (fault !== undefined) throw compressionFault('zstd', false, fault.message);
    }
  }
  push(new Uint8Array(0), true);
  yield* out.splice(0);
  if (fault !== undefined) throw compressionFault('zstd', true, fault.message);
}

function compressionFault(form: string, cut: boolean, got: string): QuinceError {
  return new QuinceError(
    cut ? 'TORN_STREAM' : 'BAD_INPUT',
    `file requires whole ${form} data, got ${cut ? 'an end in the middle of them' : got}`,
  );
}

/** The stream, inflated when its first bytes say gzip or zstd. @throws TORN_STREAM when it is cut, BAD_INPUT when bad. */
export async function inflated(input: AsyncIterable<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const { head, all } = await peek(input, 6);
  if (startsWith(head, GZIP_MAGIC)) return new Gunzip().run(all);
  if (!startsWith(head, ZSTD_MAGIC)) return all;
  const window = zstdWindow(head);
  if (window <= ZSTD_WINDOW_BYTES) return unzstd(all);
  throw new QuinceError(
    'BAD_INPUT',
    `zstd data requires a window of at most ${ZSTD_WINDOW_BYTES} bytes, got ${window}`,
  );
}
