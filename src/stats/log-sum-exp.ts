/** ln Σ exp(x), taken from the largest term, so that nothing over- or underflows; −∞ of none. O(n). */
export function logSumExp(terms: ArrayLike<number>): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < terms.length; i++) top = Math.max(top, terms[i]!);
  if (top === Number.NEGATIVE_INFINITY || top === Number.POSITIVE_INFINITY) return top;
  let sum = 0;
  for (let i = 0; i < terms.length; i++) sum += Math.exp(terms[i]! - top);
  return top + Math.log(sum);
}

/**
 * ln(1 − exp(x)) for x ≤ 0: the complement of a probability in logs, exact near both ends. −∞ at 0.
 * Source: Mächler (2012), "Accurately computing log(1 − exp(−|a|))".
 */
export function log1mExp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
}
