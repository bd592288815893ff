import { escapeControl } from '../../tuple/escape.js';

/** Whole numbers with commas between the thousands. */
export function numberText(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** Counts by reason, largest first; "none" when all are 0. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, n]) => `${escapeControl(reason, 60)} ${numberText(n)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
