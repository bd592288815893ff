import { lnChiSquareLower } from './chi-square-tail.js';

/** ln p, at most 0 and small when regular: of all blocks together, and of the most regular one, p times their number. */
export interface MoranBartlett {
  readonly lnAll: number;
  readonly lnBest: number;
}

/** Below this ln mean − mean ln is rounding error of the sums. */
const LEAST_DISPERSION = 1e-12;

/**
 * How far positive numbers are from equal: s = ln mean x − mean ln x. 0 when all are equal, about 0.577 (Euler's γ) for
 * exponential ones, ln k − ψ(k) for Gamma ones of shape k. At least 10⁻¹². O(n).
 */
export function logDispersion(x: ArrayLike<number>, from = 0, to = x.length): number {
  let sum = 0;
  let logs = 0;
  for (let i = from; i < to; i++) {
    sum += x[i]!;
    logs += Math.log(x[i]!);
  }
  const n = to - from;
  return Math.max(LEAST_DISPERSION, Math.log(sum / n) - logs / n);
}

/** `logDispersion` of consecutive blocks; what is left over at the start is not looked at. O(n). */
export function blockDispersion(x: ArrayLike<number>, block: number): { mean: number; least: number; blocks: number } {
  const blocks = Math.floor(x.length / block);
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let b = 1; b <= blocks; b++) {
    const s = logDispersion(x, x.length - b * block, x.length - (b - 1) * block);
    sum += s;
    least = Math.min(least, s);
  }
  return { mean: sum / blocks, least, blocks };
}

/**
 * ln p of Moran's test that spacings are exponential, against more regular ones, with Bartlett's correction:
 *
 *   p = P(χ²_{n−1} ≤ 2ns / (1 + (n + 1)/(6n)))
 *
 * In blocks of b < n spacings each block has a mean of its own, and both sides are summed over the B blocks, which
 * forgives a pace that changes; or the most regular block counts alone, p times B, which forgives silences.
 * Close from n = 10 on. O(n).
 * Sources: Moran (1951), "The random division of an interval, part II"; Bartlett (1937), "Properties of sufficiency and
 * statistical tests".
 *
 * @param x spacings, at least 2, all > 0, any unit
 * @param block b, 2 to x.length; what is left over at the start is not looked at
 */
export function moranBartlett(x: ArrayLike<number>, block = x.length): MoranBartlett {
  const { mean, least, blocks } = blockDispersion(x, block);
  const scale = (2 * block) / (1 + (block + 1) / (6 * block));
  return {
    lnAll: lnChiSquareLower(scale * mean * blocks, blocks * (block - 1)),
    lnBest: Math.min(0, lnChiSquareLower(scale * least, block - 1) + Math.log(blocks)),
  };
}
