/**
 * A frozen hash table as plain arrays: keys (pairs of uint32 at 2i and 2i + 1, 0 0 = empty) and one value a slot, with
 * linear probing in a power of two at most half full. Look-ups allocate nothing.
 */
export class FlatTable {
  private readonly mask: number;

  constructor(
    readonly keys: Uint32Array,
    readonly values: Float64Array,
  ) {
    this.mask = keys.length / 2 - 1;
  }

  static build(count: number, key: (i: number) => { lo: number; hi: number }, value: (i: number) => number): FlatTable {
    let capacity = 16;
    while (capacity < count * 2) capacity *= 2;
    const keys = new Uint32Array(capacity * 2);
    const values = new Float64Array(capacity);
    for (let i = 0; i < count; i++) {
      const { lo, hi } = key(i);
      let at = start(lo, hi) & (capacity - 1);
      while (keys[2 * at] !== 0 || keys[2 * at + 1] !== 0) at = (at + 1) & (capacity - 1);
      keys[2 * at] = lo;
      keys[2 * at + 1] = hi;
      values[at] = value(i);
    }
    return new FlatTable(keys, values);
  }

  /** Slot of a key, −1 when absent. */
  find(lo: number, hi: number): number {
    let at = start(lo, hi) & this.mask;
    for (;;) {
      const kLo = this.keys[2 * at]!;
      const kHi = this.keys[2 * at + 1]!;
      if (kLo === lo && kHi === hi) return at;
      if (kLo === 0 && kHi === 0) return -1;
      at = (at + 1) & this.mask;
    }
  }
}

function start(lo: number, hi: number): number {
  return (lo ^ (lo >>> 15) ^ Math.imul(hi, 0x9e3779b1)) >>> 0;
}
