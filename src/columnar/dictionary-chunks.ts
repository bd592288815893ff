import { type Data, makeData, Utf8, Vector } from 'apache-arrow';

const type = new Utf8();

/** Texts as one chunk of Arrow UTF-8. */
function utf8Chunk(texts: readonly string[]): Data<Utf8> {
  const valueOffsets = new Int32Array(texts.length + 1);
  const data = Buffer.from(texts.join(''), 'utf8');
  let end = 0;
  for (let i = 0; i < texts.length; i++) {
    end += Buffer.byteLength(texts[i]!, 'utf8');
    valueOffsets[i + 1] = end;
  }
  return makeData({ type, length: texts.length, nullCount: 0, valueOffsets, data });
}

/** A dictionary that grows by chunks: each chunk after the first becomes a delta when it is written as a stream. */
export class DictionaryChunks {
  private readonly chunks: Data<Utf8>[] = [];
  private entries = 0;

  get length(): number {
    return this.entries;
  }

  get chunkCount(): number {
    return this.chunks.length;
  }

  /** Adds a chunk; none for no texts. */
  append(texts: readonly string[]): void {
    if (texts.length === 0) return;
    this.chunks.push(utf8Chunk(texts));
    this.entries += texts.length;
  }

  /** All chunks as they are now; the first must have been appended. */
  vector(): Vector<Utf8> {
    return new Vector([...this.chunks]);
  }
}
