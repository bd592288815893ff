import { MAX_PARTS, STRING_ENTRIES } from '../tuple/string-layout.js';

/**
 * Hashes of the string table's entries in one SharedArrayBuffer, written by the owner when it adopts an entry, read by
 * workers: of the generalised value as a whole, of its first 1, 2, … parts (address bytes, path components), and of a
 * path's last component as `comm` would show it. The lowest bit of an address's hashes says IPv6.
 */
export class StringHashes {
  static readonly BYTES = STRING_ENTRIES * (16 + MAX_PARTS * 8 + 1);

  readonly buffer: SharedArrayBuffer;
  /** 2 × STRING_ENTRIES: low and high half of entry i at 2i and 2i + 1. */
  readonly whole: Uint32Array;
  /** 2 × STRING_ENTRIES: of the last path component, cut as the kernel cuts `comm`. */
  readonly base: Uint32Array;
  /** 2 × MAX_PARTS × STRING_ENTRIES: prefix j of entry i at 2(MAX_PARTS·i + j). */
  readonly parts: Uint32Array;
  readonly partCount: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(StringHashes.BYTES)) {
    this.buffer = buffer;
    this.whole = new Uint32Array(buffer, 0, STRING_ENTRIES * 2);
    this.base = new Uint32Array(buffer, STRING_ENTRIES * 8, STRING_ENTRIES * 2);
    this.parts = new Uint32Array(buffer, STRING_ENTRIES * 16, STRING_ENTRIES * MAX_PARTS * 2);
    this.partCount = new Uint8Array(buffer, STRING_ENTRIES * (16 + MAX_PARTS * 8), STRING_ENTRIES);
  }
}
