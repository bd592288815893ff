import type { AppendColumn, FixedColumn } from '../duck/append.js';
import type { Duck } from '../duck/duck.js';
import { identifier } from '../duck/sql-text.js';
import { QuinceError } from '../errors/quince-error.js';

/** Bits of `flags`, as `score` sets them. An unscored row gets no row in `scores`. */
export const SCORE_FLAG = { extrapolated: 1, few: 2, unscored: 4 } as const;

/** Scores of a batch, row by row in its order. */
export interface ScoreBlock {
  /** 15 or 5. */
  readonly dims: number;
  /** The snapshot that scored; null before there is one stored. */
  readonly snapshot: number | null;
  readonly bits: Float64Array;
  readonly lnP: Float64Array;
  /** SCORE_FLAG bits. */
  readonly flags: Uint8Array;
  /** Row of the calibration group in the snapshot, −1 for none. */
  readonly group: Int32Array;
  /** Names of the parts (event columns), in the order of `by`. */
  readonly names: readonly string[];
  /** rows × names, row after row; NaN where a part is unknown (null in the table). */
  readonly by: Float64Array;
}

const NAME = /^[a-z][a-z0-9_]{0,40}$/;
const PREFIX = 'by_';

/** The table `scores`: one DOUBLE column a part. A name never seen adds a column. */
export class Scores {
  private constructor(private parts: readonly string[]) {}

  static async load(duck: Duck): Promise<Scores> {
    const rows = await duck.all(
      `SELECT column_name FROM duckdb_columns() WHERE table_name = 'scores' AND starts_with(column_name, '${PREFIX}')
       ORDER BY column_index`,
    );
    return new Scores(rows.map((r) => String(r.column_name).slice(PREFIX.length)));
  }

  /** Makes sure that the table has a column for each part. */
  async widen(duck: Duck, names: readonly string[]): Promise<void> {
    const missing = names.filter((n) => !this.parts.includes(n));
    if (missing.length === 0) return;
    const bad = missing.find((n) => !NAME.test(n));
    if (bad !== undefined) {
      throw new QuinceError('INTERNAL', `part of a score requires a lower-case name, got ${JSON.stringify(bad)}`);
    }
    await duck.transaction(async (session) => {
      for (const name of missing) {
        await session.run(`ALTER TABLE scores ADD COLUMN ${identifier(PREFIX + name)} DOUBLE`);
      }
    });
    this.parts = [...this.parts, ...missing];
  }

  /**
   * Columns of the table for the scored ones of `rows` events. Call `widen` before.
   *
   * @param events id of the first event, the others follow; or the id of each
   */
  columns(block: ScoreBlock, run: number, events: number | readonly number[], rows: number): ScoreColumns {
    checkBlock(block, rows);
    const scored = scoredRows(block.flags, rows);
    const length = scored.length;
    const columns: AppendColumn[] = [
      { type: 'BIGINT', values: eventsOf(scored, events) },
      { type: 'INTEGER', values: new Int32Array(length).fill(run) },
      nullable('INTEGER', new Int32Array(length).fill(block.snapshot ?? -1)),
      { type: 'UTINYINT', values: new Uint8Array(length).fill(block.dims) },
      { type: 'DOUBLE', values: pick(block.bits, scored, 1, 0) },
      { type: 'DOUBLE', values: pick(block.lnP, scored, 1, 0) },
      { type: 'BOOLEAN', values: flagOf(block.flags, scored, SCORE_FLAG.extrapolated) },
      { type: 'BOOLEAN', values: flagOf(block.flags, scored, SCORE_FLAG.few) },
      nullable('INTEGER', Int32Array.from(pick(block.group, scored, 1, 0))),
      ...this.parts.map((name) => partColumn(block, block.names.indexOf(name), scored)),
    ];
    return { columns, length };
  }
}

/** Columns of `scores` and how many rows they hold. */
export interface ScoreColumns {
  readonly columns: readonly AppendColumn[];
  readonly length: number;
}

function checkBlock(block: ScoreBlock, rows: number): void {
  const k = block.names.length;
  const short = Math.min(block.bits.length, block.lnP.length, block.flags.length, block.group.length);
  if (short < rows || block.by.length < rows * k) {
    throw new QuinceError('INTERNAL', `scores require ${rows} rows of ${k} parts, got ${short} and ${block.by.length}`);
  }
}

function scoredRows(flags: Uint8Array, rows: number): Uint32Array {
  const scored = new Uint32Array(rows);
  let length = 0;
  for (let i = 0; i < rows; i++) if ((flags[i]! & SCORE_FLAG.unscored) === 0) scored[length++] = i;
  return scored.subarray(0, length);
}

/** Ids of the events as 64-bit halves. */
function eventsOf(scored: Uint32Array, events: number | readonly number[]): Uint32Array {
  const halves = new Uint32Array(2 * scored.length);
  for (let i = 0; i < scored.length; i++) {
    const event = typeof events === 'number' ? events + scored[i]! : events[scored[i]!]!;
    halves[2 * i] = event >>> 0;
    halves[2 * i + 1] = Math.floor(event / 2 ** 32);
  }
  return halves;
}

function pick(from: Float64Array | Int32Array, scored: Uint32Array, stride: number, offset: number): Float64Array {
  const values = new Float64Array(scored.length);
  for (let i = 0; i < scored.length; i++) values[i] = from[scored[i]! * stride + offset]!;
  return values;
}

function flagOf(flags: Uint8Array, scored: Uint32Array, bit: number): Uint8Array {
  const values = new Uint8Array(scored.length);
  for (let i = 0; i < scored.length; i++) values[i] = (flags[scored[i]!]! & bit) === 0 ? 0 : 1;
  return values;
}

/** NaN, or a negative integer, is null. */
function nullable(type: 'INTEGER' | 'DOUBLE', values: Int32Array | Float64Array): FixedColumn {
  const valid = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (type === 'DOUBLE' ? !Number.isNaN(value) : value >= 0) valid[i >> 3]! |= 1 << (i & 7);
  }
  return { type, values, valid };
}

function partColumn(block: ScoreBlock, part: number, scored: Uint32Array): FixedColumn {
  if (part >= 0) return nullable('DOUBLE', pick(block.by, scored, block.names.length, part));
  return {
    type: 'DOUBLE',
    values: new Float64Array(scored.length),
    valid: new Uint8Array(Math.ceil(scored.length / 8)),
  };
}
