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
   * How alike the model that scored a segment is to today's: (days of the host known then / known to its newest) to a power, since a
   * model that knows half as much of a host meets far more news. By host, for a host that is new, or whose clock is ahead, says
   * nothing of how well others were known.
   */
  likeness(power: number): (segment: Pair) => number {
    const days = new Map<string, number[]>();
    for (const { host, day } of this.rows) {
      const name = pairName(host);
      const known = days.get(name) ?? [];
      known.push(day);
      days.set(name, known);
    }
    for (const known of days.values()) known.sort((a, b) => a - b);
    return (segment) => {
      const row = this.find(segment);
      const known = row === undefined ? [] : days.get(pairName(row.host))!;
      return known.length < 2 ? 1 : (known.indexOf(row!.day) / (known.length - 1)) ** power;
    };
  }

  /** Distinct hosts, in the order of their keys. */
  hosts(): Pair[] {
    const hosts = new Map(this.rows.map(({ host }) => [pairName(host), host]));
    return [...hosts.values()].sort((a, b) => a.hi - b.hi || a.lo - b.lo);
  }
}
