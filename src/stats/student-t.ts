import { betaFraction } from './incomplete-beta.js';
import { logGamma } from './log-gamma.js';
import { log1mExp } from './log-sum-exp.js';

/**
 * ln P(T ≥ t) of Student's t with ν > 0 degrees of freedom, any finite t, in nats: ½·I_x(ν/2, ½) with x = ν/(ν + t²) for
 * t > 0, in logs, so that nothing underflows. The lower tail is that of −t. Source: Abramowitz and Stegun 26.7.1. O(√ν).
 */
export function lnStudentUpper(t: number, nu: number): number {
  if (t < 0) return log1mExp(lnStudentUpper(-t, nu));
  if (t === 0) return -Math.LN2;
  // ln(t²/ν): the square itself may overflow.
  const lnSquare = 2 * Math.log(t) - Math.log(nu);
  const lnX = lnSquare > 36 ? -lnSquare : -Math.log1p(Math.exp(lnSquare));
  const a = nu / 2;
  const lnBeta = logGamma(a) + logGamma(0.5) - logGamma(a + 0.5);
  const lead = a * lnX + 0.5 * (lnSquare + lnX) - lnBeta;
  const x = Math.exp(lnX);
  if (x < (a + 1) / (a + 2.5)) return lead - Math.log(a) + Math.log(betaFraction(a, 0.5, x)) - Math.LN2;
  const inner = lead + Math.LN2 + Math.log(betaFraction(0.5, a, -Math.expm1(lnX)));
  return log1mExp(inner) - Math.LN2;
}
