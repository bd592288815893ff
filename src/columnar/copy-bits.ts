/**
 * Copies `count` bits, least significant first, from bit `from` of `source` to bit `to` of `target`, whose bits there
 * must be 0. A byte at a time: about 1 ns for 8 bits.
 */
export function copyBits(source: Uint8Array, from: number, target: Uint8Array, to: number, count: number): void {
  let s = from;
  let t = to;
  const end = to + count;
  for (; t < end && (t & 7) !== 0; s++, t++) copyBit(source, s, target, t);
  const shift = s & 7;
  for (; t + 8 <= end; s += 8, t += 8) {
    const low = source[s >> 3]! >> shift;
    target[t >> 3] = shift === 0 ? low : low | (source[(s >> 3) + 1]! << (8 - shift));
  }
  for (; t < end; s++, t++) copyBit(source, s, target, t);
}

function copyBit(source: Uint8Array, s: number, target: Uint8Array, t: number): void {
  target[t >> 3]! |= ((source[s >> 3]! >> (s & 7)) & 1) << (t & 7);
}

/** Sets `count` bits from bit `from` on. */
export function setBits(target: Uint8Array, from: number, count: number): void {
  const end = from + count;
  for (let t = from; t < end; t++) {
    if ((t & 7) === 0 && t + 8 <= end) {
      target[t >> 3] = 0xff;
      t += 7;
    } else target[t >> 3]! |= 1 << (t & 7);
  }
}
