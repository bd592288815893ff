import { Baseline } from '../baseline/baseline.js';
import { END_LO } from '../baseline/factor/atoms.js';
import { LEVELS } from '../baseline/factor/calibration.js';
import { GROUP_ROW } from '../baseline/factor/freeze.js';
import type { FactorView } from '../baseline/factor/spec.js';
import type { ViewName } from '../baseline/learned-state.js';
import { baselineModel } from '../baseline/model.js';
import { QuinceError } from '../errors/quince-error.js';
import { Explainer } from '../score/explain.js';
import type { Surprisal } from '../score/surprisal.js';
import type { Store } from '../store/store.js';
import { COLUMNS, type Column } from '../tuple/columns.js';
import { type Pair, pairName } from '../tuple/learned.js';
import { formatTime } from '../tuple/time.js';
import { type EventValues, EventVectors } from './event-vector.js';
import { explainParts, type RowPart } from './explain-parts.js';
import type { Explanation, Subject } from './explanation.js';
import { COUNT_KINDS, readBaseline } from './learned-columns.js';
import { loadSnapshot } from './score.js';
import { ScoringSnapshots } from './scoring-snapshots.js';

/** Why a row has the score that it has; its parts sum to its bits. */
export interface RowExplanation extends Explanation {
  readonly kind: 'row';
  readonly event: number;
  /** The run that stored the event, and its position there; another one where stored events were scored again. */
  readonly stored_run: number;
  readonly row: number;
  /** Above what is usual in its calibration group. */
  readonly excess_bits: number | null;
  /** Null when the event has nothing of the five-tuple. */
  readonly five_tuple: null | { readonly bits: number; readonly ln_p: number };
  /** The event's known columns. */
  readonly tuple: Readonly<Record<string, string | number | boolean>>;
  /** The process and its ancestors, nearest first. */
  readonly lineage: readonly { readonly exe: string; readonly args: string | null; readonly user: string | null }[];
  readonly parts: readonly RowPart[];
}

/** How a row can be asked for again: by its place in its run, or by its event where that run stored none. */
export function placeText(e: Pick<RowExplanation, 'run' | 'stored_run' | 'row' | 'event'>): string {
  return e.stored_run === e.run ? `row ${e.row}` : `event ${e.event}`;
}

/** Explains stored scores of one database. Loading costs as much as a freeze without calibration. */
export class RowExplainer {
  private constructor(
    private readonly store: Store,
    private readonly explainer: Explainer,
    private readonly vectors: EventVectors,
    private readonly snapshots: ScoringSnapshots,
    private readonly view: FactorView,
  ) {}

  /** @param name view whose score is explained; `five_tuple` stands beside it in any case */
  static async load(store: Store, name: ViewName = 'fifteen'): Promise<RowExplainer> {
    const model = baselineModel();
    const newest = await loadSnapshot(store);
    const baseline = new Baseline(model, store.hashKey, await readBaseline(store, COUNT_KINDS));
    const view = model.views[name];
    const { tree, roles } = baseline.tree(name);
    const names = new Map((await store.readNames()).map(({ value, text }) => [pairName(value), text]));
    const explainer = new Explainer(view, model.constants, tree, roles, (value) => textOf(value, names));
    const vectors = new EventVectors(store.hashKey, model.constants.hour_zone);
    return new RowExplainer(store, explainer, vectors, new ScoringSnapshots(store, view, newest), view);
  }

  /**
   * @param event global id of a scored event
   * @param run that scored it; without one the newest
   * @throws BAD_ARGUMENT when there is none
   */
  async explain(event: number, run?: number): Promise<RowExplanation> {
    const [tuple, score, five] = await Promise.all([
      this.one('SELECT *, epoch_us(ts) AS ts FROM events WHERE event = ?', event),
      this.scoreOf(event, this.view.dims, run),
      this.scoreOf(event, 5, run),
    ]);
    if (tuple === undefined || score === undefined) {
      throw new QuinceError('BAD_ARGUMENT', `explain requires a scored event, got ${event}`);
    }
    const snapshot = Number(score.snapshot);
    const { surprisal, groups } = await this.snapshots.get(snapshot);
    const group = Number(score.calibration_group ?? -1);
    const grouped = group >= 0 && (group + 1) * GROUP_ROW <= groups.length;
    const row = groups.subarray(group * GROUP_ROW, (group + 1) * GROUP_ROW);
    const bits = Number(score.bits);
    return {
      kind: 'row',
      event,
      run: Number(score.run),
      stored_run: Number(tuple.run),
      row: Number(tuple.row),
      snapshot,
      of: subjectOf(tuple),
      bits,
      ln_p: Number(score.ln_p),
      extrapolated: score.extrapolated === true,
      few: score.few === true,
      excess_bits: grouped ? bits - row[2]! : null,
      ranked: grouped ? { group: LEVELS[row[0]!]!, units: Math.round(row[8]!) } : null,
      five_tuple: five === undefined ? null : { bits: Number(five.bits), ln_p: Number(five.ln_p) },
      tuple: knownColumns(tuple),
      lineage: lineageOf(tuple),
      parts: this.parts(tuple, score, surprisal),
    };
  }

  private async one(sql: string, ...by: number[]): Promise<Record<string, unknown> | undefined> {
    for await (const row of this.store.rows(sql, by)) return row;
    return undefined;
  }

  private scoreOf(event: number, dims: number, run: number | undefined): Promise<Record<string, unknown> | undefined> {
    const sql = 'SELECT * FROM scores WHERE event = ? AND dims = ?';
    if (run === undefined) return this.one(`${sql} ORDER BY run DESC LIMIT 1`, event, dims);
    return this.one(`${sql} AND run = ?`, event, dims, run);
  }

  private parts(tuple: EventValues, score: Record<string, unknown>, surprisal: Surprisal): RowPart[] {
    const vector = this.vectors.read(tuple);
    const each = new Float64Array(this.view.factors.length);
    surprisal.joinRole(vector);
    surprisal.bits(vector, new Float64Array(this.view.by.length), 0, each);
    const by = this.view.by.map((column) => Number(score[`by_${column}`] ?? 0));
    return explainParts(this.view, this.explainer, { tuple, vector, each, by });
  }
}

function textOf(value: Pair, names: ReadonlyMap<string, string>): string {
  if (value.lo === END_LO && value.hi === 0) return '(nothing behind)';
  return names.get(pairName(value)) ?? '(unnamed)';
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

function textIn(tuple: EventValues, name: string): string | null {
  return tuple[name] == null ? null : String(tuple[name]);
}

function subjectOf(tuple: EventValues): Subject {
  const ts = tuple.ts == null ? null : formatTime(BigInt(tuple.ts as bigint));
  return { host: textIn(tuple, 'host'), exe: textIn(tuple, 'exe'), user: textIn(tuple, 'user'), ts };
}

function lineageOf(tuple: EventValues): RowExplanation['lineage'] {
  const text = (name: string) => textIn(tuple, name);
  const above = text('ancestors')?.split('>') ?? (text('parent_exe') === null ? [] : [text('parent_exe')!]);
  return [
    { exe: text('exe') ?? '?', args: text('args'), user: text('user') },
    ...above.map((exe, i) => ({ exe, args: i === 0 ? text('parent_args') : null, user: null })),
  ];
}
