import type { Announcements } from '../baseline/learning/announcements.js';
import { SlotView } from '../columnar/slot-view.js';
import type { BatchScores } from '../score/score-batch.js';
import type { Batch } from '../tuple/batch.js';
import { col } from '../tuple/columns.js';
import { type EventIds, eventAt } from './event-ids.js';
import { FINDING_LN_P } from './finding-limit.js';

/** Which rows an announced change covers, how many, and by which change the odd ones of them are. */
export class CoveredRows {
  private readonly byEvent = new Map<number, number>();

  constructor(private readonly announced: Announcements) {}

  /** @returns whether a row of the batch is covered; undefined where none can be. O(rows) */
  observe(batch: Batch, { lnP }: BatchScores, events: EventIds): ((row: number) => boolean) | undefined {
    if (this.announced.isEmpty) return undefined;
    const view = new SlotView(batch.slot);
    const times = view.values[col('ts')] as BigInt64Array;
    const [hosts, exes] = [view.codes('host'), view.codes('exe')];
    const text = (code: number) => batch.strings.value(code)?.whole;
    const covered = new Uint8Array(batch.rows);
    const counts = new Map<number, number>();
    for (let row = 0; row < batch.rows; row++) {
      if (!view.isValid(col('ts'), row)) continue;
      const ts = times[row]!;
      if (!this.announced.within(ts, ts + 1n)) continue;
      const id = this.announced.covers(text(hosts[row]!), text(exes[row]!), ts, ts + 1n);
      if (id === undefined) continue;
      covered[row] = 1;
      counts.set(id, (counts.get(id) ?? 0) + 1);
      if (lnP[row]! <= FINDING_LN_P) this.byEvent.set(eventAt(events, row), id);
    }
    for (const [id, rows] of counts) this.announced.count(id, { rows });
    return (row) => covered[row] === 1;
  }

  /** The change that covers an event; of events with p at most 0.001 alone. */
  of(event: number): number | undefined {
    return this.byEvent.get(event);
  }
}
