import type { WindowRow } from '../store/windows.js';

/** Minutes of one subject and feature that are beyond usual, told by the worst of them. */
export interface WindowFinding extends WindowRow {
  /** The first of them, minutes since 1970. */
  readonly first: number;
  /** How many minutes of the subject and feature were. */
  readonly minutes: number;
}

/** Minutes at or below a level, one entry for each subject and feature, most anomalous first. */
export function windowFindings(rows: readonly WindowRow[], lnP: number): WindowFinding[] {
  const worst = new Map<string, WindowFinding>();
  for (const row of rows) {
    if (row.lnP > lnP || row.feature === null) continue;
    const key = JSON.stringify([row.host, row.wholeHost, row.exe, row.user, row.feature]);
    const known = worst.get(key);
    const minutes = (known?.minutes ?? 0) + 1;
    const worse = known === undefined || row.lnP < known.lnP || (row.lnP === known.lnP && row.bits > known.bits);
    worst.set(key, { ...(worse ? row : known), minutes, first: known?.first ?? row.minute });
  }
  return [...worst.values()].sort((a, b) => a.lnP - b.lnP || b.bits - a.bits || a.first - b.first);
}
