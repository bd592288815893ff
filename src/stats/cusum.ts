/** Both sums of a two-sided CUSUM, in standard deviations. */
export interface Cusum {
  readonly up: number;
  readonly down: number;
}

export const FRESH_CUSUM: Cusum = { up: 0, down: 0 };

/**
 * One step of the two-sided tabular CUSUM: C⁺ = max(0, C⁺ + z − k), C⁻ = max(0, C⁻ − z − k). It finds a shift of 2k
 * standard deviations soonest of all rules with the same rate of false alarms (Moustakides 1986); z must not depend on each other.
 * Source: Page (1954), "Continuous inspection schemes"; Hawkins and Olwell (1998), "Cumulative sum charts". O(1).
 *
 * @param z how far the value lies from the reference, in standard deviations
 * @param k allowance, ≥ 0
 */
export function stepCusum({ up, down }: Cusum, z: number, k: number): Cusum {
  return { up: Math.max(0, up + z - k), down: Math.max(0, down - z - k) };
}

/**
 * Mean number of steps until a two-sided CUSUM of normal values with a known mean and spread exceeds h: Siegmund's
 * approximation, within 3 % for k = ½ and h from 4 on. Source: Siegmund (1985), "Sequential analysis", (2.56); Montgomery
 * (2009), "Introduction to statistical quality control", 9.1.
 *
 * @param shift of the mean, in standard deviations; 0 for false alarms
 */
export function cusumRunLength(k: number, h: number, shift: number): number {
  const [up, down] = [oneSided(shift - k, h), oneSided(-shift - k, h)];
  return 1 / (1 / up + 1 / down);
}

function oneSided(drift: number, h: number): number {
  const b = h + 1.166;
  if (drift === 0) return b * b;
  return (Math.exp(-2 * drift * b) + 2 * drift * b - 1) / (2 * drift * drift);
}
