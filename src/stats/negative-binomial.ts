import { betaFraction } from './incomplete-beta.js';
import { devianceTerm, stirlingError } from './log-gamma.js';
import { log1mExp } from './log-sum-exp.js';
import { lnPoisson, lnPoissonLower, lnPoissonUpper } from './poisson.js';

/**
 * The negative binomial law by its mean μ > 0 and dispersion α ≥ 0: variance μ + α·μ², size r = 1/α, Poisson at α = 0.
 * With q = αμ/(1 + αμ): P(X ≥ k) = I_q(k, r) and P(X ≤ k) = I_{1−q}(r, k + 1), whose leading factors are probabilities, so
 * everything stays in logs and nothing underflows. k ≥ 0 whole; results in nats, ≤ 0.
 * Sources: Johnson, Kemp and Kotz (2005), "Univariate discrete distributions", 5.6; Loader (2000) for the probabilities.
 */

/** Below this the continued fraction loses digits, and Poisson's law is within α·(k − μ)²/2 of ln p. */
const NO_DISPERSION = 1e-9;

/** ln P(X = k). O(1). */
export function lnNegativeBinomial(k: number, mean: number, dispersion: number): number {
  if (dispersion < NO_DISPERSION) return lnPoisson(k, mean);
  const r = 1 / dispersion;
  const am = dispersion * mean;
  if (k === 0) return -r * Math.log1p(am);
  const n = r + k;
  const saddle = stirlingError(n) - stirlingError(r) - stirlingError(k);
  const deviance = devianceTerm(r, n / (1 + am)) + devianceTerm(k, (n * am) / (1 + am));
  return saddle - deviance + 0.5 * Math.log(r / n / (2 * Math.PI * k));
}

/** ln P(X ≥ k). O(√k). */
export function lnNegativeBinomialUpper(k: number, mean: number, dispersion: number): number {
  if (k <= 0) return 0;
  if (dispersion < NO_DISPERSION) return lnPoissonUpper(k, mean);
  return k > mean ? beyond(k, mean, dispersion) : log1mExp(upTo(k - 1, mean, dispersion));
}

/** ln P(X ≤ k). O(√k). */
export function lnNegativeBinomialLower(k: number, mean: number, dispersion: number): number {
  if (dispersion < NO_DISPERSION) return lnPoissonLower(k, mean);
  return k < mean ? upTo(k, mean, dispersion) : log1mExp(beyond(k + 1, mean, dispersion));
}

function beyond(k: number, mean: number, dispersion: number): number {
  const am = dispersion * mean;
  const fraction = betaFraction(k, 1 / dispersion, am / (1 + am));
  return Math.min(0, lnNegativeBinomial(k, mean, dispersion) + Math.log(fraction));
}

function upTo(k: number, mean: number, dispersion: number): number {
  const am = dispersion * mean;
  const fraction = betaFraction(1 / dispersion, k + 1, 1 / (1 + am));
  const lead = lnNegativeBinomial(k, mean, dispersion) + Math.log((am / (1 + am)) * (1 + dispersion * k));
  return Math.min(0, lead + Math.log(fraction));
}

/** ln P(X ≥ k | X ≥ 1) of the zero-truncated law, k ≥ 1. */
export function lnTruncatedUpper(k: number, mean: number, dispersion: number): number {
  if (k <= 1) return 0;
  return Math.min(0, lnNegativeBinomialUpper(k, mean, dispersion) - lnPositive(mean, dispersion));
}

/** ln P(X ≤ k | X ≥ 1) of the zero-truncated law, k ≥ 1. */
export function lnTruncatedLower(k: number, mean: number, dispersion: number): number {
  const positive = lnPositive(mean, dispersion);
  if (k <= 1) return Math.min(0, lnNegativeBinomial(1, mean, dispersion) - positive);
  if (k >= mean) return log1mExp(lnTruncatedUpper(k + 1, mean, dispersion));
  const lower = lnNegativeBinomialLower(k, mean, dispersion);
  return Math.min(0, lower + log1mExp(lnNegativeBinomial(0, mean, dispersion) - lower) - positive);
}

/** ln P(X ≥ 1). */
export function lnPositive(mean: number, dispersion: number): number {
  return log1mExp(lnNegativeBinomial(0, mean, dispersion));
}
