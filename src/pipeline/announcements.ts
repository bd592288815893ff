import { QuinceError } from '../errors/quince-error.js';
import type { Store } from '../store/store.js';
import { generalise } from '../tuple/generalise.js';
import type { AnnouncementRow } from '../tuple/learned.js';
import { US_PER_HOUR } from '../tuple/time.js';

export interface AnnouncementRequest {
  readonly name: string;
  readonly fromUs: bigint;
  readonly untilUs: bigint;
  readonly hosts: readonly string[];
  /** Programs, or folders of programs. */
  readonly exes: readonly string[];
}

/** An announcement as it is shown, with what it covered so far. */
export interface ShownAnnouncement {
  readonly announcement: number;
  readonly name: string;
  /** By the newest event. */
  readonly state: 'in force' | 'over' | 'cancelled';
  readonly from: string;
  readonly until: string;
  readonly hosts: readonly string[];
  readonly exes: readonly string[];
  readonly made: string;
  readonly cancelled: string | null;
  readonly trees: number;
  readonly rows: number;
  readonly units: number;
}

/**
 * Announces a change: in its time and scope nothing is held back from learning, and findings are told apart.
 * @throws BAD_ARGUMENT for one that names nothing, or times that are not full hours in order
 */
export async function announce(store: Store, request: AnnouncementRequest, now = new Date()): Promise<number> {
  const { name, fromUs, untilUs } = request;
  const refuse = (rule: string, got: string) =>
    new QuinceError('BAD_ARGUMENT', `announce requires ${rule}, got ${got}`);
  if (name.trim() === '') throw refuse('a name', 'none');
  // What is learned is counted by the hour: a part of one would cover more, or less, than was said.
  if (fromUs % US_PER_HOUR !== 0n || untilUs % US_PER_HOUR !== 0n) throw refuse('times on the full hour', 'others');
  if (fromUs >= untilUs) throw refuse('--from before --until', 'another order');
  const hosts = request.hosts.map((host) => generalise('word', host).whole);
  const exes = request.exes.map((path) => generalise('path', path).whole);
  if (hosts.length + exes.length === 0)
    throw refuse('a --host or an --exe', 'neither: it would cover all that is done');
  if ([...hosts, ...exes].includes('')) throw refuse('hosts and programs that are named', 'an empty one');
  const id = Math.max(0, ...(await store.readAnnouncements()).map((row) => row.id)) + 1;
  await store.putAnnouncement({
    id,
    name,
    fromUs,
    untilUs,
    hosts,
    exes,
    made: now.toISOString(),
    cancelled: undefined,
  });
  return id;
}

/** It covers nothing from now on; what it covered stays learned. @throws BAD_ARGUMENT when there is none in force */
export async function cancelAnnouncement(store: Store, id: number, now = new Date()): Promise<void> {
  const row = (await store.readAnnouncements()).find((known: AnnouncementRow) => known.id === id);
  if (row === undefined || row.cancelled !== undefined) {
    const got = row === undefined ? String(id) : `${id}, which was cancelled`;
    throw new QuinceError('BAD_ARGUMENT', `announce cancel requires the number of an announcement, got ${got}`, {
      hint: 'quince announce list shows them',
    });
  }
  await store.putAnnouncement({ ...row, cancelled: now.toISOString() });
}

/** All of them, the newest first. */
export async function listAnnouncements(store: Store): Promise<ShownAnnouncement[]> {
  const shown: ShownAnnouncement[] = [];
  const time = (column: string) => `strftime("${column}" AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%MZ') AS "${column}"`;
  const sql = `SELECT * REPLACE (${time('from')}, ${time('until')}) FROM announcements ORDER BY announcement DESC`;
  for await (const row of store.rows(sql)) {
    shown.push({
      announcement: Number(row.announcement),
      name: String(row.name),
      state: row.state as ShownAnnouncement['state'],
      from: String(row.from),
      until: String(row.until),
      hosts: JSON.parse(String(row.hosts)) as string[],
      exes: JSON.parse(String(row.exes)) as string[],
      made: String(row.made),
      cancelled: row.cancelled === null ? null : String(row.cancelled),
      trees: Number(row.trees),
      rows: Number(row.rows),
      units: Number(row.units),
    });
  }
  return shown;
}
