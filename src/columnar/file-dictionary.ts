import type { Utf8, Vector } from 'apache-arrow';
import { STRING_ENTRIES } from '../tuple/string-layout.js';
import type { StringReader } from '../tuple/string-reader.js';
import { DictionaryChunks } from './dictionary-chunks.js';

/** An epoch ends when it has so many chunks: reading deltas is quadratic in their number within an epoch. */
const MAX_CHUNKS = 64;
/** … or so many entries or characters; one chunk of rows may still exceed that by what two string tables hold. */
const MAX_ENTRIES = 65_536;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/**
 * The dictionary of an Arrow stream being written: its own codes for the texts of whatever string tables the batches
 * come with. Only texts that a row refers to get in.
 */
export class FileDictionary {
  private chunks = new DictionaryChunks();
  private codes = new Map<string, number>();
  private byTable = new WeakMap<StringReader, Uint32Array>();
  private fresh: string[] = [''];
  private characters = 0;

  /** True when the next chunk of rows should begin a new epoch. Until then codes stay as they are. */
  get isSpent(): boolean {
    return this.chunks.chunkCount >= MAX_CHUNKS || this.codes.size >= MAX_ENTRIES || this.characters >= MAX_CHARACTERS;
  }

  /** Begins a new epoch: the next vector replaces the dictionary instead of extending it. */
  reset(): void {
    this.chunks = new DictionaryChunks();
    this.codes = new Map();
    this.byTable = new WeakMap();
    this.fresh = [''];
    this.characters = 0;
  }

  /** Code in this file of a text of a table; 0 stays 0. A text not adopted is null. */
  code(table: StringReader, code: number): number {
    if (code === 0) return 0;
    let known = this.byTable.get(table);
    if (known === undefined) {
      known = new Uint32Array(STRING_ENTRIES);
      this.byTable.set(table, known);
    }
    if (known[code] === 0) known[code] = this.enter(table.text(code) ?? '');
    return known[code]!;
  }

  /** Code of a text that may not be there. */
  find(text: string): number | undefined {
    return this.codes.get(text);
  }

  /** The dictionary with all texts entered so far. */
  vector(): Vector<Utf8> {
    this.chunks.append(this.fresh);
    this.fresh = [];
    return this.chunks.vector();
  }

  private enter(text: string): number {
    if (text === '') return 0;
    let code = this.codes.get(text);
    if (code === undefined) {
      code = this.chunks.length + this.fresh.length;
      this.codes.set(text, code);
      this.fresh.push(text);
      this.characters += text.length;
    }
    return code;
  }
}
