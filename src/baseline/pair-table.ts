/**
 * A set of 64-bit keys (two uint32 halves) with dense positions 0, 1, 2, … in order of insertion: open addressing with
 * linear probing over typed arrays, at most half full. A JavaScript Map with BigInt keys costs about six times as much.
 */
export class PairTable {
  private slots: Int32Array;
  private mask: number;
  keyLo: Uint32Array;
  keyHi: Uint32Array;
  size = 0;

  constructor(expected = 64) {
    let capacity = 128;
    while (capacity < expected * 2) capacity *= 2;
    this.slots = new Int32Array(capacity).fill(-1);
    this.mask = capacity - 1;
    this.keyLo = new Uint32Array(capacity / 2);
    this.keyHi = new Uint32Array(capacity / 2);
  }

  /** Position of a key, −1 when absent. */
  find(lo: number, hi: number): number {
    let at = spread(lo, hi) & this.mask;
    for (;;) {
      const position = this.slots[at]!;
      if (position < 0) return -1;
      if (this.keyLo[position] === lo >>> 0 && this.keyHi[position] === hi >>> 0) return position;
      at = (at + 1) & this.mask;
    }
  }

  /** Position of a key, inserted when absent (then the position equals the size before). */
  insert(lo: number, hi: number): number {
    const { keyLo, keyHi, slots, mask } = this;
    let at = spread(lo, hi) & mask;
    for (;;) {
      const position = slots[at]!;
      if (position < 0) break;
      if (keyLo[position] === lo >>> 0 && keyHi[position] === hi >>> 0) return position;
      at = (at + 1) & mask;
    }
    const position = this.size;
    if (position === keyLo.length) this.grow();
    this.size++;
    this.keyLo[position] = lo;
    this.keyHi[position] = hi;
    if (this.slots === slots) slots[at] = position;
    else this.place(position);
    return position;
  }

  private place(position: number): void {
    let at = spread(this.keyLo[position]!, this.keyHi[position]!) & this.mask;
    while (this.slots[at]! >= 0) at = (at + 1) & this.mask;
    this.slots[at] = position;
  }

  private grow(): void {
    const capacity = this.slots.length * 2;
    this.slots = new Int32Array(capacity).fill(-1);
    this.mask = capacity - 1;
    this.keyLo = widen(this.keyLo, capacity / 2);
    this.keyHi = widen(this.keyHi, capacity / 2);
    for (let i = 0; i < this.size; i++) this.place(i);
  }
}

function spread(lo: number, hi: number): number {
  const x = Math.imul(lo ^ (lo >>> 15) ^ Math.imul(hi, 0x9e3779b1), 0x85ebca6b);
  return x ^ (x >>> 13);
}

/** A longer copy. */
export function widen(array: Uint32Array, length: number): Uint32Array {
  const wide = new Uint32Array(length);
  wide.set(array);
  return wide;
}

/** Rows of whole numbers below 2^32, column by column, that grow with the table whose positions index them. */
export class WordRows {
  columns: Uint32Array[];
  private capacity = 64;

  constructor(width: number) {
    this.columns = Array.from({ length: width }, () => new Uint32Array(this.capacity));
  }

  /** Makes room for position `i`. */
  reserve(i: number): void {
    if (i < this.capacity) return;
    this.capacity = Math.max(i + 1, 2 * this.capacity);
    this.columns = this.columns.map((column) => widen(column, this.capacity));
  }
}

/** A numeric column that grows with the table whose positions index it. */
export class Column {
  values: Float64Array;

  constructor(length = 64) {
    this.values = new Float64Array(length);
  }

  get(i: number): number {
    return i < this.values.length ? this.values[i]! : 0;
  }

  set(i: number, value: number): void {
    if (i >= this.values.length) this.reserve(i);
    this.values[i] = value;
  }

  add(i: number, value: number): void {
    if (i >= this.values.length) this.reserve(i);
    this.values[i]! += value;
  }

  private reserve(i: number): void {
    const wide = new Float64Array(Math.max(i + 1, this.values.length * 2));
    wide.set(this.values);
    this.values = wide;
  }
}

/** Pairs, low word first, of some rows of two columns. */
export function interleaved(rows: Uint32Array, lo: Uint32Array, hi: Uint32Array): Uint32Array {
  const out = new Uint32Array(2 * rows.length);
  for (let i = 0; i < rows.length; i++) {
    out[2 * i] = lo[rows[i]!]!;
    out[2 * i + 1] = hi[rows[i]!]!;
  }
  return out;
}
