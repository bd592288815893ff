import { createHmac } from 'node:crypto';

/**
 * 64-bit hashes as two uint32 halves: BigInt would cost an allocation a look-up. The functions that return nothing
 * leave their result in `H`, because this code runs several hundred times an event.
 */
export const H = { lo: 0, hi: 0 };

/**
 * Mixes the 64-bit value b into the 64-bit state a. Not a commutative operation: order of keys matters. O(1), ten
 * multiplications. The state is permuted, b is added lane by lane, and the sum is permuted by two cross-fed lanes with
 * the constants of MurmurHash3 (Appleby, 2011). Every step but the addition is a bijection of 64 bits, so two pairs
 * with the same a or the same b never collide. Inputs are keyed hashes, so an attacker cannot choose collisions.
 */
export function mix(aLo: number, aHi: number, bLo: number, bHi: number): void {
  let y = Math.imul(aHi ^ (aHi >>> 16) ^ Math.imul(aLo, 0x9e3779b1), 0x85ebca77);
  let x = aLo ^ Math.imul(y ^ (y >>> 15), 0xc2b2ae3d);
  x ^= Math.imul(bLo, 0xcc9e2d51);
  y ^= Math.imul(bHi, 0x1b873593);
  x = Math.imul(x ^ (x >>> 15) ^ y, 0x85ebca6b);
  y = Math.imul(y ^ (y >>> 13) ^ x, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 16) ^ (y >>> 11), 0x2c1b3c6d);
  y = Math.imul(y ^ (y >>> 16) ^ (x >>> 7), 0x297a2d39);
  x ^= (x >>> 15) ^ y;
  y = (y ^ (y >>> 14)) + Math.imul(x, 0x9e3779b1);
  H.lo = (x ^ (y >>> 16)) >>> 0;
  H.hi = (y ^ (x << 5)) >>> 0;
}

export function toBigInt(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** Hash of a string under a secret key: HMAC-SHA-256, first 64 bits. About 3 µs. */
export function keyedHash(key: Uint8Array, text: string): { lo: number; hi: number } {
  const digest = createHmac('sha256', key).update(text).digest();
  return { lo: digest.readUInt32LE(0), hi: digest.readUInt32LE(4) };
}
