import { toUSVString } from 'node:util';
import { canonicalAddress } from '../tuple/address.js';
import type { StringClass } from '../tuple/columns.js';
import { redactArgs } from '../tuple/redact.js';
import { STRING_CLASSES, STRING_ENTRIES, STRING_MAX_BYTES } from '../tuple/string-layout.js';
import type { StringTable } from './string-table.js';

/** Longest command line kept. */
export const ARGS_MAX_BYTES = 8 * 1024;

/** What `code` returns for a text of class address that is none. */
export const NOT_AN_ADDRESS = -1;

/** Added to a code in the cache when the text had to be cut. */
const CUT = STRING_ENTRIES;
/** Longer texts are coded anew each time: a cache of them could hold gigabytes. */
const CACHED_LENGTH = 1024;
/** Below this length redaction cannot make a command line longer than ARGS_MAX_BYTES. */
const SHORT_ARGS = 512;

const encoder = new TextEncoder();
const scratch = new Uint8Array(STRING_MAX_BYTES);

/** The longest prefix of whole code points that takes at most `limit` bytes of UTF-8 (at most STRING_MAX_BYTES). */
export function cutText(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text;
  const { read } = encoder.encodeInto(text, scratch.subarray(0, limit));
  return read === text.length ? text : text.slice(0, read);
}

/**
 * Codes of raw texts in one string table: lone surrogates become U+FFFD, addresses canonical, long texts are cut (after
 * redaction, so that no half secret escapes its pattern). O(1) for a text seen before, else one interning.
 */
export class TextCoder {
  /** True when the last `code` had to cut its text. */
  cut = false;
  private readonly cache = new Map<StringClass, Map<string, number>>(STRING_CLASSES.map((cls) => [cls, new Map()]));

  constructor(readonly table: StringTable) {}

  /** Code of a text; 0 for the empty one, NOT_AN_ADDRESS for what is no address. The table must have room. */
  code(cls: StringClass, text: string): number {
    const cache = this.cache.get(cls)!;
    const known = cache.get(text);
    if (known !== undefined) {
      this.cut = known >= CUT;
      return this.cut ? known - CUT : known;
    }
    const code = this.encode(cls, text);
    // A command line that held a secret is not kept here, not even as a key.
    if (text.length <= CACHED_LENGTH && (cls !== 'args' || this.table.text(code) === text)) {
      if (cache.size >= STRING_ENTRIES) cache.clear();
      cache.set(text, this.cut ? code + CUT : code);
    }
    return code;
  }

  private encode(cls: StringClass, text: string): number {
    this.cut = false;
    if (text === '') return 0;
    const whole = toUSVString(text);
    if (cls === 'address') {
      const address = canonicalAddress(whole);
      return address === undefined ? NOT_AN_ADDRESS : this.table.intern(cls, address);
    }
    const long = cls === 'args' && whole.length > SHORT_ARGS;
    const clean = long ? redactArgs(whole) : whole;
    const kept = cutText(clean, cls === 'args' ? ARGS_MAX_BYTES : STRING_MAX_BYTES);
    this.cut = kept.length < clean.length;
    return this.table.intern(cls, kept);
  }
}
