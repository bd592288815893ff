// Reads and writes captures with Quince's own code, row by row.
import { ArrowStreamWriter } from '../../../dist/columnar/arrow-stream-writer.js';
import { RowWriter } from '../../../dist/columnar/row-writer.js';
import { SlotPool } from '../../../dist/columnar/slot-pool.js';
import { SlotView } from '../../../dist/columnar/slot-view.js';
import { StringTable } from '../../../dist/columnar/string-table.js';
import { openFile } from '../../../dist/source/file-source.js';
import { COLUMNS } from '../../../dist/tuple/columns.js';
import { SLOT_ROWS } from '../../../dist/tuple/slot.js';

/** Rows of a capture in order, each an object of the columns that are not null (64-bit columns as bigint). */
export async function* readEvents(path) {
  const pool = new SlotPool(2);
  const source = await openFile(path, { pool, makeTable: (epoch) => new StringTable(epoch) });
  for await (const batch of source.batches()) {
    const view = new SlotView(batch.slot);
    for (let row = 0; row < batch.rows; row++) {
      const event = {};
      COLUMNS.forEach((column, i) => {
        const value = view.value(i, row);
        if (value !== undefined) event[column.name] = column.type === 'dict' ? batch.strings.text(value) : value;
      });
      yield event;
    }
    batch.release();
  }
}

/** Writes events (as `readEvents` yields them) to a new capture; returns how many. */
export async function writeEvents(path, events) {
  const writer = await ArrowStreamWriter.create(path, { force: true, maxDelayMs: 1e9 });
  const slot = new SlotPool(1).tryAcquire();
  let table = new StringTable(0);
  let rows = new RowWriter(slot, table);
  let used = 0;
  let total = 0;
  const store = async () => {
    rows.finish(used);
    await writer.write({ id: 'capture', slot, rows: used, strings: table, release() {} });
    total += used;
    used = 0;
    if (!table.hasRoom(COLUMNS.length * SLOT_ROWS)) table = new StringTable(table.epoch + 1);
    rows = new RowWriter(slot, table);
  };
  for await (const event of events) {
    if (used === SLOT_ROWS || !table.hasRoom(COLUMNS.length)) await store();
    COLUMNS.forEach((column, i) => {
      if (column.type === 'dict') rows.setText(i, used, event[column.name]);
      else rows.setNumber(i, used, event[column.name]);
    });
    used++;
  }
  await store();
  await writer.close();
  return total;
}
