import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { H, keyedHash, mix, toBigInt } from '../dist/tuple/hash.js';

type Words = [number, number, number, number];
const word = fc.integer({ min: 0, max: 0xffffffff });

function hash([aLo, aHi, bLo, bHi]: Words): [number, number] {
  mix(aLo, aHi, bLo, bHi);
  return [H.lo, H.hi];
}

/** xorshift32: the inputs are the same in every run. */
function generator(seed: number): () => number {
  let s = seed;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return s >>> 0;
  };
}

/** Share of output bits that flip, for every input bit, and for every (input bit, output bit) the share of flips. */
function avalanche(inputs: Words[]): { means: number[]; worst: number } {
  const means: number[] = [];
  let worst = 0;
  for (let bit = 0; bit < 128; bit++) {
    const flips = new Array<number>(64).fill(0);
    for (const input of inputs) {
      const [lo, hi] = hash(input);
      const other = [...input] as Words;
      other[bit >> 5] = (other[bit >> 5]! ^ (1 << (bit & 31))) >>> 0;
      const [lo2, hi2] = hash(other);
      for (let o = 0; o < 32; o++) {
        flips[o]! += ((lo ^ lo2) >>> o) & 1;
        flips[o + 32]! += ((hi ^ hi2) >>> o) & 1;
      }
    }
    means.push(flips.reduce((a, b) => a + b, 0) / 64 / inputs.length);
    for (const flip of flips) worst = Math.max(worst, Math.abs(flip / inputs.length - 0.5));
  }
  return { means, worst };
}

describe('mix', () => {
  const random = generator(20261124);
  const small: Words[] = Array.from({ length: 1000 }, (_, i) => [i & 31, 0, i >> 5, 0]);
  const ports: Words[] = Array.from({ length: 1000 }, (_, i) => [0x9e3779b9, 7, 32768 + i, 0]);
  const noise: Words[] = Array.from({ length: 1000 }, () => [random(), random(), random(), random()]);

  it.each([
    ['random words', noise],
    ['small integers', small],
    ['ports under one context', ports],
  ])('flips half of the output for every input bit: %s', (_, inputs) => {
    const { means, worst } = avalanche(inputs);
    expect(Math.min(...means)).toBeGreaterThan(0.45);
    expect(Math.max(...means)).toBeLessThan(0.55);
    // One (input bit, output bit) pair of 8,192 over 1,000 inputs strays by 0.5/√1000 · 4.2 = 0.066 by chance.
    expect(worst).toBeLessThan(0.1);
  });

  it('has no collision among 2^21 structured pairs', () => {
    const seen = new BigUint64Array(1 << 21);
    let at = 0;
    for (let a = 0; a < 1 << 10; a++) {
      for (let b = 0; b < 1 << 10; b++) {
        mix(a, 0, b, 0);
        seen[at++] = toBigInt(H.lo, H.hi);
        mix(0, a << 20, b << 16, 1);
        seen[at++] = toBigInt(H.lo, H.hi);
      }
    }
    seen.sort();
    let collisions = 0;
    for (let i = 1; i < seen.length; i++) if (seen[i] === seen[i - 1]) collisions++;
    expect(collisions).toBe(0);
  });

  it('spreads structured pairs over both halves as chance does', () => {
    const buckets = [new Uint32Array(4096), new Uint32Array(4096)];
    const count = 1 << 20;
    for (let i = 0; i < count; i++) {
      mix(i & 1023, 0, i >> 10, 0);
      buckets[0]![H.lo & 4095]!++;
      buckets[1]![H.hi >>> 20]!++;
    }
    for (const bucket of buckets) {
      const expected = count / 4096;
      const chi2 = bucket.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      // χ² with 4,095 degrees of freedom: mean 4,095, σ 90.5; six σ.
      expect(Math.abs(chi2 - 4095)).toBeLessThan(543);
    }
  });

  it('depends on the order of its arguments and on nothing else', () => {
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const first = hash([a, b, c, d]);
        if (a !== c || b !== d) expect(hash([c, d, a, b])).not.toEqual(first);
        expect(hash([a, b, c, d])).toEqual(first);
        expect(first.every((h) => Number.isInteger(h) && h >= 0 && h <= 0xffffffff)).toBe(true);
      }),
    );
  });

  it('differs along chains of keys in another order', () => {
    const seen = new Set<bigint>();
    for (let i = 0; i < 50; i++) {
      for (let j = 0; j < 50; j++) {
        for (let k = 0; k < 50; k++) {
          mix(i, 0, j, 0);
          mix(H.lo, H.hi, k, 0);
          seen.add(toBigInt(H.lo, H.hi));
        }
      }
    }
    expect(seen.size).toBe(125_000);
  });
});

describe('keyedHash', () => {
  it('is HMAC-SHA-256, first 64 bits, little-endian (RFC 4231, test case 2)', () => {
    const { lo, hi } = keyedHash(new TextEncoder().encode('Jefe'), 'what do ya want for nothing?');
    // 5bdcc146bf60754e 6a042426089575c7 …
    expect(toBigInt(lo, hi)).toBe(0x4e7560bf46c1dc5bn);
  });
});
