/**
 * How many distinct things there were, from the k-th smallest of their hashes: (k − 1)/u, u being that hash as a share of
 * all there can be. Unbiased, with a relative standard deviation of about 1/√(k − 2) (38 % for k = 9). Source: Beyer, Haas,
 * Reinwald, Sismanis and Gemulla (2007), "On synopses for distinct-value estimation under multiset operations", section 3.
 *
 * @param k at least 2
 * @param kth the k-th smallest of uniform 64-bit hashes, by its upper and lower half
 */
export function distinctCount(k: number, kth: { readonly hi: number; readonly lo: number }): number {
  return (k - 1) / ((kth.hi + (kth.lo + 0.5) / 2 ** 32) / 2 ** 32);
}
