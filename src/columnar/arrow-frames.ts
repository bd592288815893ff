import { QuinceError } from '../errors/quince-error.js';
import { checkMetadata } from './arrow-metadata.js';

const PREFIX_BYTES = 8;
const CONTINUATION = 0xffffffff;
const METADATA_MAX_BYTES = 16 * 1024 * 1024;
const BODY_MAX_BYTES = 512 * 1024 * 1024;

/** Takes exact numbers of bytes from a stream of chunks. */
class ByteReader {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private chunks: Uint8Array[] = [];
  private held = 0;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.iterator = input[Symbol.asyncIterator]();
  }

  /** The next `count` bytes in memory of their own, or fewer at the end of the input. */
  async read(count: number): Promise<Uint8Array> {
    while (this.held < count) {
      const next = await this.iterator.next();
      if (next.done) break;
      this.chunks.push(next.value);
      this.held += next.value.length;
    }
    const out = new Uint8Array(Math.min(count, this.held));
    let at = 0;
    while (at < out.length) {
      const chunk = this.chunks[0]!;
      const part = chunk.subarray(0, out.length - at);
      out.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    this.held -= out.length;
    return out;
  }

  async close(): Promise<void> {
    await this.iterator.return?.();
  }
}

function bad(rule: string, got: string | number): QuinceError {
  return new QuinceError('BAD_INPUT', `Arrow stream requires ${rule}, got ${got}`);
}

/**
 * Cuts an Arrow stream into whole messages, so that a decoder never sees half a message or a length that is a lie.
 * The stream part of an Arrow file passes too. Ends at the end-of-stream marker or at the end of the input.
 * @throws BAD_INPUT at a message that cannot be one, TORN_STREAM when the input ends inside a message.
 */
export async function* arrowFrames(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(input);
  try {
    for (;;) {
      let prefix = await reader.read(PREFIX_BYTES);
      if (Buffer.from(prefix).toString('latin1', 0, 6) === 'ARROW1') prefix = await reader.read(PREFIX_BYTES);
      if (prefix.length === 0) return;
      if (prefix.length < PREFIX_BYTES) throw torn(PREFIX_BYTES, prefix.length);
      const view = new DataView(prefix.buffer);
      if (view.getUint32(0, true) !== CONTINUATION) throw bad('a message', 'other bytes');
      const metadataBytes = view.getUint32(4, true);
      if (metadataBytes === 0) return;
      if (metadataBytes > METADATA_MAX_BYTES)
        throw bad(`metadata of at most ${METADATA_MAX_BYTES} bytes`, metadataBytes);
      const metadata = await reader.read(metadataBytes);
      if (metadata.length < metadataBytes) throw torn(metadataBytes, metadata.length);
      const bodyBytes = lengthOf(metadata);
      const body = await reader.read(bodyBytes);
      if (body.length < bodyBytes) throw torn(bodyBytes, body.length);
      const head = new Uint8Array(PREFIX_BYTES + metadataBytes);
      head.set(prefix);
      head.set(metadata, PREFIX_BYTES);
      yield head;
      if (bodyBytes > 0) yield body;
    }
  } finally {
    await reader.close();
  }
}

function lengthOf(metadata: Uint8Array): number {
  let bytes: number;
  try {
    bytes = checkMetadata(metadata);
  } catch {
    throw bad('a message', 'broken metadata');
  }
  if (!(bytes >= 0 && bytes <= BODY_MAX_BYTES)) throw bad(`a body of at most ${BODY_MAX_BYTES} bytes`, bytes);
  return bytes;
}

function torn(wanted: number, got: number): QuinceError {
  return new QuinceError('TORN_STREAM', `Arrow message requires ${wanted} bytes, got ${got} and the end of the stream`);
}
