import type { AnnouncementCount, AnnouncementRow } from '../../tuple/learned.js';

/** Announced changes that were not cancelled: what they cover, and how much they covered. */
export class Announcements {
  private readonly rows: readonly AnnouncementRow[];
  private readonly sums = new Map<number, AnnouncementCount>();

  constructor(rows: readonly AnnouncementRow[]) {
    this.rows = rows.filter(({ cancelled }) => cancelled === undefined);
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  /** Announcements of which some time lies in a stretch. */
  within(fromUs: bigint, untilUs: bigint): boolean {
    return this.rows.some((row) => row.fromUs < untilUs && row.untilUs > fromUs);
  }

  /**
   * The first announcement that names host, program and all of a time: what is unknown is not named.
   * @param host @param exe generalised
   * @param untilUs first moment after
   */
  covers(host: string | undefined, exe: string | undefined, fromUs: bigint, untilUs: bigint): number | undefined {
    return this.rows.find((row) => {
      if (fromUs < row.fromUs || untilUs > row.untilUs) return false;
      if (row.hosts.length > 0 && (host === undefined || !row.hosts.includes(host))) return false;
      return row.exes.length === 0 || (exe !== undefined && row.exes.some((path) => isUnder(exe, path)));
    })?.id;
  }

  count(id: number, more: Partial<Omit<AnnouncementCount, 'id'>>): void {
    const { trees = 0, rows = 0, units = 0 } = more;
    const known = this.sums.get(id) ?? { id, trees: 0, rows: 0, units: 0 };
    this.sums.set(id, { id, trees: known.trees + trees, rows: known.rows + rows, units: known.units + units });
  }

  /** What was covered, by number. */
  get counts(): AnnouncementCount[] {
    return [...this.sums.values()].sort((a, b) => a.id - b.id);
  }
}

/** By whole components: "/opt/app" holds "/opt/app/bin/x" and not "/opt/application". */
function isUnder(exe: string, path: string): boolean {
  return exe === path || exe.startsWith(path.endsWith('/') ? path : `${path}/`);
}
