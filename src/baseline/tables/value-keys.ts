import { QuinceError } from '../../errors/quince-error.js';
import { keyedHash } from '../../tuple/hash.js';
import type { NameRow, Pair } from '../../tuple/learned.js';
import { fixedText, isFixedValue } from '../factor/fixed-values.js';
import { Names } from '../names.js';

/**
 * Values under another key: what a value stands for is hashed again. Ports, hours and nulls have no key and stay. A value
 * must have a name, and the name must hash to it, so that no value of another key or of nothing passes.
 */
export class ValueKeys {
  private readonly known = new Names();
  private readonly found = new Names();

  constructor(
    names: readonly NameRow[],
    private readonly from: Uint8Array,
    private readonly to: Uint8Array,
  ) {
    for (const { value, text } of names) this.known.add(value, text);
  }

  /**
   * @param isAddress whether it is an address or its prefix, whose lowest bit says IPv6
   * @throws BAD_MODEL for a value without a name, or of another
   */
  translate(value: Pair, isAddress: boolean): Pair {
    const text = this.known.text(value);
    if (isFixedValue(value)) {
      if (text === undefined) return value;
      if (text !== fixedText(value)) {
        throw new QuinceError('BAD_MODEL', `value ${hex(value)} requires the name ${fixedText(value)}, got another`);
      }
      this.found.add(value, text);
      return value;
    }
    if (text === undefined) throw new QuinceError('BAD_MODEL', `value ${hex(value)} requires a name, got none`);
    const v6 = value.lo & 1;
    const own = hashOf(this.from, text, isAddress, v6);
    if (own.lo !== value.lo || own.hi !== value.hi) {
      throw new QuinceError('BAD_MODEL', `value ${hex(value)} requires a name that hashes to it, got another`);
    }
    const next = hashOf(this.to, text, isAddress, v6);
    this.found.add(next, text);
    return next;
  }

  /** Names of all values translated, under the new key, sorted by value. */
  names(): NameRow[] {
    return this.found.takeNew().sort((a, b) => a.value.hi - b.value.hi || a.value.lo - b.value.lo);
  }
}

function hashOf(key: Uint8Array, text: string, isAddress: boolean, v6: number): Pair {
  const { lo, hi } = keyedHash(key, text);
  return { lo: isAddress ? ((lo & ~1) | v6) >>> 0 : lo, hi };
}

function hex({ lo, hi }: Pair): string {
  return hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');
}
