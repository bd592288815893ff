import type { JointRow } from '../store/joint.js';

/** Windows of one subject that are odd as a whole, told by the worst of them. */
export interface JointFinding extends JointRow {
  /** The last minute of the first of them, minutes since 1970. */
  readonly first: number;
  readonly windows: number;
}

/** Windows at or below a level, one entry for each subject, most anomalous first. */
export function jointFindings(rows: readonly JointRow[], lnP: number): JointFinding[] {
  const worst = new Map<string, JointFinding>();
  for (const row of rows) {
    if (row.lnP > lnP) continue;
    const key = JSON.stringify([row.host, row.wholeHost, row.exe, row.user]);
    const known = worst.get(key);
    const windows = (known?.windows ?? 0) + 1;
    const worse = known === undefined || row.lnP < known.lnP || (row.lnP === known.lnP && row.bits > known.bits);
    worst.set(key, { ...(worse ? row : known), windows, first: known?.first ?? row.minute });
  }
  return [...worst.values()].sort((a, b) => a.lnP - b.lnP || b.bits - a.bits || a.first - b.first);
}
