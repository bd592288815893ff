import { halfLifeWeight } from '../../stats/half-life.js';
import { H } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import { type ContextTable, factorCode } from '../contexts.js';
import { Column, PairTable } from '../pair-table.js';
import type { Roles } from '../roles.js';
import type { SegmentDays } from '../segments.js';
import { HOST_ATOM, ROLE_ATOM } from './atoms.js';
import { roleKey } from './ladder.js';
import type { Constants, FactorView } from './spec.js';
import { CountTree } from './tree.js';

/** First and last day of each context, for what must span some days before it speaks. */
export interface Spans {
  readonly first: Column;
  readonly last: Column;
}

export const RUNG_GROUPS = 8;

/**
 * Sums the finest cells over their segments and climbs: a tree with all rungs, decayed and undecayed. O(cells × rungs).
 *
 * @param asOf day (since 1970) that ages are counted from
 */
export function buildTree(
  view: FactorView,
  parts: readonly CellColumns[],
  contexts: ContextTable,
  dayOf: SegmentDays,
  roles: Roles,
  asOf: number,
  constants: Constants,
): { tree: CountTree; spans: Spans } {
  const tree = new CountTree();
  const finest = new Finest(view, contexts, roles, tree);
  const spans: Spans = { first: new Column(), last: new Column() };
  const isHour = (group: number) => view.factors[Math.floor(group / RUNG_GROUPS)]!.base === 'hour';
  const kind = view.dims === 15 ? KIND.factor15 : KIND.factor5;
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== kind) continue;
      const context = finest.context(pairAt(cells.context, i));
      if (context < 0) continue;
      const day = dayOf(pairAt(cells.segment, i));
      const cell = tree.cellAt(context, pairAt(cells.value, i));
      tree.change(cell, cells.n[i]!);
      tree.weight.add(cell, cells.n[i]! * halfLifeWeight(asOf - day, constants.half_life_days));
      if (isHour(tree.group.get(context))) widenSpan(tree, spans, context, day);
    }
  }
  climbWeights(tree);
  return { tree, spans };
}

function widenSpan(tree: CountTree, spans: Spans, finest: number, day: number): void {
  for (let c = finest; c >= 0; c = tree.parent.get(c)) {
    const first = spans.first.get(c);
    if (first === 0 || day < first) spans.first.set(c, day);
    if (day > spans.last.get(c)) spans.last.set(c, day);
  }
}

/** Decayed counts of the coarser rungs: each child context gives at most one. */
function climbWeights(tree: CountTree): void {
  const byRung: number[][] = Array.from({ length: RUNG_GROUPS }, () => []);
  for (let cell = 0; cell < tree.cells.size; cell++) {
    byRung[tree.group.get(tree.context.get(cell)) % RUNG_GROUPS]!.push(cell);
  }
  for (let rung = RUNG_GROUPS - 1; rung >= 0; rung--) {
    for (const cell of byRung[rung]!) {
      const weight = tree.weight.get(cell);
      const parent = tree.parentCell.get(cell);
      if (parent >= 0) tree.weight.add(parent, Math.min(1, weight));
      if (tree.isNull.get(cell) === 0) tree.weightTotal.add(tree.context.get(cell), weight);
    }
  }
}

/** Finds a finest context in the tree, building its ladder from the stored contexts when it is first met. */
class Finest {
  private readonly rows = new PairTable();
  private readonly rowOf: number[] = [];
  private readonly rungsOf = new Map<number, readonly number[]>();

  constructor(
    view: FactorView,
    private readonly contexts: ContextTable,
    private readonly roles: Roles,
    private readonly tree: CountTree,
  ) {
    for (const factor of view.factors) this.rungsOf.set(factorCode(view.dims, factor.id), factor.rungs);
    for (let i = 0; i < contexts.size; i++) {
      const rungs = this.rungsOf.get(contexts.factor(i));
      if (rungs === undefined || contexts.rung(i) !== rungs.length - 1) continue;
      const { lo, hi } = contexts.context(i);
      if (this.rows.insert(lo, hi) === this.rowOf.length) this.rowOf.push(i);
    }
  }

  context(key: Pair): number {
    const known = this.tree.contexts.find(key.lo, key.hi);
    if (known >= 0) return known;
    const position = this.rows.find(key.lo, key.hi);
    return position < 0 ? -1 : this.build(this.rowOf[position]!);
  }

  private build(row: number): number {
    const { contexts, tree } = this;
    const code = contexts.factor(row);
    const rung = contexts.rung(row);
    const rungs = this.rungsOf.get(code)!;
    const { lo, hi } = contexts.context(row);
    const group = (code % 100) * RUNG_GROUPS;
    if (rung === 0) return tree.contextAt(lo, hi, group, -1);
    const above = contexts.parent(row);
    const aboveRung = rungs[rung - 1] === ROLE_ATOM ? rung - 2 : rung - 1;
    let parent = tree.contexts.find(above.lo, above.hi);
    if (parent < 0) parent = this.build(contexts.find(above.lo, above.hi, code, aboveRung));
    const role = rungs[rung] === HOST_ATOM && aboveRung < rung - 1 ? this.roles.get(contexts.value(row)) : undefined;
    if (role !== undefined) {
      roleKey(above.lo, above.hi, role.lo, role.hi);
      parent = tree.contextAt(H.lo, H.hi, group + rung - 1, parent);
    }
    return tree.contextAt(lo, hi, group + rung, parent);
  }
}
