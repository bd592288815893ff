import type { AppendColumn } from '../duck/append.js';
import type { TableColumns, TableSchema } from '../duck/parquet-table.js';
import type { LearnedTables, Pair } from '../tuple/learned.js';

/** The tables of a model file. */
export const SCHEMAS = {
  cells: { kind: 'UTINYINT', segment: 'UBIGINT', context: 'UBIGINT', value: 'UBIGINT', n: 'BIGINT', s: 'BIGINT' },
  contexts: { context: 'UBIGINT', factor: 'SMALLINT', rung: 'SMALLINT', parent: 'UBIGINT', value: 'UBIGINT' },
  segments: { segment: 'UBIGINT', host: 'UBIGINT', day: 'INTEGER' },
  names: { value: 'UBIGINT', text: 'VARCHAR' },
} as const satisfies Record<string, TableSchema>;
export type TableName = keyof typeof SCHEMAS;
export const TABLES = Object.keys(SCHEMAS) as TableName[];

interface Columns {
  readonly columns: Readonly<Record<string, AppendColumn>>;
  readonly rows: number;
}

/** Learned tables as the columns of a model file. */
export function columnsOf({ cells, contexts, segments, names }: LearnedTables): Record<TableName, Columns> {
  return {
    cells: {
      rows: cells.length,
      columns: {
        kind: { type: 'UTINYINT', values: cells.kind },
        segment: { type: 'UBIGINT', values: cells.segment },
        context: { type: 'UBIGINT', values: cells.context },
        value: { type: 'UBIGINT', values: cells.value },
        n: { type: 'BIGINT', values: BigInt64Array.from(cells.n, BigInt) },
        s: { type: 'BIGINT', values: BigInt64Array.from(cells.s, BigInt) },
      },
    },
    contexts: {
      rows: contexts.length,
      columns: {
        context: { type: 'UBIGINT', values: contexts.context },
        factor: { type: 'SMALLINT', values: contexts.factor },
        rung: { type: 'SMALLINT', values: contexts.rung },
        parent: { type: 'UBIGINT', values: contexts.parent },
        value: { type: 'UBIGINT', values: contexts.value },
      },
    },
    segments: {
      rows: segments.length,
      columns: {
        segment: { type: 'UBIGINT', values: halves(segments.map((row) => row.segment)) },
        host: { type: 'UBIGINT', values: halves(segments.map((row) => row.host)) },
        day: { type: 'INTEGER', values: Int32Array.from(segments, (row) => row.day) },
      },
    },
    names: {
      rows: names.length,
      columns: {
        value: { type: 'UBIGINT', values: halves(names.map((row) => row.value)) },
        text: { type: 'VARCHAR', values: names.map((row) => row.text) },
      },
    },
  };
}

/** And back. Integers above 2^53 come out inexact, for the baseline to refuse. */
export function tablesOf(read: Record<TableName, TableColumns>): LearnedTables {
  const { cells, contexts, segments, names } = read;
  const pairs = (bytes: Uint8Array<ArrayBuffer>) => new Uint32Array(bytes.buffer);
  const pairAt = (words: Uint32Array, i: number): Pair => ({ lo: words[2 * i]!, hi: words[2 * i + 1]! });
  const numbers = (bytes: Uint8Array<ArrayBuffer>) => Float64Array.from(new BigInt64Array(bytes.buffer), Number);
  const [segment, host, value] = [segments.bytes.segment!, segments.bytes.host!, names.bytes.value!].map(pairs) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const day = new Int32Array(segments.bytes.day!.buffer);
  return {
    cells: {
      length: cells.rows,
      kind: cells.bytes.kind!,
      segment: pairs(cells.bytes.segment!),
      context: pairs(cells.bytes.context!),
      value: pairs(cells.bytes.value!),
      n: numbers(cells.bytes.n!),
      s: numbers(cells.bytes.s!),
    },
    contexts: {
      length: contexts.rows,
      context: pairs(contexts.bytes.context!),
      factor: new Int16Array(contexts.bytes.factor!.buffer),
      rung: new Int16Array(contexts.bytes.rung!.buffer),
      parent: pairs(contexts.bytes.parent!),
      value: pairs(contexts.bytes.value!),
    },
    segments: Array.from({ length: segments.rows }, (_, i) => ({
      segment: pairAt(segment, i),
      host: pairAt(host, i),
      day: day[i]!,
    })),
    names: Array.from({ length: names.rows }, (_, i) => ({ value: pairAt(value, i), text: names.texts.text![i]! })),
  };
}

function halves(pairs: readonly Pair[]): Uint32Array {
  return Uint32Array.from(pairs.flatMap(({ lo, hi }) => [lo, hi]));
}
