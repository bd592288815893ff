/**
 * A stream of uniform numbers from a seed, the same on every machine: xoshiro128** (Blackman and Vigna 2018, "Scrambled
 * linear pseudorandom number generators"), its four words filled from a Weyl sequence through a 32-bit mixer. Not for secrets. Period 2¹²⁸ − 1, O(1) a
 * number.
 */
export class UniformStream {
  private readonly words: Uint32Array;

  /** @param words four 32-bit words, not all 0; `seeded` makes them from one number */
  constructor(words: ArrayLike<number>) {
    this.words = Uint32Array.from(words);
  }

  /** @param seed an integer, of which 32 bits count; @param stream tells streams of one seed apart */
  static seeded(seed: number, stream = 0): UniformStream {
    let state = (Math.imul(stream, 0x85ebca6b) ^ seed) >>> 0;
    const words = Array.from({ length: 4 }, () => {
      state = (state + 0x9e3779b9) >>> 0;
      let t = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
      return (t ^ (t >>> 15)) >>> 0;
    });
    return new UniformStream(words);
  }

  /** The next 32 bits. */
  bits(): number {
    const s = this.words;
    const five = Math.imul(s[1]!, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** In [0, 1), a multiple of 2⁻³². */
  next(): number {
    return this.bits() / 2 ** 32;
  }

  /** An integer in [0, n), n up to 2³²; the bias is below n/2³². */
  index(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** `size` different integers of [0, n), in the order drawn: a Fisher–Yates shuffle that stops early. O(n). */
  sample(n: number, size: number): Uint32Array {
    const all = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = 0; i < size; i++) {
      const j = i + this.index(n - i);
      const chosen = all[j]!;
      all[j] = all[i]!;
      all[i] = chosen;
    }
    return all.slice(0, size);
  }
}
