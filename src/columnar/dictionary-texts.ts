import type { Data, Utf8, Vector } from 'apache-arrow';
import { QuinceError } from '../errors/quince-error.js';

const decoder = new TextDecoder('utf-8');

/** Texts of a stream's dictionary, decoded once each as the dictionary grows or is replaced. */
export class DictionaryTexts {
  readonly texts: string[] = [];
  /** Rises by one when the dictionary was replaced: texts and codes before mean nothing any more. */
  generation = 0;
  private first: Uint8Array | undefined;
  private decoded = 0;

  /** Follows a dictionary as it stands; unchanged chunks cost nothing. */
  follow(dictionary: Vector<Utf8>): void {
    const chunks = dictionary.data;
    if (chunks[0]?.values !== this.first) {
      this.first = chunks[0]?.values;
      this.texts.length = 0;
      this.decoded = 0;
      this.generation++;
    }
    for (; this.decoded < chunks.length; this.decoded++) this.decode(chunks[this.decoded]!);
  }

  private decode(chunk: Data<Utf8>): void {
    const { values, valueOffsets, length } = chunk;
    if (valueOffsets.length <= length) {
      throw new QuinceError('BAD_INPUT', `Arrow dictionary requires ${length} texts, got ${valueOffsets.length - 1}`);
    }
    for (let i = 0; i < length; i++) {
      this.texts.push(decoder.decode(values.subarray(valueOffsets[i]!, valueOffsets[i + 1]!)));
    }
  }
}
