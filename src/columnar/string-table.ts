import { QuinceError } from '../errors/quince-error.js';
import type { StringClass } from '../tuple/columns.js';
import { generalise } from '../tuple/generalise.js';
import { keyedHash } from '../tuple/hash.js';
import { redactArgs } from '../tuple/redact.js';
import {
  MAX_PARTS,
  STRING_ARENA_AT,
  STRING_ARENA_BYTES,
  STRING_CLASSES,
  STRING_CLASSES_AT,
  STRING_ENDS_AT,
  STRING_ENTRIES,
  STRING_HEADER,
  STRING_MAX_BYTES,
  STRING_TABLE_BYTES,
} from '../tuple/string-layout.js';
import type { StringReader } from '../tuple/string-reader.js';
import { StringHashes } from './string-hashes.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

/**
 * One epoch of the string table. `intern` serves sources in TypeScript; a native reader writes entries into `bytes`
 * itself and the owner calls `adopt`. Either way a text passes redaction and generalisation here and nowhere else, so
 * no unredacted argument can reach a stage behind.
 */
export class StringTable implements StringReader {
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  readonly epoch: number;
  private readonly header: Uint32Array;
  private readonly ends: Uint32Array;
  private readonly classes: Uint8Array;
  private readonly arena: Uint8Array;
  private readonly table: StringHashes;
  private readonly texts: (string | undefined)[] = [undefined];
  private readonly values: (GeneralValue | undefined)[] = [undefined];
  private readonly codes: Map<string, number>[] = STRING_CLASSES.map(() => new Map());

  /** @param key secret of the model; without one (recording only) nothing is hashed. */
  constructor(
    epoch: number,
    private readonly key?: Uint8Array,
    buffer: SharedArrayBuffer = new SharedArrayBuffer(STRING_TABLE_BYTES),
  ) {
    this.buffer = buffer;
    this.epoch = epoch;
    this.bytes = new Uint8Array(buffer);
    this.header = new Uint32Array(buffer, 0, 16);
    this.ends = new Uint32Array(buffer, STRING_ENDS_AT, STRING_ENTRIES);
    this.classes = new Uint8Array(buffer, STRING_CLASSES_AT, STRING_ENTRIES);
    this.arena = new Uint8Array(buffer, STRING_ARENA_AT, STRING_ARENA_BYTES);
    this.table = new StringHashes();
    this.header[STRING_HEADER.count] = 1;
    this.header[STRING_HEADER.used] = 0;
    this.header[STRING_HEADER.epoch] = epoch;
  }

  get count(): number {
    return this.header[STRING_HEADER.count]!;
  }

  get hashes(): SharedArrayBuffer {
    return this.table.buffer;
  }

  text(code: number): string | undefined {
    return this.texts[code];
  }

  value(code: number): GeneralValue | undefined {
    return this.values[code];
  }

  /** True while a row with `strings` new texts of at most STRING_MAX_BYTES each is sure to fit. */
  hasRoom(strings: number): boolean {
    return (
      this.count + strings <= STRING_ENTRIES &&
      this.header[STRING_HEADER.used]! + strings * STRING_MAX_BYTES <= STRING_ARENA_BYTES
    );
  }

  /**
   * Code of a text, appended when new. Redacts arguments first, so that neither the arena nor a key ever holds a
   * secret: a line with one is redacted each time it comes.
   */
  intern(cls: StringClass, text: string): number {
    const rank = STRING_CLASSES.indexOf(cls);
    const known = this.codes[rank]!.get(text);
    if (known !== undefined) return known;
    const clean = cls === 'args' ? redactArgs(text) : text;
    let code = this.codes[rank]!.get(clean);
    if (code === undefined) {
      code = this.append(rank, clean);
      this.codes[rank]!.set(clean, code);
      this.enter(code, cls, clean);
    }
    return code;
  }

  /**
   * Takes over the entries a native writer has published, up to `count` of them: those that a batch's header names were
   * written before the batch was handed over, while later ones may still be in the making.
   */
  adopt(count: number): void {
    for (let code = this.texts.length; code < count; code++) {
      const cls = STRING_CLASSES[this.classes[code]!];
      if (cls === undefined) {
        throw new QuinceError('INTERNAL', `string class requires 0 to 4, got ${this.classes[code]}`);
      }
      const raw = decoder.decode(this.arena.slice(this.ends[code - 1]!, this.ends[code]!));
      this.enter(code, cls, cls === 'args' ? redactArgs(raw) : raw);
    }
  }

  private append(rank: number, text: string): number {
    const bytes = encoder.encode(text);
    const code = this.count;
    const from = this.header[STRING_HEADER.used]!;
    if (code >= STRING_ENTRIES || from + bytes.length > STRING_ARENA_BYTES) {
      throw new QuinceError('INTERNAL', `string table requires room, got ${code} entries and ${from} bytes`);
    }
    this.arena.set(bytes, from);
    this.classes[code] = rank;
    this.ends[code] = from + bytes.length;
    this.header[STRING_HEADER.used] = from + bytes.length;
    this.header[STRING_HEADER.count] = code + 1;
    return code;
  }

  private enter(code: number, cls: StringClass, text: string): void {
    this.texts[code] = text;
    if (this.key === undefined) return;
    const value = generalise(cls, text);
    this.values[code] = value;
    const v6 = cls === 'address' && value.whole.includes(':') ? 1 : 0;
    const put = (into: Uint32Array, at: number, of: string): void => {
      const { lo, hi } = keyedHash(this.key!, of);
      into[at] = cls === 'address' ? ((lo & ~1) | v6) >>> 0 : lo;
      into[at + 1] = hi;
    };
    put(this.table.whole, 2 * code, value.whole);
    if (cls === 'path') {
      const name = text.slice(text.lastIndexOf('/') + 1);
      put(this.table.base, 2 * code, generalise('word', kernelName(name)).whole);
    }
    const parts = Math.min(value.prefixes.length, MAX_PARTS);
    this.table.partCount[code] = parts;
    for (let j = 0; j < parts; j++) put(this.table.parts, 2 * (MAX_PARTS * code + j), value.prefixes[j]!);
  }
}

type GeneralValue = ReturnType<typeof generalise>;

/** A program's name as the kernel keeps it in `comm`: 15 bytes. */
function kernelName(name: string): string {
  const bytes = encoder.encode(name);
  return bytes.length <= 15 ? name : decoder.decode(bytes.subarray(0, 15));
}
