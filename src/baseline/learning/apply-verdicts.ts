import { H } from '../../tuple/hash.js';
import { type Pair, pairName } from '../../tuple/learned.js';
import { ATOM_NAMES, type AtomVector, HOST_ATOM, ROLE_ATOM } from '../factor/atoms.js';
import { RUNG_GROUPS } from '../factor/build-tree.js';
import { factorValue, Ladder } from '../factor/ladder.js';
import type { Factor, FactorView } from '../factor/spec.js';
import type { CountTree } from '../factor/tree.js';
import type { Roles } from '../roles.js';
import { copyOf, type Standing } from './verdicts.js';

/**
 * Adds what verdicts count for to a tree's decayed counts: on each host of the scope as if the signature had been there
 * `weight` times, then up the ladder as counts climb, to the end of the scope (host: its own contexts alone; role: the
 * role's; everywhere: all). Hosts that lack a context do not get it, but count for one on the role's rung. Undecayed
 * counts, and with them discounts and calibration, stay as they are; of two verdicts on one value the larger counts.
 * O(verdicts × hosts × factors).
 */
export function applyVerdicts(
  tree: CountTree,
  view: FactorView,
  verdicts: readonly Standing[],
  roles: Roles,
  hosts: readonly Pair[],
): void {
  const applied = new Applied(tree, view);
  for (const { row, v } of verdicts) {
    const own = hostOf(v);
    const inScope = (host: Pair) => {
      const role = roles.get(host);
      return row.scope === 'everywhere' || (role !== undefined && same(role, row.role!));
    };
    const others = row.scope === 'host' ? [] : hosts.filter((host) => !same(host, own) && inScope(host));
    for (const host of [own, ...others]) {
      const there = copyOf(v);
      const role = roles.get(host);
      there.set(HOST_ATOM, host.lo, host.hi);
      if (role !== undefined) there.set(ROLE_ATOM, role.lo, role.hi);
      applied.add(there, row.scope, row.weight, same(host, own));
    }
  }
}

/** What names a host means nothing on another. */
const isOfHost = (factor: Factor): boolean => ATOM_NAMES[factor.value]!.startsWith('saddr');

class Applied {
  private readonly ladder = new Ladder();
  /** What was added to a finest cell, and which hosts without the context count on a cell. */
  private readonly added = new Map<number, number>();
  private readonly counted = new Set<string>();

  constructor(
    private readonly tree: CountTree,
    private readonly view: FactorView,
  ) {}

  add(v: AtomVector, scope: Standing['row']['scope'], weight: number, isOwn: boolean): void {
    for (const factor of this.view.factors) {
      if (factor.base === 'hour' || (!isOwn && isOfHost(factor)) || !factorValue(factor, v)) continue;
      const value = { lo: H.lo, hi: H.hi };
      this.ladder.climb(this.view, factor, v);
      const coarsest = coarsestRung(factor, scope);
      const finest = this.ladder.finest;
      if (isOwn || this.tree.contexts.find(this.ladder.lo[finest]!, this.ladder.hi[finest]!) >= 0) {
        const cell = this.tree.cellAt(this.contextOf(factor, v, finest), value);
        const known = this.added.get(cell) ?? 0;
        this.added.set(cell, Math.max(known, weight));
        this.raise(cell, Math.max(0, weight - known), coarsest);
        continue;
      }
      this.addAbsent(factor, v, value, coarsest);
    }
  }

  /** A host that lacks the context: one of the hosts of its role that would have it. */
  private addAbsent(factor: Factor, v: AtomVector, value: Pair, coarsest: number): void {
    const rung = this.ladder.finest - 1;
    if (v.has[ROLE_ATOM] === 0 || this.tree.contexts.find(this.ladder.lo[rung]!, this.ladder.hi[rung]!) < 0) return;
    const cell = this.tree.cellAt(this.contextOf(factor, v, rung), value);
    const name = `${cell} ${pairName(hostOf(v))}`;
    if (this.counted.has(name)) return;
    this.counted.add(name);
    this.raise(cell, 1, coarsest);
  }

  private contextOf(factor: Factor, v: AtomVector, rung: number): number {
    const { ladder, tree } = this;
    let at = -1;
    for (let k = 0; k <= rung; k++) {
      if (factor.rungs[k] === ROLE_ATOM && v.has[ROLE_ATOM] === 0) continue;
      at = tree.contextAt(ladder.lo[k]!, ladder.hi[k]!, factor.id * RUNG_GROUPS + k, at);
    }
    return at;
  }

  private raise(from: number, by: number, coarsest: number): void {
    const { tree } = this;
    let cell = from;
    let step = by;
    while (cell >= 0 && step > 0) {
      const context = tree.context.get(cell);
      if (tree.group.get(context) % RUNG_GROUPS < coarsest) return;
      const before = tree.weight.get(cell);
      tree.weight.add(cell, step);
      if (tree.isNull.get(cell) === 1) tree.acceptedNulls.set(context, 1);
      else {
        tree.weightTotal.add(context, step);
        tree.accepted.add(context, step);
      }
      step = Math.min(1, before + step) - Math.min(1, before);
      cell = tree.parentCell.get(cell);
    }
  }
}

/** The last rung on the way up that a scope reaches. */
function coarsestRung({ rungs }: Factor, scope: Standing['row']['scope']): number {
  if (scope === 'everywhere') return 0;
  return rungs.indexOf(scope === 'role' ? ROLE_ATOM : HOST_ATOM);
}

function hostOf(v: AtomVector): Pair {
  return { lo: v.lo[HOST_ATOM]!, hi: v.hi[HOST_ATOM]! };
}

function same(a: Pair, b: Pair): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}
