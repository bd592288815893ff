import { type Pair, pairName, type SegmentRow } from '../tuple/learned.js';
import { PairTable } from './pair-table.js';

/** Which day a segment is, by its key. */
export type SegmentDays = (segment: Pair) => number;

/** Which host and UTC day (since 1970) each segment is. Insert-only. */
export class Segments {
  private readonly keys = new PairTable();
  readonly rows: SegmentRow[] = [];

  add(segment: Pair, host: Pair, day: number): void {
    const before = this.keys.size;
    if (this.keys.insert(segment.lo, segment.hi) === before) this.rows.push({ segment, host, day });
  }

  find(segment: Pair): SegmentRow | undefined {
    const i = this.keys.find(segment.lo, segment.hi);
    return i < 0 ? undefined : this.rows[i];
  }

  /** Those of days before one. */
  before(day: number): Segments {
    const older = new Segments();
    for (const row of this.rows) if (row.day < day) older.add(row.segment, row.host, row.day);
    return older;
  }

  /** Distinct days, ascending. */
  days(): number[] {
    return [...new Set(this.rows.map((r) => r.day))].sort((a, b) => a - b);
  }

  /**
   * How alike the models are by which days were scored to today's: (days known then / days known when the newest was scored) to a power, since a model
   * that knows half as much meets far more news.
   */
  likeness(power: number): (day: number) => number {
    const days = this.days();
    const known = new Map(days.map((day, i) => [day, (i / (days.length - 1)) ** power]));
    return (day) => known.get(day) ?? 1;
  }

  /** Distinct hosts, in the order of their keys. */
  hosts(): Pair[] {
    const hosts = new Map(this.rows.map(({ host }) => [pairName(host), host]));
    return [...hosts.values()].sort((a, b) => a.hi - b.hi || a.lo - b.lo);
  }
}
