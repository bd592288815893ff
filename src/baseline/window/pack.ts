import { HOURS, type WindowFit } from './fit.js';

/** Numbers of a row: what kind of law, its two parameters, windows, where its table starts, and how long that is. */
export const FIT_ROW = 6;
export const KIND = { count: 0, volume: 1, silence: 2 } as const;

/**
 * Frozen fits as flat arrays, as a snapshot holds them. Row i begins at i·FIT_ROW:
 *
 *   count    0  mean      dispersion  windows  start in `hours`, −1 without  168
 *   volume   1  location  scale       windows  −1                            0
 *   silence  2  0         total       0        start in `gaps`               bins
 */
export interface WindowFits {
  readonly rows: Float64Array;
  readonly hours: Uint8Array;
  readonly gaps: Float64Array;
}

/** Lays fits out in their order. O(fits + bins). */
export function packFits(fits: readonly WindowFit[]): WindowFits {
  const rows = new Float64Array(fits.length * FIT_ROW);
  const counted = fits.filter((f) => f.kind === 'count' && f.hours !== undefined).length;
  const hours = new Uint8Array(counted * HOURS);
  const gaps = new Float64Array(fits.reduce((sum, f) => sum + (f.kind === 'silence' ? f.atLeast.length : 0), 0));
  let hoursAt = 0;
  let gapsAt = 0;
  fits.forEach((fit, i) => {
    rows.set(numbersOf(fit, hoursAt, gapsAt), i * FIT_ROW);
    if (fit.kind === 'count' && fit.hours !== undefined) {
      hours.set(fit.hours, hoursAt);
      hoursAt += HOURS;
    } else if (fit.kind === 'silence') {
      gaps.set(fit.atLeast, gapsAt);
      gapsAt += fit.atLeast.length;
    }
  });
  return { rows, hours, gaps };
}

function numbersOf(fit: WindowFit, hoursAt: number, gapsAt: number): number[] {
  switch (fit.kind) {
    case 'count':
      return [KIND.count, fit.mean, fit.dispersion, fit.windows, fit.hours === undefined ? -1 : hoursAt, HOURS];
    case 'volume':
      return [KIND.volume, fit.location, fit.scale, fit.windows, -1, 0];
    case 'silence':
      return [KIND.silence, 0, fit.total, 0, gapsAt, fit.atLeast.length];
  }
}
