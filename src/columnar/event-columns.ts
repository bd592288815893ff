import type { RecordBatch } from 'apache-arrow';
import type { DictionaryTexts } from './dictionary-texts.js';

/** A column of a chunk: its values and which of them are there (undefined: all). Empty when all are null. */
export interface EventColumn {
  readonly values: ArrayLike<number | bigint>;
  readonly validity: Uint8Array | undefined;
  readonly isEmpty: boolean;
}

/** The arrays of a chunk of Quince's own stream, column by column; later columns may be missing in older streams. */
export interface EventColumns {
  readonly columns: readonly EventColumn[];
  readonly dictionary: DictionaryTexts;
}

export function eventColumns(batch: RecordBatch, dictionary: DictionaryTexts): EventColumns {
  const columns = batch.data.children.map((data) => ({
    values: data.values as ArrayLike<number | bigint>,
    validity: data.nullCount === 0 ? undefined : data.nullBitmap,
    isEmpty: data.nullCount >= batch.numRows,
  }));
  return { columns, dictionary };
}
