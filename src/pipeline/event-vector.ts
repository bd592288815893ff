import { AtomReader, AtomVector } from '../baseline/factor/atoms.js';
import { hourOfWeek } from '../baseline/factor/hours.js';
import { RowWriter } from '../columnar/row-writer.js';
import { StringTable } from '../columnar/string-table.js';
import { COLUMNS, type Column } from '../tuple/columns.js';
import { SLOT_BYTES } from '../tuple/slot.js';
import { hourOf } from '../tuple/time.js';

/** One event as the store gives it: texts, numbers, bigints; `ts` in microseconds; null or absent = unknown. */
export type EventValues = Readonly<Record<string, unknown>>;

/** Makes atoms of single events that are no longer in a slot. */
export class EventVectors {
  private readonly slot = new SharedArrayBuffer(SLOT_BYTES);
  private table: StringTable | undefined;

  /** @param key secret of the model */
  constructor(
    private readonly key: Uint8Array,
    private readonly zone: string,
  ) {}

  read(event: EventValues): AtomVector {
    if (!this.table?.hasRoom(COLUMNS.length)) this.table = new StringTable(0, this.key);
    const { table } = this;
    const writer = new RowWriter(this.slot, table);
    let ts: bigint | undefined;
    COLUMNS.forEach((column: Column, i) => {
      const value = event[column.name];
      if (value === null || value === undefined) return;
      if (column.type === 'dict') writer.setText(i, 0, String(value));
      else writer.setNumber(i, 0, typeof value === 'boolean' ? Number(value) : (value as number | bigint));
      if (column.name === 'ts') ts = BigInt(value as bigint);
    });
    writer.finish(1);
    const v = new AtomVector();
    new AtomReader(this.slot, table.hashes).read(0, v);
    if (ts !== undefined) v.setHour(hourOfWeek(hourOf(ts), this.zone));
    return v;
  }
}
