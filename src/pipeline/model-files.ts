import { createHash } from 'node:crypto';
import { Baseline } from '../baseline/baseline.js';
import { CellTable, KIND } from '../baseline/cells.js';
import { baselineModel } from '../baseline/model.js';
import { Roles } from '../baseline/roles.js';
import { checkCells, diffCells, mergeTables, subtractTables } from '../baseline/tables/cell-sums.js';
import { Rekeying } from '../baseline/tables/rekey.js';
import { shiftDays } from '../baseline/tables/shift-days.js';
import { QuinceError } from '../errors/quince-error.js';
import { type ModelCard, type ModelFile, readModelFile, writeModelFile } from '../store/model-file.js';
import type { Store } from '../store/store.js';
import { type LearnedTables, type Pair, pairName } from '../tuple/learned.js';
import { formatDay } from '../tuple/time.js';
import { readBaseline } from './learned-columns.js';
import { modelTerms } from './model-terms.js';
import { readRoleRules } from './role-rules.js';
import { giveRoles } from './roles.js';
import { checkModel, commitSnapshot } from './train.js';

/** Who makes a model file, and what for. */
export interface Making {
  readonly quince: string;
  readonly about: string;
  /** Key under which values are hashed; else one made from the database's secret. */
  readonly key?: Uint8Array;
  /** Whether it is made to be imported as if it had just been learned. */
  readonly prior?: true;
}

export interface WrittenModel {
  readonly path: string;
  readonly sha256: string;
  readonly card: Omit<ModelCard, 'format' | 'tables'>;
  readonly cells: number;
}

/**
 * Writes all that a database has learned, open hours as if they closed now, into a model file. Its values are hashed under
 * a key of the file's own, made from the database's secret but telling nothing of it: from one database always the same.
 * @throws NO_BASELINE, BAD_ARGUMENT
 */
export async function exportModel(store: Store, path: string, making: Making): Promise<WrittenModel> {
  const state = await readBaseline(store);
  const learned = new Baseline(baselineModel(), store.hashKey, state).tables(await store.readNames());
  const tables = { ...learned, contexts: Roles.settle(learned.contexts, state.roleRules) };
  if (tables.cells.length === 0) {
    throw new QuinceError('NO_BASELINE', 'exporting requires a baseline, got none: run train first');
  }
  const own = createHash('sha256').update('model file').update(store.hashKey).digest().subarray(0, 16);
  const key = making.key ?? own;
  return write(path, Rekeying.apply(baselineModel(), tables, store.hashKey, key), key, making);
}

function write(
  path: string,
  tables: LearnedTables,
  key: Uint8Array,
  { quince, about, prior }: Making,
): Promise<WrittenModel> {
  const card = {
    quince,
    about,
    ...(prior ? { prior } : {}),
    model: baselineModel().hash,
    key: Buffer.from(key).toString('hex'),
    ...extentOf(tables),
  };
  return writeModelFile(path, tables, card).then((sha256) => ({ path, sha256, card, cells: tables.cells.length }));
}

/**
 * Reads a model file and holds it against everything that is known of models: kinds and counts of cells, keys of contexts
 * and segments, names of values.
 * @throws BAD_MODEL
 */
export async function verifyModel(path: string): Promise<ModelFile> {
  const file = await readModelFile(path);
  const { hash } = baselineModel();
  if (file.card.model !== hash) {
    throw new QuinceError('BAD_MODEL', `${path} requires model ${hash}, got ${file.card.model}`);
  }
  checkCells(file.tables.cells);
  checkDays(path, file.tables);
  const key = Buffer.from(file.card.key, 'hex');
  if (!sameTables(Rekeying.apply(baselineModel(), file.tables, key, key), file.tables)) {
    throw new QuinceError('BAD_MODEL', `${path} requires keys that follow from its values, got others`);
  }
  const { hosts, first_day, last_day } = file.card;
  const extent = extentOf(file.tables);
  if (JSON.stringify({ hosts, first_day, last_day }) !== JSON.stringify(extent)) {
    throw new QuinceError('BAD_MODEL', `${path} requires a card of its hosts and days, got one of others`);
  }
  return file;
}

/** Hosts and days of a model, as its card says. */
function extentOf({ segments }: LearnedTables): Pick<ModelCard, 'hosts' | 'first_day' | 'last_day'> {
  const days = segments.map((row) => row.day);
  const day = (of: (...days: number[]) => number) =>
    days.length === 0 ? null : formatDay(days.reduce((a, b) => of(a, b)));
  const hosts = new Set(segments.map(({ host }) => pairName(host))).size;
  return { hosts, first_day: day(Math.min), last_day: day(Math.max) };
}

/** A day to come would age all that is known, as a row dated 2200 would (train drops those). */
function checkDays(path: string, { segments }: LearnedTables): void {
  const tomorrow = Math.floor(Date.now() / 86_400_000) + 1;
  const strange = segments.find(({ day }) => day < 0 || day > tomorrow);
  if (strange === undefined) return;
  throw new QuinceError('BAD_MODEL', `${path} requires days from 1970 to tomorrow, got day ${strange.day} since 1970`);
}

function sameTables(a: LearnedTables, b: LearnedTables): boolean {
  const plain = ({ cells, contexts, segments, names }: LearnedTables) => [
    ...(['kind', 'segment', 'context', 'value', 'n', 's'] as const).map((name) => cells[name]),
    ...(['context', 'factor', 'rung', 'parent', 'value'] as const).map((name) => contexts[name]),
    pairsOf(segments.flatMap(({ segment, host, day }) => [segment, host, { lo: day, hi: 0 }])),
    pairsOf(names.map(({ value }) => value)),
  ];
  const [x, y] = [plain(a), plain(b)];
  return x.every((column, i) => {
    const other = y[i]!;
    return Buffer.compare(bytesOf(column), bytesOf(other)) === 0;
  });
}

function pairsOf(pairs: readonly Pair[]): Uint32Array {
  const out = new Uint32Array(2 * pairs.length);
  pairs.forEach(({ lo, hi }, i) => {
    out[2 * i] = lo;
    out[2 * i + 1] = hi;
  });
  return out;
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

export interface ImportReport {
  readonly run: number;
  /** True when this file had been imported before: nothing was added. */
  readonly known: boolean;
  readonly cells: number;
  readonly snapshot: number | undefined;
  /** By which its days were moved: a prior stands for no time of its own. */
  readonly shiftedDays: number;
}

export interface ImportOptions {
  /** Day since 1970 before which a model's newest day shall lie, by at most a week: today for a prior. */
  readonly asOf?: number | undefined;
}

/**
 * Adds a model file to what a database has learned, its values hashed again under the database's key, and freezes a
 * snapshot; all in one transaction, once.
 * @throws BAD_MODEL
 */
export async function importModel(store: Store, path: string, options: ImportOptions = {}): Promise<ImportReport> {
  const { card, tables, sha256 } = await verifyModel(path);
  const model = baselineModel();
  await checkModel(store, model.hash);
  const run = await store.beginRun({ kind: 'import', key: `import ${sha256}`, input: [path] });
  const report = { run: run.run, known: run.complete, cells: tables.cells.length };
  if (run.complete) return { ...report, snapshot: undefined, shiftedDays: 0 };
  const shiftedDays = weeksLater(card, tables, options.asOf);
  const dated = shiftedDays === 0 ? tables : shiftDays(tables, shiftedDays);
  const added = Rekeying.apply(model, dated, Buffer.from(card.key, 'hex'), store.hashKey);
  const state = await readBaseline(store);
  const own = new Baseline(model, store.hashKey, state);
  // Behind newer days an open hour would be forgotten.
  own.closeThrough(Number.POSITIVE_INFINITY);
  const closed = own.delta();
  const together = mergeTables(own.tables([]), added);
  const baseline = new Baseline(model, store.hashKey, {
    ...state,
    ...together,
    cells: [together.cells],
    open: [],
    openWindows: [],
  });
  const rules = await readRoleRules(store);
  if (rules !== undefined) await giveRoles(store, baseline, rules, added.names);
  const snapshot = baseline.freeze()!;
  const { contexts, names } = baseline.delta();
  const given = { ...NOTHING, contexts, names };
  const learned = {
    ...mergeTables(mergeTables({ ...closed, cells: closed.cells[0]! }, added), given),
    kinds: KIND,
    terms: modelTerms(),
    open: [],
    openWindows: [],
  };
  const end = { run: run.run, rows: 0, bad: {} };
  return { ...report, shiftedDays, snapshot: await commitSnapshot(store, snapshot, learned, end) };
}

const NOTHING: Pick<LearnedTables, 'cells' | 'segments'> = { cells: new CellTable().sorted(), segments: [] };

/**
 * Counts halve with the age of their day, so that a prior would weigh nothing a year after it was learned: its newest day is moved
 * to the last seven before `asOf`, by whole weeks, so that hours of the week stay. Any other model keeps its days.
 */
function weeksLater({ prior }: ModelCard, { segments }: LearnedTables, asOf?: number): number {
  if (!prior && asOf === undefined) return 0;
  const newest = segments.reduce((last, { day }) => Math.max(last, day), 0);
  const before = (asOf ?? Math.floor(Date.now() / 86_400_000)) - 1;
  return 7 * Math.floor((before - newest) / 7);
}

/** Both models in one file, under the key of the first. @throws BAD_MODEL, BAD_ARGUMENT */
export async function mergeModels(a: string, b: string, out: string, making: Making): Promise<WrittenModel> {
  const [first, second, key] = await underOneKey(a, b);
  return write(out, Rekeying.apply(baselineModel(), mergeTables(first, second), key, key), key, making);
}

/** The first model without the second, which was merged into it. @throws BAD_MODEL, BAD_ARGUMENT */
export async function subtractModels(a: string, b: string, out: string, making: Making): Promise<WrittenModel> {
  const [first, second, key] = await underOneKey(a, b);
  return write(out, Rekeying.apply(baselineModel(), subtractTables(first, second), key, key), key, making);
}

export interface ModelDifference {
  readonly cells: ReturnType<typeof diffCells>;
  /** Names that only one has, sorted. */
  readonly namesOnlyFirst: readonly string[];
  readonly namesOnlySecond: readonly string[];
}

/** @throws BAD_MODEL */
export async function diffModels(a: string, b: string): Promise<ModelDifference> {
  const [first, second] = await underOneKey(a, b);
  const names = [first, second].map((tables) => new Set(tables.names.map(({ text }) => text))) as [
    Set<string>,
    Set<string>,
  ];
  const only = (of: Set<string>, not: Set<string>) => [...of].filter((text) => !not.has(text)).sort();
  return {
    cells: diffCells(first.cells, second.cells),
    namesOnlyFirst: only(names[0], names[1]),
    namesOnlySecond: only(names[1], names[0]),
  };
}

async function underOneKey(a: string, b: string): Promise<[LearnedTables, LearnedTables, Uint8Array]> {
  const first = await verifyModel(a);
  const second = await verifyModel(b);
  const [key, other] = [first, second].map(({ card }) => Buffer.from(card.key, 'hex')) as [Buffer, Buffer];
  return [first.tables, Rekeying.apply(baselineModel(), second.tables, other, key), key];
}
