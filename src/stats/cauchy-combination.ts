import { log1mExp, logSumExp } from './log-sum-exp.js';

/** cot(x) = 1/x to a double's precision below this. */
const SMALL_LN_ANGLE = -18;

/**
 * The Cauchy combination T, the mean of tan((½ − min(p, cap))·π), of dependent p-values, in logs: a score near −ln p of the whole
 * that no p underflows. Returned is sign(T)·ln(1 + |T|), which rises with T and is about −ln(π·p) where p is small.
 * `cap` below 1 keeps one ordinary p = 1 from cancelling all others. Source: Liu and Xie (2020), "Cauchy combination test". O(n).
 *
 * @param lnP at least one, each ≤ 0
 * @param cap in (½, 1)
 */
export function cauchyScore(lnP: ArrayLike<number>, cap: number): number {
  const up: number[] = [];
  let down = 0;
  for (let i = 0; i < lnP.length; i++) {
    const p = Math.min(cap, Math.exp(lnP[i]!));
    if (p > 0.5) down += Math.tan((p - 0.5) * Math.PI);
    else up.push(lnCot(lnP[i]!));
  }
  const lnUp = logSumExp(up) - Math.log(lnP.length);
  if (lnUp > 40) return lnUp;
  return signedLog(Math.exp(lnUp) - down / lnP.length);
}

/** One term of the sum, tan((½ − min(p, cap))·π), for ln p that a double's exponent can hold. O(1). */
export function cauchyTerm(lnP: number, cap: number): number {
  const p = Math.min(cap, Math.exp(lnP));
  return p > 0.5 ? -Math.tan((p - 0.5) * Math.PI) : Math.exp(lnCot(lnP));
}

/** sign(T)·ln(1 + |T|). */
export function signedLog(t: number): number {
  return t < 0 ? -Math.log1p(-t) : Math.log1p(t);
}

/** ln tan((½ − p)·π) of p ≤ ½: −∞ at ½, −ln(π·p) where p is small. */
function lnCot(lnP: number): number {
  const lnAngle = lnP + Math.log(Math.PI);
  return lnAngle < SMALL_LN_ANGLE ? -lnAngle : Math.log(Math.max(0, 1 / Math.tan(Math.exp(lnAngle))));
}

/** ln p that the test gives to a score under its own assumptions: ½ − arctan(T)/π. */
export function lnCauchyP(score: number): number {
  if (score > 36) return -score - Math.log(Math.PI);
  if (score < 0) return log1mExp(lnCauchyP(-score));
  return Math.log(Math.atan2(1, Math.expm1(score)) / Math.PI);
}
