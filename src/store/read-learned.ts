import type { Duck } from '../duck/duck.js';
import type {
  CellColumns,
  ContextColumns,
  NameRow,
  OpenWindowRow,
  Pair,
  PresenceRow,
  SegmentRow,
} from '../tuple/learned.js';
import type { LearnedState } from './learned.js';

/** Cells of the kinds asked, with all segments and contexts. Sorted, so that equal states are equal bytes. */
export async function readLearned(duck: Duck, kinds: readonly number[]): Promise<LearnedState> {
  return {
    cells: await readCells(duck, kinds),
    segments: await readSegments(duck),
    contexts: await readContexts(duck),
  };
}

async function readCells(duck: Duck, kinds: readonly number[]): Promise<CellColumns> {
  const { rows, columns } = await duck.columns(
    `SELECT kind, segment, context, value, n::DOUBLE, s::DOUBLE FROM cells
     WHERE kind IN (${[0, ...kinds].map(Number).join(', ')}) ORDER BY kind, segment, context, value`,
    ['UTINYINT', 'UBIGINT', 'UBIGINT', 'UBIGINT', 'DOUBLE', 'DOUBLE'],
  );
  return {
    length: rows,
    kind: columns[0]!,
    segment: new Uint32Array(columns[1]!.buffer),
    context: new Uint32Array(columns[2]!.buffer),
    value: new Uint32Array(columns[3]!.buffer),
    n: new Float64Array(columns[4]!.buffer),
    s: new Float64Array(columns[5]!.buffer),
  };
}

async function readSegments(duck: Duck): Promise<SegmentRow[]> {
  const { rows, columns } = await duck.columns('SELECT segment, host, day FROM segments ORDER BY segment', [
    'UBIGINT',
    'UBIGINT',
    'INTEGER',
  ]);
  const segment = new Uint32Array(columns[0]!.buffer);
  const host = new Uint32Array(columns[1]!.buffer);
  const day = new Int32Array(columns[2]!.buffer);
  return Array.from({ length: rows }, (_, i) => ({ segment: pair(segment, i), host: pair(host, i), day: day[i]! }));
}

function pair(halves: Uint32Array, i: number): Pair {
  return { lo: halves[2 * i]!, hi: halves[2 * i + 1]! };
}

async function readContexts(duck: Duck): Promise<ContextColumns> {
  const { rows, columns } = await duck.columns(
    'SELECT context, factor, rung, parent, value FROM contexts ORDER BY context, factor, rung',
    ['UBIGINT', 'SMALLINT', 'SMALLINT', 'UBIGINT', 'UBIGINT'],
  );
  return {
    length: rows,
    context: new Uint32Array(columns[0]!.buffer),
    factor: new Int16Array(columns[1]!.buffer),
    rung: new Int16Array(columns[2]!.buffer),
    parent: new Uint32Array(columns[3]!.buffer),
    value: new Uint32Array(columns[4]!.buffer),
  };
}

/** All open presences, or all that wait in quarantine, sorted by all columns. */
export async function readPresences(duck: Duck, table: 'open_presence' | 'waiting_presence'): Promise<PresenceRow[]> {
  const { rows, columns } = await duck.columns(`SELECT dims, hour, signature, proc FROM ${table} ORDER BY ALL`, [
    'UTINYINT',
    'INTEGER',
    'UBIGINT',
    'UBIGINT',
  ]);
  const dims = columns[0]!;
  const hour = new Int32Array(columns[1]!.buffer);
  const signature = new Uint32Array(columns[2]!.buffer);
  const proc = new Uint32Array(columns[3]!.buffer);
  return Array.from({ length: rows }, (_, i) => ({
    dims: dims[i]!,
    hour: hour[i]!,
    signature: pair(signature, i),
    proc: pair(proc, i),
  }));
}

/** What is open of windows, sorted by all columns. */
export async function readOpenWindows(duck: Duck): Promise<OpenWindowRow[]> {
  const { rows, columns } = await duck.columns(
    'SELECT hour, entity, place, value, n::DOUBLE FROM open_windows ORDER BY ALL',
    ['INTEGER', 'UBIGINT', 'INTEGER', 'UBIGINT', 'DOUBLE'],
  );
  const [hour, place] = [new Int32Array(columns[0]!.buffer), new Int32Array(columns[2]!.buffer)];
  const [entity, value] = [new Uint32Array(columns[1]!.buffer), new Uint32Array(columns[3]!.buffer)];
  const n = new Float64Array(columns[4]!.buffer);
  return Array.from({ length: rows }, (_, i) => ({
    hour: hour[i]!,
    entity: pair(entity, i),
    place: place[i]!,
    value: pair(value, i),
    n: n[i]!,
  }));
}

const MASK = 0xffff_ffffn;

/** Texts of hashed values, in the order of the hashes. */
export async function readNames(duck: Duck, of: 'all' | 'hosts' = 'all'): Promise<NameRow[]> {
  const names: NameRow[] = [];
  const where = of === 'hosts' ? 'WHERE value IN (SELECT host FROM segments)' : '';
  for await (const row of duck.rows(`SELECT value, text FROM names ${where} ORDER BY value`)) {
    const value = BigInt(row.value as bigint);
    names.push({ value: { lo: Number(value & MASK), hi: Number(value >> 32n) }, text: String(row.text) });
  }
  return names;
}
