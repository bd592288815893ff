import { type Data, makeData, RecordBatch, Struct, type Utf8, type Vector } from 'apache-arrow';
import { arrowType, dictionaryType, EVENT_SCHEMA } from '../tuple/arrow-schema.js';
import type { Batch } from '../tuple/batch.js';
import { COLUMNS, type Column } from '../tuple/columns.js';
import { SLOT_AREAS } from '../tuple/slot.js';
import { DictionaryChunks } from './dictionary-chunks.js';
import { SlotView } from './slot-view.js';

function columnData(view: SlotView, position: number, rows: number, dictionary: Vector<Utf8>): Data {
  const column: Column = COLUMNS[position]!;
  const bitmapBytes = Math.ceil(rows / 8);
  const nullBitmap = new Uint8Array(view.slot, SLOT_AREAS[position]!.validity, bitmapBytes);
  const data = view.values[position]!.subarray(0, column.type === 'bool' ? bitmapBytes : rows);
  const common = { length: rows, nullBitmap, data };
  if (column.type === 'dict') return makeData({ ...common, type: dictionaryType, dictionary } as never);
  return makeData({ ...common, type: arrowType(column.type) } as never);
}

/** The first `rows` rows of a slot as a record batch over the slot's own memory: nothing is copied. About 50 µs. */
export function slotBatch(view: SlotView, rows: number, dictionary: Vector<Utf8>): RecordBatch {
  const children = COLUMNS.map((_, position) => columnData(view, position, rows, dictionary));
  const type = new Struct(EVENT_SCHEMA.fields);
  return new RecordBatch(EVENT_SCHEMA, makeData({ type, length: rows, nullCount: 0, children }));
}

const chunksOf = new WeakMap<object, DictionaryChunks>();

/**
 * A batch as an Arrow record batch. Values are the slot's memory, so it must not be read after the batch's release.
 * Texts are taken from the string table once each and kept while the table lives.
 */
export function arrowBatch(batch: Batch): RecordBatch {
  let chunks = chunksOf.get(batch.strings);
  if (chunks === undefined) {
    chunks = new DictionaryChunks();
    chunksOf.set(batch.strings, chunks);
  }
  const texts: string[] = [];
  for (let code = chunks.length; code < batch.strings.count; code++) texts.push(batch.strings.text(code) ?? '');
  chunks.append(texts);
  return slotBatch(new SlotView(batch.slot), batch.rows, chunks.vector());
}
