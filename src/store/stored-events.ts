import type { Duck } from '../duck/duck.js';
import type { Cell, Parameters } from '../duck/read.js';
import { identifier } from '../duck/sql-text.js';
import { COLUMNS, type Column, type ColumnName, col } from '../tuple/columns.js';

/** A batch that is stored. */
export interface StoredBatch {
  readonly batch: number;
  /** Its name for ever: what was read, and which part of it. */
  readonly id: string;
}

/** Which stored events to read, and what of them. */
export interface EventQuery {
  readonly batches: readonly StoredBatch[];
  readonly columns: readonly ColumnName[];
  /** What rows must pass: SQL over `event_rows` (texts are codes of `strings`), with its parameters. */
  readonly where?: string;
  readonly parameters?: readonly (string | number)[];
}

/** Rows of one stored batch, in the order of their input. */
export interface StoredRows {
  readonly id: string;
  /** Global ids of the events. */
  readonly events: readonly number[];
  /** Values by position of the column in the event: texts, numbers, bigints (`ts` in microseconds), booleans, null. */
  readonly columns: ReadonlyMap<number, readonly Cell[]>;
}

/** Batches that one query reads: 131,072 rows at most. */
const AT_ONCE = 16;

/** Batches of a run in the order of their input. */
export async function storedBatches(duck: Duck, run: number): Promise<StoredBatch[]> {
  const rows = await duck.all('SELECT batch, id FROM batches WHERE run = ? ORDER BY batch', [run]);
  return rows.map(({ batch, id }) => ({ batch: Number(batch), id: String(id) }));
}

/** Reads stored events batch by batch; a batch without rows that pass is left out. O(strings) + O(rows). */
export async function* readEvents(duck: Duck, query: EventQuery): AsyncGenerator<StoredRows> {
  if (query.batches.length === 0) return;
  const texts: string[] = [];
  for await (const { columns } of duck.chunks('SELECT text FROM strings ORDER BY code')) {
    for (const text of columns[0]!) texts.push(String(text));
  }
  for (let from = 0; from < query.batches.length; from += AT_ONCE) {
    yield* readSome(duck, query, query.batches.slice(from, from + AT_ONCE), texts);
  }
}

interface Reading {
  readonly id: string;
  readonly events: number[];
  readonly columns: Map<number, Cell[]>;
}

async function* readSome(
  duck: Duck,
  { columns, where = 'true', parameters = [] }: EventQuery,
  batches: readonly StoredBatch[],
  texts: readonly string[],
): AsyncGenerator<StoredRows> {
  const positions = columns.map(col);
  const ids = new Map(batches.map(({ batch, id }) => [batch, id]));
  const sql = `SELECT batch, event::DOUBLE, ${columns.map(valueSql).join(', ')} FROM event_rows
    WHERE batch IN (${[...ids.keys()].join(', ')}) AND (${where}) ORDER BY event`;
  let open: (Reading & { batch: number }) | undefined;
  for await (const { rows, columns: cells } of duck.chunks(sql, parameters as Parameters)) {
    for (let i = 0; i < rows; i++) {
      const batch = Number(cells[0]![i]);
      if (open?.batch !== batch) {
        if (open !== undefined) yield open;
        const values = new Map(positions.map((position) => [position, [] as Cell[]]));
        open = { batch, id: ids.get(batch)!, events: [], columns: values };
      }
      open.events.push(Number(cells[1]![i]));
      positions.forEach((position, c) => {
        const cell = cells[2 + c]![i]!;
        const isCode = (COLUMNS[position] as Column).type === 'dict' && cell !== null;
        open!.columns.get(position)!.push(isCode ? texts[Number(cell) - 1]! : cell);
      });
    }
  }
  if (open !== undefined) yield open;
}

function valueSql(name: ColumnName): string {
  return name === 'ts' ? 'epoch_us(ts)' : identifier(name);
}
