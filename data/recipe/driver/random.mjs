// Seeded pseudo-random numbers: the same seed gives the same plan on every machine.

/** Numbers in [0, 1) from a 32-bit seed (mulberry32, Tommy Ettinger 2017, public domain algorithm). */
export function makeRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    /** Whole number from `low` to `high`, both possible. */
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
    /** `count` different entries of `list`. */
    some: (list, count) => {
      const left = [...list];
      return Array.from(
        { length: Math.min(count, left.length) },
        () => left.splice(Math.floor(next() * left.length), 1)[0],
      );
    },
    /** A waiting time with this mean: exponential, at most four means. */
    wait: (mean) => Math.min(-Math.log(1 - next()), 4) * mean,
  };
}
