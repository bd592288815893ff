import type { Duck } from '../duck/duck.js';
import type { Session } from '../duck/session.js';
import type { AnnouncementCount, AnnouncementRow } from '../tuple/learned.js';

/** What announced changes covered in one run; replaces what the run had. */
export interface AnnouncementSet {
  readonly run: number;
  readonly counts: readonly AnnouncementCount[];
}

/** Writes an announcement in the caller's transaction; it replaces the one of its number. */
export async function putAnnouncement(session: Session, row: AnnouncementRow): Promise<void> {
  await session.run('DELETE FROM announcement_rows WHERE announcement = ?', [row.id]);
  await session.run('INSERT INTO announcement_rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [
    row.id,
    row.name,
    row.fromUs,
    row.untilUs,
    JSON.stringify(row.hosts),
    JSON.stringify(row.exes),
    row.made,
    row.cancelled ?? null,
  ]);
}

export async function putCounts(session: Session, { run, counts }: AnnouncementSet): Promise<void> {
  await session.run('DELETE FROM announcement_counts WHERE run = ?', [run]);
  for (const { id, trees, rows, units } of counts) {
    await session.run('INSERT INTO announcement_counts VALUES (?, ?, ?, ?, ?)', [id, run, trees, rows, units]);
  }
}

export async function readAnnouncements(duck: Duck): Promise<AnnouncementRow[]> {
  const rows: AnnouncementRow[] = [];
  for await (const row of duck.rows('SELECT * FROM announcement_rows ORDER BY announcement')) {
    rows.push({
      id: Number(row.announcement),
      name: String(row.name),
      fromUs: BigInt(row.from_us as bigint),
      untilUs: BigInt(row.until_us as bigint),
      hosts: JSON.parse(String(row.hosts)) as string[],
      exes: JSON.parse(String(row.exes)) as string[],
      made: String(row.made),
      cancelled: row.cancelled === null ? undefined : String(row.cancelled),
    });
  }
  return rows;
}
