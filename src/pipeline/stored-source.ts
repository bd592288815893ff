import { SlotPool } from '../columnar/slot-pool.js';
import { StringTable } from '../columnar/string-table.js';
import { QuinceError } from '../errors/quince-error.js';
import { BatchBuilder } from '../source/batch-builder.js';
import type { BadReason, RowValues } from '../source/cell-value.js';
import { ProcessIdentity } from '../source/process-identity.js';
import type { RowGroup } from '../source/row-group.js';
import type { Store } from '../store/store.js';
import type { EventQuery, StoredRows } from '../store/stored-events.js';
import type { Batch, Source, SourceCounters } from '../tuple/batch.js';

/** A batch of events that are stored already. */
export interface StoredEventBatch extends Batch {
  /** Global ids of the events, row by row. */
  readonly events: readonly number[];
}

/**
 * Events that a database holds, as the batches they were stored in: what was learned or scored of them can be worked out again
 * from nothing else. The columns that are not asked for are null.
 */
export class StoredSource implements Source {
  readonly counters: SourceCounters = { rows: 0, batches: 0, bad: {} };
  private readonly stopping = new AbortController();

  /** @param slots batches that may be under way at a time */
  constructor(
    readonly name: string,
    private readonly store: Store,
    private readonly query: EventQuery,
    private readonly slots = 1,
    /** Names what is read in the keys of runs. */
    readonly sha256 = name,
  ) {}

  stop(): void {
    this.stopping.abort();
  }

  async *batches(): AsyncGenerator<StoredEventBatch> {
    const { signal } = this.stopping;
    let id = '';
    const builder = new BatchBuilder({
      pool: new SlotPool(this.slots),
      makeTable: (epoch) => new StringTable(epoch, this.store.hashKey),
      identity: new ProcessIdentity(),
      counters: this.counters,
      batchId: () => id,
    });
    try {
      for await (const rows of this.store.readEvents(this.query)) {
        id = rows.id;
        const group = new StoredGroup(rows);
        for (let from = 0, at = 0; at < group.rows && !signal.aborted; ) {
          if (!builder.isOpen) await builder.open(signal);
          at += builder.take(group, at);
          if (!builder.isFull && at < group.rows) continue;
          const batch = builder.finish();
          if (batch.rows !== at - from) throw damaged(this.counters.bad);
          yield { ...batch, events: rows.events.slice(from, at) };
          from = at;
        }
        if (signal.aborted) return;
      }
    } finally {
      builder.abandon();
    }
  }
}

class StoredGroup implements RowGroup {
  readonly rows: number;

  constructor(private readonly stored: StoredRows) {
    this.rows = stored.events.length;
  }

  fill(row: number, into: RowValues): BadReason | undefined {
    for (const [position, cells] of this.stored.columns) {
      const cell = cells[row];
      if (cell === null || cell === undefined) continue;
      into[position] = typeof cell === 'boolean' ? Number(cell) : (cell as string | number | bigint);
    }
    return undefined;
  }
}

function damaged(bad: Readonly<Record<string, number>>): QuinceError {
  return new QuinceError('BAD_DATABASE', `stored events require what an event may hold, got ${JSON.stringify(bad)}`);
}

/** Whether two batches are of one input: ids name the input, and behind the last ":" its part. */
export function isSameInput(a: string, b: string): boolean {
  return a.slice(0, a.lastIndexOf(':')) === b.slice(0, b.lastIndexOf(':'));
}
