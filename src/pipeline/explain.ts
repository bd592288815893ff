import { Baseline, type ViewName } from '../baseline/baseline.js';
import { END_LO } from '../baseline/factor/atoms.js';
import { LEVELS } from '../baseline/factor/calibration.js';
import { GROUP_ROW } from '../baseline/factor/freeze.js';
import type { FactorView } from '../baseline/factor/spec.js';
import { baselineModel } from '../baseline/model.js';
import { QuinceError } from '../errors/quince-error.js';
import { Explainer, type PartContext } from '../score/explain.js';
import type { Store } from '../store/store.js';
import { COLUMNS, type Column } from '../tuple/columns.js';
import type { Pair } from '../tuple/learned.js';
import { formatTime } from '../tuple/time.js';
import { type EventValues, EventVectors } from './event-vector.js';
import { readBaseline } from './learned-columns.js';
import { loadSnapshot } from './score.js';

/** What one column added to a score, and what was typical where it was judged. */
export interface Part {
  readonly column: string;
  readonly bits: number;
  /** The event's own value, null when unknown. */
  readonly was: string | null;
  readonly context: null | {
    readonly given: readonly string[];
    /** What is counted: presences of the finest context, or the contexts within a coarser one. */
    readonly counts: 'presences' | 'contexts';
    readonly seen: number;
    readonly distinct: number;
    readonly own: number;
    readonly typical: readonly { value: string; count: number; share: number }[];
  };
}

/** Why a row has the score that it has; the one form for JSON, terminal and tests. */
export interface Explanation {
  readonly event: number;
  readonly run: number;
  readonly row: number;
  readonly ts: string | null;
  readonly bits: number;
  readonly ln_p: number;
  readonly extrapolated: boolean;
  readonly few: boolean;
  /** Above what is usual in its calibration group. */
  readonly excess_bits: number | null;
  readonly calibration: null | { readonly group: string; readonly units: number };
  /** Null when the event has nothing of the five-tuple. */
  readonly five_tuple: null | { readonly bits: number; readonly ln_p: number };
  /** The event's known columns. */
  readonly tuple: Readonly<Record<string, string | number | boolean>>;
  /** The process and its ancestors, nearest first. */
  readonly lineage: readonly { readonly exe: string; readonly args: string | null; readonly user: string | null }[];
  /** Largest first; the bits sum to `bits`. */
  readonly parts: readonly Part[];
}

/** Explains stored scores of one database. Loading costs as much as a freeze without calibration. */
export class RowExplainer {
  private constructor(
    private readonly store: Store,
    private readonly explainer: Explainer,
    private readonly vectors: EventVectors,
    private readonly groups: Float64Array,
    private readonly view: FactorView,
  ) {}

  /** @param name view whose score is explained; `five_tuple` stands beside it in any case */
  static async load(store: Store, name: ViewName = 'fifteen'): Promise<RowExplainer> {
    const model = baselineModel();
    const { snapshot } = await loadSnapshot(store);
    const baseline = new Baseline(model, store.hashKey, await readBaseline(store));
    const view = model.views[name];
    const { tree, roles } = baseline.tree(name);
    const names = new Map((await store.readNames()).map(({ value, text }) => [nameKey(value), text]));
    const explainer = new Explainer(view, tree, roles, (value) => textOf(value, names));
    const vectors = new EventVectors(store.hashKey, model.constants.hour_zone);
    const groups = snapshot.array(`${name}.group.rows`, 'f64');
    return new RowExplainer(store, explainer, vectors, groups, view);
  }

  /** @param event global id of a scored event. Throws BAD_ARGUMENT when there is none. */
  async explain(event: number): Promise<Explanation> {
    const [tuple, score, five] = await Promise.all([
      this.one('SELECT *, epoch_us(ts) AS ts FROM events WHERE event = ?', event),
      this.one(`SELECT * FROM scores WHERE event = ? AND dims = ${this.view.dims}`, event),
      this.one('SELECT * FROM scores WHERE event = ? AND dims = 5', event),
    ]);
    if (tuple === undefined || score === undefined) {
      throw new QuinceError('BAD_ARGUMENT', `explain requires a scored event, got ${event}`);
    }
    const group = Number(score.calibration_group ?? -1);
    const grouped = group >= 0 && (group + 1) * GROUP_ROW <= this.groups.length;
    const row = this.groups.subarray(group * GROUP_ROW, (group + 1) * GROUP_ROW);
    const bits = Number(score.bits);
    return {
      event,
      run: Number(tuple.run),
      row: Number(tuple.row),
      ts: tuple.ts == null ? null : formatTime(BigInt(tuple.ts as bigint)),
      bits,
      ln_p: Number(score.ln_p),
      extrapolated: score.extrapolated === true,
      few: score.few === true,
      excess_bits: grouped ? bits - row[2]! : null,
      calibration: grouped ? { group: LEVELS[row[0]!]!, units: Math.round(row[8]!) } : null,
      five_tuple: five === undefined ? null : { bits: Number(five.bits), ln_p: Number(five.ln_p) },
      tuple: knownColumns(tuple),
      lineage: lineageOf(tuple),
      parts: this.parts(tuple, score),
    };
  }

  private async one(sql: string, event: number): Promise<Record<string, unknown> | undefined> {
    for await (const row of this.store.rows(sql, [event])) return row;
    return undefined;
  }

  private parts(tuple: EventValues, score: Record<string, unknown>): Part[] {
    const { by } = this.view;
    const contexts = this.explainer.contexts(this.vectors.read(tuple));
    return by
      .map((column, i) => ({
        column,
        bits: Number(score[`by_${column}`] ?? 0),
        was: shown(tuple, column),
        context: contexts[i] === undefined ? null : contextOf(column, contexts[i]),
      }))
      .filter((part) => part.bits !== 0)
      .sort((a, b) => b.bits - a.bits);
  }
}

function contextOf(column: string, context: PartContext): Part['context'] {
  const { given, counts, seen, distinct, own } = context;
  const isAddress = column === 'saddr' || column === 'daddr';
  const typical = context.typical.map(({ text, count, share }) => {
    return { value: isAddress ? networkText(text) : text, count, share };
  });
  return { given, counts, seen, distinct, own, typical };
}

/** "127." is the network 127.0.0.0/8; other texts stay. */
function networkText(prefix: string): string {
  const bytes = /^(?:\d{1,3}\.){1,3}$/.test(prefix) ? prefix.slice(0, -1).split('.') : [];
  if (bytes.length === 0) return prefix;
  return `${[...bytes, '0', '0', '0'].slice(0, 4).join('.')}/${8 * bytes.length}`;
}

function textOf(value: Pair, names: ReadonlyMap<string, string>): string {
  if (value.lo === END_LO && value.hi === 0) return '(nothing behind)';
  return names.get(nameKey(value)) ?? '(unnamed)';
}

function nameKey({ lo, hi }: Pair): string {
  return `${hi}:${lo}`;
}

/** The event's own text for a column of `by`; lineage stands for `ppid`. */
function shown(tuple: EventValues, column: string): string | null {
  const value = column === 'ppid' ? (tuple.ancestors ?? tuple.parent_exe) : tuple[column];
  return value === null || value === undefined ? null : String(value);
}

function knownColumns(tuple: EventValues): Record<string, string | number | boolean> {
  const known: Record<string, string | number | boolean> = {};
  for (const { name, type } of COLUMNS as readonly Column[]) {
    const value = tuple[name];
    if (value === null || value === undefined || type === 'ts') continue;
    known[name] = typeof value === 'bigint' ? value.toString() : (value as string | number | boolean);
  }
  return known;
}

function lineageOf(tuple: EventValues): Explanation['lineage'] {
  const text = (name: string) => (tuple[name] == null ? null : String(tuple[name]));
  const above = text('ancestors')?.split('>') ?? (text('parent_exe') === null ? [] : [text('parent_exe')!]);
  return [
    { exe: text('exe') ?? '?', args: text('args'), user: text('user') },
    ...above.map((exe, i) => ({ exe, args: i === 0 ? text('parent_args') : null, user: null })),
  ];
}
