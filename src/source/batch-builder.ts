import { RowWriter } from '../columnar/row-writer.js';
import type { SlotPool } from '../columnar/slot-pool.js';
import type { StringTable } from '../columnar/string-table.js';
import { NOT_AN_ADDRESS, TextCoder } from '../columnar/text-coder.js';
import type { Batch, SourceCounters } from '../tuple/batch.js';
import { COLUMN_COUNT, COLUMNS, type Column, col } from '../tuple/columns.js';
import { SLOT_ROWS } from '../tuple/slot.js';
import { type BadReason, type RowValues, rowFault } from './cell-value.js';
import type { ProcessIdentity } from './process-identity.js';
import type { RowGroup } from './row-group.js';

const TRUNCATED = col('truncated');
const columns: readonly Column[] = COLUMNS;
const DICT_COLUMNS = columns.filter((c) => c.type === 'dict').length;

export interface BatchBuilderOptions {
  readonly pool: SlotPool;
  readonly makeTable: (epoch: number) => StringTable;
  readonly identity: ProcessIdentity;
  readonly counters: SourceCounters;
  /** Names batch `index`. */
  readonly batchId: (index: number) => string;
}

/**
 * Fills slots from row groups. A bad row is counted and costs only itself: nothing of it is written. When the string
 * table has no room for a row of new texts, the batch ends and the next has a table of the next epoch; so what a batch
 * holds depends on the input alone.
 */
export class BatchBuilder {
  private readonly row: RowValues = new Array(COLUMN_COUNT).fill(undefined);
  private readonly codes = new Uint32Array(COLUMN_COUNT);
  private coder: TextCoder;
  private writer: RowWriter | undefined;
  private rows = 0;
  private index = 0;

  constructor(private readonly options: BatchBuilderOptions) {
    this.coder = new TextCoder(options.makeTable(0));
  }

  get isOpen(): boolean {
    return this.writer !== undefined;
  }

  get isEmpty(): boolean {
    return this.rows === 0;
  }

  /** True when the batch must end before the next row. */
  get isFull(): boolean {
    return this.rows === SLOT_ROWS || !this.coder.table.hasRoom(DICT_COLUMNS);
  }

  /** Waits for a slot; rejects when the signal aborts. */
  async open(signal: AbortSignal): Promise<void> {
    const slot = await this.options.pool.acquire(signal);
    if (!this.coder.table.hasRoom(DICT_COLUMNS)) {
      this.coder = new TextCoder(this.options.makeTable(this.coder.table.epoch + 1));
    }
    this.writer = new RowWriter(slot, this.coder.table, this.coder);
    this.rows = 0;
  }

  /** Takes rows of a group from `from` on and returns how many, at least one. Needs an open batch that is not full. */
  take(group: RowGroup, from: number): number {
    const copied = group.copy?.(this.writer!, this.rows, from) ?? 0;
    if (copied > 0) {
      this.rows += copied;
      return copied;
    }
    this.row.fill(undefined);
    const reason = group.fill(from, this.row) ?? rowFault(this.row) ?? this.write();
    if (reason !== undefined) this.countBad(reason, group.line?.(from));
    return 1;
  }

  private countBad(reason: BadReason, line: number | undefined): void {
    const { counters } = this.options;
    counters.bad[reason] = (counters.bad[reason] ?? 0) + 1;
    if (line === undefined) return;
    counters.badLines ??= {};
    counters.badLines[reason] ??= line;
  }

  /** Ends the batch and hands its slot on. */
  finish(): Batch {
    const { slot, table } = this.writer!;
    const { pool, counters, batchId } = this.options;
    this.writer!.finish(this.rows);
    counters.rows += this.rows;
    counters.batches++;
    this.writer = undefined;
    const batch = {
      id: batchId(this.index++),
      slot,
      rows: this.rows,
      strings: table,
      release: () => pool.release(slot),
    };
    this.rows = 0;
    return batch;
  }

  /** Gives back the slot of an unfinished batch. */
  abandon(): void {
    if (this.writer !== undefined) this.options.pool.release(this.writer.slot);
    this.writer = undefined;
    this.rows = 0;
  }

  /** Writes the row whole or, when a text does not fit its column, not at all. */
  private write(): BadReason | undefined {
    this.options.identity.complete(this.row);
    let cut = false;
    for (let c = 0; c < COLUMN_COUNT; c++) {
      const value = this.row[c];
      if (columns[c]!.type !== 'dict' || value === undefined) continue;
      const code = this.coder.code(columns[c]!.strings!, value as string);
      if (code === NOT_AN_ADDRESS) return 'bad_address';
      cut ||= this.coder.cut;
      this.codes[c] = code;
    }
    if (cut) this.row[TRUNCATED] = 1;
    for (let c = 0; c < COLUMN_COUNT; c++) {
      const value = this.row[c];
      if (value === undefined) continue;
      if (columns[c]!.type === 'dict') this.writer!.setCode(c, this.rows, this.codes[c]!);
      else this.writer!.setNumber(c, this.rows, value as number | bigint);
    }
    this.rows++;
    return undefined;
  }
}
