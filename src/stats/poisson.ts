import { devianceTerm, stirlingError } from './log-gamma.js';
import { log1mExp } from './log-sum-exp.js';

/**
 * Tails of the Poisson law, in logs: the negative binomial without dispersion. k ≥ 0 whole, mean > 0; ln p in nats, ≤ 0,
 * without underflow. Probabilities by Loader's saddle point (2000), tails as series from k away from the mean.
 */
export function lnPoisson(k: number, mean: number): number {
  if (k === 0) return -mean;
  return -stirlingError(k) - devianceTerm(k, mean) - 0.5 * Math.log(2 * Math.PI * k);
}

/** ln P(X ≥ k). O(√mean) terms. */
export function lnPoissonUpper(k: number, mean: number): number {
  if (k <= 0) return 0;
  return k > mean ? lnPoisson(k, mean) + lnRising(k, mean) : log1mExp(lnPoisson(k - 1, mean) + lnFalling(k - 1, mean));
}

/** ln P(X ≤ k). O(√mean) terms. */
export function lnPoissonLower(k: number, mean: number): number {
  return k < mean ? lnPoisson(k, mean) + lnFalling(k, mean) : log1mExp(lnPoisson(k + 1, mean) + lnRising(k + 1, mean));
}

/** ln Σ_j f(k + j)/f(k), k > mean. */
function lnRising(k: number, mean: number): number {
  let term = 1;
  let sum = 1;
  for (let j = 1; term > sum * 1e-17; j++) {
    term *= mean / (k + j);
    sum += term;
  }
  return Math.log(sum);
}

/** ln Σ_j f(k − j)/f(k), k < mean. */
function lnFalling(k: number, mean: number): number {
  let term = 1;
  let sum = 1;
  for (let j = 0; j < k && term > sum * 1e-17; j++) {
    term *= (k - j) / mean;
    sum += term;
  }
  return Math.log(sum);
}
