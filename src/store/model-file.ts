import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { lstat, mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { readParquetTable, type TableColumns, writeParquetTable } from '../duck/parquet-table.js';
import { oneLine } from '../errors/one-line.js';
import { QuinceError } from '../errors/quince-error.js';
import type { LearnedTables } from '../tuple/learned.js';
import { columnsOf, SCHEMAS, TABLES, type TableName, tablesOf } from './model-columns.js';

/** Raised whenever the tables or the card change their form. */
const MODEL_FORMAT = 1;

/** Rows taken from a foreign file: 40 times the cells that a busy host fills in a month. */
const MOST_ROWS = 20_000_000;
const MOST: Readonly<Record<TableName, number>> = {
  cells: MOST_ROWS,
  contexts: MOST_ROWS,
  segments: 1_000_000,
  names: 5_000_000,
};
const MOST_CARD_BYTES = 64 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const table = z.strictObject({ rows: z.int().min(0).max(MOST_ROWS), sha256 });
const cardSchema = z.strictObject({
  format: z.int().positive(),
  quince: z.string().max(100),
  /** Hash of the model it was learned by. */
  model: z.string().regex(/^[0-9a-f]{16}$/),
  /** Key under which the file's values are hashed, hex. */
  key: z.string().regex(/^[0-9a-f]{32}$/),
  about: z.string().max(4096),
  /** A prior: it stands for no time of its own, and is imported as if it had just been learned. */
  prior: z.literal(true).optional(),
  hosts: z.int().nonnegative(),
  /** UTC days learned, first and last; null when none. */
  first_day: z.string().nullable(),
  last_day: z.string().nullable(),
  tables: z.strictObject({ cells: table, contexts: table, segments: table, names: table }),
});

/** What a model file says of itself. */
export type ModelCard = z.infer<typeof cardSchema>;

export interface ModelFile {
  readonly card: ModelCard;
  readonly tables: LearnedTables;
  /** Names the file: SHA-256 of its card, which holds those of its tables. */
  readonly sha256: string;
}

/**
 * Writes a model file, a folder of four Parquet tables and card.json, beside its place, and moves it there when all of it
 * is on disk, so that a kill leaves all or nothing. The same tables and card are the same bytes.
 * @throws BAD_ARGUMENT when the path exists or cannot be written
 */
export async function writeModelFile(
  path: string,
  tables: LearnedTables,
  about: Omit<ModelCard, 'format' | 'tables'>,
): Promise<string> {
  if (existsSync(path)) throw new QuinceError('BAD_ARGUMENT', `a model file requires a new path, got ${path}`);
  let folder: string | undefined;
  try {
    folder = await mkdtemp(`${resolve(path)}.new-`);
    const columns = columnsOf(tables);
    const described: Partial<ModelCard['tables']> = {};
    for (const name of TABLES) {
      const file = join(folder, `${name}.parquet`);
      await writeParquetTable(file, columns[name].columns, columns[name].rows);
      described[name] = { rows: columns[name].rows, sha256: await hashOf(file) };
      await sync(file);
    }
    const card = { format: MODEL_FORMAT, ...about, tables: described };
    const text = `${JSON.stringify(card, null, 2)}\n`;
    await writeFile(join(folder, 'card.json'), text);
    await sync(join(folder, 'card.json'));
    await sync(folder);
    await rename(folder, resolve(path));
    await sync(dirname(resolve(path)));
    return createHash('sha256').update(text).digest('hex');
  } catch (cause) {
    if (cause instanceof QuinceError) throw cause;
    throw new QuinceError('BAD_ARGUMENT', `a model file requires a path that can be written, got ${path}`, { cause });
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Reads a model file as far as a file can be judged alone: whole, of a known form, with the bytes its card names.
 * Whether the tables fit each other is for the baseline to say.
 * @throws BAD_MODEL
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const text = await readCard(path);
  const card = parseCard(path, text);
  const read = {} as Record<TableName, TableColumns>;
  for (const name of TABLES) {
    const file = join(path, `${name}.parquet`);
    const { rows, sha256: expected } = card.tables[name];
    const isFile = (await lstat(file).catch(() => undefined))?.isFile() === true;
    const got = isFile ? await hashOf(file).catch(() => 'none') : 'none';
    if (got !== expected)
      throw bad(file, `the SHA-256 ${expected.slice(0, 12)}…`, `${got.slice(0, 12)}…: it is torn or changed`);
    read[name] = await readParquetTable(file, SCHEMAS[name], MOST[name]);
    if (read[name].rows !== rows) throw bad(file, `${rows} rows`, `${read[name].rows}`);
  }
  return { card, tables: tablesOf(read), sha256: createHash('sha256').update(text).digest('hex') };
}

async function readCard(path: string): Promise<string> {
  const file = join(path, 'card.json');
  try {
    if ((await stat(file)).size > MOST_CARD_BYTES) throw bad(file, `at most ${MOST_CARD_BYTES} bytes`, 'more');
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof QuinceError) throw cause;
    throw new QuinceError('BAD_MODEL', `${path} requires a model file (a folder with card.json), got none`, { cause });
  }
}

function parseCard(path: string, text: string): ModelCard {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new QuinceError('BAD_MODEL', `${path}/card.json requires JSON, got a torn or foreign file`, { cause });
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > MODEL_FORMAT) {
    throw bad(path, `format ${MODEL_FORMAT} or older`, `${format}: it was made by a newer Quince`);
  }
  const result = cardSchema.safeParse(json);
  if (!result.success) throw bad(path, 'a sound card', oneLine(z.prettifyError(result.error)));
  return result.data;
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function bad(path: string, rule: string, got: string): QuinceError {
  return new QuinceError('BAD_MODEL', `${path} requires ${rule}, got ${got}`);
}
