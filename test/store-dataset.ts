import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import type { ScoreBlock } from '../dist/store/scores.js';
import type { Store } from '../dist/store/store.js';
import type { Batch } from '../dist/tuple/batch.js';
import { COLUMNS, type ColumnName, col } from '../dist/tuple/columns.js';
import type { CellColumns, Pair } from '../dist/tuple/learned.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';

/** One event by column names; what is left out is null. */
export type EventRow = Partial<Record<ColumnName, string | number | bigint>>;

/** 2026-03-02 09:00:00 UTC. */
export const START_US = 1_772_442_000_000_000n;

/** A batch of events in a slot of its own, written as sources write it. */
export function batchOf(id: string, rows: readonly EventRow[], table: StringTable): Batch {
  const writer = new RowWriter(new SharedArrayBuffer(SLOT_BYTES), table);
  rows.forEach((row, r) => {
    for (const [name, value] of Object.entries(row)) {
      const c = col(name as ColumnName);
      if (COLUMNS[c]!.type === 'dict') writer.setText(c, r, String(value));
      else writer.setNumber(c, r, value as number | bigint);
    }
  });
  writer.finish(rows.length);
  return { id, slot: writer.slot, rows: rows.length, strings: table, release: () => undefined };
}

/** Scores of a batch from (bits by part) of each row. */
export function scoresOf(
  rows: readonly Record<string, number>[],
  names: readonly string[],
  over: Partial<ScoreBlock> = {},
): ScoreBlock {
  const by = new Float64Array(rows.length * names.length);
  const bits = new Float64Array(rows.length);
  rows.forEach((row, r) => {
    names.forEach((name, k) => {
      by[r * names.length + k] = row[name] ?? Number.NaN;
      bits[r]! += row[name] ?? 0;
    });
  });
  return {
    dims: 15,
    snapshot: 1,
    bits,
    lnP: bits.map((b) => Math.min(0, 2 - b)),
    flags: new Uint8Array(rows.length),
    group: new Int32Array(rows.length),
    names,
    by,
    ...over,
  };
}

export function tableOf(epoch = 0): StringTable {
  return new StringTable(epoch);
}

/** 64-bit values as the store takes them. */
export const pair = (value: bigint): Pair => ({ lo: Number(value & 0xffffffffn), hi: Number(value >> 32n) });
export const halves = (values: bigint[]) => Uint32Array.from(values.flatMap((v) => [pair(v).lo, pair(v).hi]));

export type Cell = { kind: number; segment: bigint; context: bigint; value: bigint; n: number; s: number };

export function columnsOf(cells: Cell[]): CellColumns {
  return {
    length: cells.length,
    kind: Uint8Array.from(cells, (c) => c.kind),
    segment: halves(cells.map((c) => c.segment)),
    context: halves(cells.map((c) => c.context)),
    value: halves(cells.map((c) => c.value)),
    n: Float64Array.from(cells, (c) => c.n),
    s: Float64Array.from(cells, (c) => c.s),
  };
}

/** All rows of a query of Quince's own. */
export async function rowsOf(store: Store, sql: string): Promise<Record<string, unknown>[]> {
  const rows = [];
  for await (const row of store.rows(sql)) rows.push(row);
  return rows;
}
