import type { Batch } from '../tuple/batch.js';
import { COLUMNS, type Column } from '../tuple/columns.js';
import { SLOT_BYTES, SLOT_ROWS } from '../tuple/slot.js';
import { copyBits } from './copy-bits.js';
import type { FileDictionary } from './file-dictionary.js';
import { SlotView } from './slot-view.js';

const columns: readonly Column[] = COLUMNS;

/** Rows gathered from several batches, with the codes of a file: a slot of its own, filled and emptied. */
export class ChunkBuffer {
  readonly view = new SlotView(new SharedArrayBuffer(SLOT_BYTES));
  rows = 0;
  private readonly bytes = new Uint8Array(this.view.slot);

  clear(): void {
    this.bytes.fill(0);
    this.rows = 0;
  }

  /** Copies rows of a batch from `from` on, as many as fit, and returns how many. */
  append(batch: Batch, source: SlotView, from: number, dictionary: FileDictionary): number {
    const count = Math.min(SLOT_ROWS - this.rows, batch.rows - from);
    for (let c = 0; c < columns.length; c++) {
      copyBits(source.validity[c]!, from, this.view.validity[c]!, this.rows, count);
      const values = source.values[c]!;
      const target = this.view.values[c]!;
      if (columns[c]!.type === 'bool') {
        copyBits(values as Uint8Array, from, target as Uint8Array, this.rows, count);
      } else if (columns[c]!.type === 'dict') {
        for (let i = 0; i < count; i++) {
          target[this.rows + i] = dictionary.code(batch.strings, values[from + i] as number);
        }
      } else {
        target.set(values.subarray(from, from + count) as never, this.rows);
      }
    }
    this.rows += count;
    return count;
  }
}
