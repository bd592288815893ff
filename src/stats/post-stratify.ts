/**
 * Post-stratification of a histogram of scores: what lies within a stratum keeps its shape, and how much lies in it is what a
 * smaller and more relevant sample of the same thing has there (Holt and Smith, Post stratification, JRSS A 142, 1979). Strata
 * run from the largest score down and end as soon as they hold enough of the sample, so that a rank is right to the stratum and
 * the tail above the last of them has all the scores that were ever seen. The sum stays.
 *
 * @param weights by bin
 * @param sample weight by bin of the scores that say how much lies where, nowhere above `weights`
 * @param least weight of the sample in a stratum
 * @returns weights by bin, of the same length; `weights` itself when the sample is all of it or smaller than two strata. O(bins)
 */
export function postStratify(weights: Float64Array, sample: Float64Array, least: number): Float64Array {
  const total = sum(weights);
  const sampled = sum(sample);
  if (sampled < 2 * least || sampled === total) return weights;
  const out = weights.slice();
  let end = weights.length;
  let rest = sampled;
  while (end > 0) {
    let begin = end;
    let held = 0;
    let of = 0;
    // The last stratum takes what would not fill one more.
    while (begin > 0 && (held < least || rest - held < least)) {
      begin--;
      held += sample[begin]!;
      of += weights[begin]!;
    }
    const scale = (held / sampled) * (total / of);
    for (let bin = begin; bin < end; bin++) out[bin]! *= scale;
    rest -= held;
    end = begin;
  }
  return out;
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
