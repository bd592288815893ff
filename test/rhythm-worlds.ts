import { Chance } from '../bench/rhythm-worlds.mjs';

export type World = (chance: InstanceType<typeof Chance>, n: number) => Float64Array;

/** Times of a world by number; the same ones each time. */
export function drawn(world: World, n: number, seed: number): Float64Array {
  return world(new Chance(1_000_003 * (seed + 1) + n), n);
}

/** A Gamma variable of whole shape k and mean k. */
export function gammaOf(chance: InstanceType<typeof Chance>, k: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += chance.exponential(1);
  return sum;
}

export { Chance };
