import type { FirstBad } from '../../pipeline/first-bad.js';
import { escapeControl } from '../../tuple/escape.js';

/** Whole numbers with commas between the thousands. */
export function numberText(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}

/** Counts by reason, largest first, of rows with where the first is; "none" when all are 0. */
export function countsText(counts: Readonly<Record<string, number>>, at: FirstBad = {}): string {
  const parts = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, n]) => {
      const first = at[reason];
      const where = first === undefined ? '' : ` (first at line ${first.line} of ${escapeControl(first.file, 60)})`;
      return `${escapeControl(reason, 60)} ${numberText(n)}${where}`;
    });
  return parts.length === 0 ? 'none' : parts.join(', ');
}
