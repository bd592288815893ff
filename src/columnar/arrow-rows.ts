import { type Data, DataType, type RecordBatch, type Timestamp, TimeUnit, Vector } from 'apache-arrow';
import { QuinceError } from '../errors/quince-error.js';

/** Columns of a record batch of whatever types, as plain values; apache-arrow stays behind this. */
export class ArrowRows {
  readonly rows: number;
  private readonly columns: readonly ColumnReader[];

  /** @throws BAD_INPUT when a column has fewer values than the batch has rows. */
  constructor(batch: RecordBatch, positions: readonly number[]) {
    this.rows = batch.numRows;
    this.columns = positions.map((position) => columnReader(batch.data.children[position]!, this.rows));
  }

  /**
   * Value of a row in column `index` of the positions: number, bigint, string, boolean, list of such, null. Timestamps
   * come as bigint microseconds; undefined is a code outside its dictionary. @throws whatever broken data makes the decoder throw.
   */
  value(index: number, row: number): unknown {
    return this.columns[index]!(row);
  }
}

type ColumnReader = (row: number) => unknown;

/** Values that the buffers of a column have room for. A lie about the length would be read as endless rows. */
export function capacity(data: Data): number {
  const { type } = data;
  if (DataType.isNull(type) || data.nullCount >= data.length) return data.length;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isBinary(type) || DataType.isList(type)) {
    return Math.max(0, data.valueOffsets.length - 1);
  }
  if (DataType.isBool(type)) return data.values.length * 8;
  return data.values === undefined ? data.length : data.values.length / data.stride;
}

function columnReader(data: Data, rows: number): ColumnReader {
  if (data.length < rows || capacity(data) < rows) {
    throw new QuinceError('BAD_INPUT', `Arrow column requires ${rows} values, got ${capacity(data)}`);
  }
  if (DataType.isDictionary(data.type)) return dictionaryReader(data);
  if (DataType.isTimestamp(data.type)) return timestampReader(data as Data<Timestamp>);
  const vector = new Vector([data]);
  if (!DataType.isList(data.type)) return (row) => vector.get(row);
  return (row) => {
    const list = vector.get(row) as Iterable<unknown> | null;
    return list === null ? null : [...list];
  };
}

/** Gives undefined for a code that the dictionary does not have. */
function dictionaryReader(data: Data): ColumnReader {
  const codes = data.values as ArrayLike<number | bigint>;
  const dictionary = data.dictionary!;
  return (row) => {
    if (!data.getValid(row)) return null;
    const code = Number(codes[row]);
    return code >= 0 && code < dictionary.length ? dictionary.get(code) : undefined;
  };
}

function timestampReader(data: Data<Timestamp>): ColumnReader {
  const values = data.values as BigInt64Array;
  const toUs: Readonly<Record<TimeUnit, (value: bigint) => bigint>> = {
    [TimeUnit.SECOND]: (value) => value * 1_000_000n,
    [TimeUnit.MILLISECOND]: (value) => value * 1000n,
    [TimeUnit.MICROSECOND]: (value) => value,
    [TimeUnit.NANOSECOND]: (value) => value / 1000n,
  };
  const convert = toUs[data.type.unit];
  return (row) => (data.getValid(row) ? convert(values[row]!) : null);
}
