import type { AppendColumn } from '../duck/append.js';
import type { Session } from '../duck/session.js';
import { QuinceError } from '../errors/quince-error.js';
import { toBigInt } from '../tuple/hash.js';
import type {
  CellColumns,
  ContextColumns,
  NameRow,
  OpenWindowRow,
  Pair,
  PresenceRow,
  SegmentRow,
} from '../tuple/learned.js';
import type { Learned } from './learned.js';
import { putDecisions, recountDecisions } from './quarantine.js';
import { putTerms } from './terms.js';

/**
 * Adds to the learned state in the caller's transaction. Costs O(state) for a scan and O(added) for the writing.
 * @param run that learned it
 */
export async function writeLearned(session: Session, learned: Learned, run: number): Promise<void> {
  for (const [name, kind] of Object.entries(learned.kinds ?? {})) await nameKind(session, name, kind);
  if (learned.terms !== undefined) await putTerms(session, learned.terms);
  if (learned.unlearned !== undefined) {
    await dropSegments(session, learned.unlearned);
    await recountDecisions(session);
  }
  if (learned.cells !== undefined) await addCells(session, learned.cells);
  if (learned.segments !== undefined) await addSegments(session, learned.segments);
  if (learned.contexts !== undefined) await addContexts(session, learned.contexts);
  if (learned.names !== undefined) await addNames(session, learned.names);
  if (learned.openWindows !== undefined) await replaceOpenWindows(session, learned.openWindows);
  if (learned.open !== undefined) await replaceRows(session, 'open_presence', learned.open);
  if (learned.waiting !== undefined) await replaceRows(session, 'waiting_presence', learned.waiting);
  if (learned.decisions !== undefined) await putDecisions(session, learned.decisions, run);
  if (learned.forget !== undefined) await forgetCells(session, learned.forget.kinds, learned.forget.beforeDay);
}

async function forgetCells(session: Session, kinds: readonly number[], beforeDay: number): Promise<void> {
  if (!Number.isFinite(beforeDay)) return;
  for (const kind of kinds) {
    await session.run(
      'DELETE FROM cells WHERE kind = $kind AND segment IN (SELECT segment FROM segments WHERE day < $day)',
      { kind, day: beforeDay },
    );
  }
}

/** In one statement each for so many segments. */
const DROPPED_AT_ONCE = 1000;

async function dropSegments(session: Session, segments: readonly Pair[]): Promise<void> {
  for (let from = 0; from < segments.length; from += DROPPED_AT_ONCE) {
    const list = segments.slice(from, from + DROPPED_AT_ONCE).map(({ lo, hi }) => toBigInt(lo, hi));
    await session.run(`DELETE FROM cells WHERE segment IN (${list.join(', ')})`);
    await session.run(`DELETE FROM segments WHERE segment IN (${list.join(', ')})`);
  }
}

async function nameKind(session: Session, name: string, kind: number): Promise<void> {
  await session.run('INSERT INTO kinds SELECT $kind, $name WHERE NOT EXISTS (SELECT 1 FROM kinds WHERE kind = $kind)', {
    kind,
    name,
  });
}

const KEY = ['kind', 'segment', 'context', 'value'];
const ON_KEY = KEY.map((k) => `c.${k} = d.${k}`).join(' AND ');

/** Merges by + on the key; a cell that becomes zero is gone, so taking away what was added leaves no trace. */
async function addCells(session: Session, cells: CellColumns): Promise<void> {
  if (cells.length === 0) return;
  checkExact(cells, 'n');
  checkExact(cells, 's');
  await session.run(`CREATE OR REPLACE TEMP TABLE stage_cells (kind UTINYINT, segment UBIGINT, context UBIGINT,
    value UBIGINT, n DOUBLE, s DOUBLE)`);
  const columns: AppendColumn[] = [
    { type: 'UTINYINT', values: cells.kind },
    { type: 'UBIGINT', values: cells.segment },
    { type: 'UBIGINT', values: cells.context },
    { type: 'UBIGINT', values: cells.value },
    { type: 'DOUBLE', values: cells.n },
    { type: 'DOUBLE', values: cells.s },
  ];
  await session.append('stage_cells', columns, cells.length);
  await session.run(`MERGE INTO cells AS c
    USING (SELECT ${KEY.join(', ')}, sum(n::BIGINT)::BIGINT AS n, sum(s::BIGINT)::BIGINT AS s
           FROM stage_cells GROUP BY ALL HAVING sum(n::BIGINT) <> 0 OR sum(s::BIGINT) <> 0) AS d
    ON ${ON_KEY}
    WHEN MATCHED AND c.n + d.n = 0 AND c.s + d.s = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET n = c.n + d.n, s = c.s + d.s
    WHEN NOT MATCHED THEN INSERT VALUES (d.kind, d.segment, d.context, d.value, d.n, d.s)`);
  await session.run('DROP TABLE stage_cells');
}

function checkExact(cells: CellColumns, field: 'n' | 's'): void {
  for (let i = 0; i < cells.length; i++) {
    const value = cells[field][i]!;
    if (!Number.isSafeInteger(value)) {
      throw new QuinceError('INTERNAL', `${field} of a cell requires an integer within 2^53, got ${value}`);
    }
  }
}

function addSegments(session: Session, rows: readonly SegmentRow[]): Promise<void> {
  return insertNew(session, 'segments', ['segment'], ['host', 'day'], rows.length, [
    { type: 'UBIGINT', values: halves(rows.map((r) => r.segment)) },
    { type: 'UBIGINT', values: halves(rows.map((r) => r.host)) },
    { type: 'INTEGER', values: Int32Array.from(rows, (r) => r.day) },
  ]);
}

function addContexts(session: Session, rows: ContextColumns): Promise<void> {
  return insertNew(session, 'contexts', ['context', 'factor', 'rung'], ['parent', 'value'], rows.length, [
    { type: 'UBIGINT', values: rows.context },
    { type: 'SMALLINT', values: rows.factor },
    { type: 'SMALLINT', values: rows.rung },
    { type: 'UBIGINT', values: rows.parent },
    { type: 'UBIGINT', values: rows.value },
  ]);
}

function addNames(session: Session, rows: readonly NameRow[]): Promise<void> {
  return insertNew(session, 'names', ['value'], ['text'], rows.length, [
    { type: 'UBIGINT', values: halves(rows.map((r) => r.value)) },
    { type: 'VARCHAR', values: rows.map((r) => r.text) },
  ]);
}

function halves(pairs: readonly Pair[]): Uint32Array {
  const out = new Uint32Array(pairs.length * 2);
  for (let i = 0; i < pairs.length; i++) {
    out[2 * i] = pairs[i]!.lo;
    out[2 * i + 1] = pairs[i]!.hi;
  }
  return out;
}

/** Inserts the rows whose key is new; of rows with one key the first is taken. */
async function insertNew(
  session: Session,
  table: string,
  key: readonly string[],
  rest: readonly string[],
  rows: number,
  columns: readonly AppendColumn[],
): Promise<void> {
  if (rows === 0) return;
  const stage = `stage_${table}`;
  const same = key.map((k) => `t.${k} = d.${k}`).join(' AND ');
  await session.run(`CREATE OR REPLACE TEMP TABLE ${stage} AS SELECT * FROM ${table} LIMIT 0`);
  await session.append(stage, columns, rows);
  await session.run(`INSERT INTO ${table}
    SELECT ${[...key, ...rest.map((r) => `arg_min(${r}, rowid) AS ${r}`)].join(', ')}
    FROM ${stage} AS d WHERE NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE ${same})
    GROUP BY ${key.join(', ')} ORDER BY ${key.join(', ')}`);
  await session.run(`DROP TABLE ${stage}`);
}

async function replaceRows(session: Session, table: string, rows: readonly PresenceRow[]): Promise<void> {
  await session.run(`DELETE FROM ${table}`);
  const columns: AppendColumn[] = [
    { type: 'UTINYINT', values: Uint8Array.from(rows, (r) => r.dims) },
    { type: 'INTEGER', values: Int32Array.from(rows, (r) => r.hour) },
    { type: 'UBIGINT', values: halves(rows.map((r) => r.signature)) },
    { type: 'UBIGINT', values: halves(rows.map((r) => r.proc)) },
  ];
  await session.append(table, columns, rows.length);
}

async function replaceOpenWindows(session: Session, rows: readonly OpenWindowRow[]): Promise<void> {
  await session.run('DELETE FROM open_windows');
  const columns: AppendColumn[] = [
    { type: 'INTEGER', values: Int32Array.from(rows, (r) => r.hour) },
    { type: 'UBIGINT', values: halves(rows.map((r) => r.entity)) },
    { type: 'INTEGER', values: Int32Array.from(rows, (r) => r.place) },
    { type: 'UBIGINT', values: halves(rows.map((r) => r.value)) },
    { type: 'BIGINT', values: BigInt64Array.from(rows, (r) => BigInt(r.n)) },
  ];
  await session.append('open_windows', columns, rows.length);
}
