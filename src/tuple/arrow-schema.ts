import {
  Bool,
  type DataType,
  Dictionary,
  Field,
  Int32,
  Schema,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import { COLUMNS, type ColumnType } from './columns.js';

/** Key of the schema's metadata that names Quince and the version of the event. */
export const SCHEMA_KEY = 'quince_schema';
export const SCHEMA_VERSION = '1';

/** One dictionary for all text columns, so that one dictionary batch serves them all. */
export const DICTIONARY_ID = 0;

export const dictionaryType = new Dictionary(new Utf8(), new Uint32(), DICTIONARY_ID);

const types: Readonly<Record<ColumnType, DataType>> = {
  dict: dictionaryType,
  u16: new Uint16(),
  u32: new Uint32(),
  u64: new Uint64(),
  i32: new Int32(),
  ts: new TimestampMicrosecond('UTC'),
  bool: new Bool(),
};

/** Arrow type of a column. */
export function arrowType(type: ColumnType): DataType {
  return types[type];
}

/** The event as an Arrow schema: every column may be null. */
export const EVENT_SCHEMA = new Schema(
  COLUMNS.map((column) => new Field(column.name, types[column.type], true)),
  new Map([[SCHEMA_KEY, SCHEMA_VERSION]]),
);
