import { krichevskyTrofimov } from '../../stats/krichevsky-trofimov.js';
import { backOff, ownShare } from '../../stats/pitman-yor.js';
import type { Pair } from '../../tuple/learned.js';
import { FlatTable } from '../flat-table.js';
import type { OwnGroup } from '../learning/held-units.js';
import { ROLE_ORIGINS, type Roles } from '../roles.js';
import type { SectionArray } from '../snapshot.js';
import { RUNG_GROUPS, type Spans } from './build-tree.js';
import type { CalibrationGroup } from './calibration.js';
import { smoothHours } from './hours.js';
import type { KindWeight } from './presences.js';
import type { Constants, FactorView } from './spec.js';
import type { CountTree } from './tree.js';

/**
 * Everything that is not linear, worked out once: P_k(x) = c(context, x) + a(context) · P_{k−1}(x), so that a look-up
 * is one addition and one multiplication. Sections, each prefixed by the view's name:
 *   ctx.keys, ctx.a, ctx.null   by context: share that goes to the coarser rung, bits of a null (0: none, below 0: ask a coarser one)
 *   cell.keys, cell.c           by (context, value): the value's own share
 * Without spans the hour of the week stays silent: leaving out has no calibration for it.
 */
export function freezeCounts(
  view: FactorView,
  tree: CountTree,
  spans: Spans | undefined,
  constants: Constants,
  sections: Map<string, SectionArray>,
): { contexts: number; cells: number } {
  const { theta } = constants;
  const discounts = new Float64Array(tree.contexts.size);
  const freed = new Float64Array(tree.contexts.size);
  const isHour = (context: number) => view.factors[Math.floor(tree.group.get(context) / RUNG_GROUPS)]!.base === 'hour';
  for (let c = 0; c < tree.contexts.size; c++) discounts[c] = tree.discountOf(c, constants);
  const own: { lo: number; hi: number; c: number }[] = [];
  for (let i = 0; i < tree.cells.size; i++) {
    const context = tree.context.get(i);
    if (tree.isNull.get(i) === 1 || isHour(context)) continue;
    const weight = tree.weight.get(i);
    freed[context]! += Math.min(weight, discounts[context]!);
    const c = ownShare(weight, tree.weightTotal.get(context), discounts[context]!, theta);
    if (c > 0) own.push({ lo: tree.cells.keyLo[i]!, hi: tree.cells.keyHi[i]!, c });
  }
  const spoken: { lo: number; hi: number; a: number; nullBits: number }[] = [];
  for (let c = 0; c < tree.contexts.size; c++) {
    if (isHour(c)) continue;
    const total = tree.weightTotal.get(c);
    // Whole counts decide what is known: decayed weights may sum to less than is discounted, or leave a rounding error.
    if (tree.total.get(c) + tree.accepted.get(c) <= 0 && tree.nulls.get(c) <= 0) continue;
    const a = total > 0 ? backOff(total, freed[c]!, theta) : 1;
    spoken.push({
      lo: tree.contexts.keyLo[c]!,
      hi: tree.contexts.keyHi[c]!,
      a,
      nullBits: nullBits(tree, c, constants),
    });
  }
  if (spans !== undefined) smoothHours(view, tree, spans, constants, own, spoken);
  const contexts = FlatTable.build(
    spoken.length,
    (i) => spoken[i]!,
    (i) => spoken[i]!.a,
  );
  const cells = FlatTable.build(
    own.length,
    (i) => own[i]!,
    (i) => own[i]!.c,
  );
  const nulls = new Float64Array(contexts.values.length);
  for (const s of spoken) nulls[contexts.find(s.lo, s.hi)] = s.nullBits;
  sections.set(`${view.name}.ctx.keys`, contexts.keys);
  sections.set(`${view.name}.ctx.a`, contexts.values);
  sections.set(`${view.name}.ctx.null`, nulls);
  sections.set(`${view.name}.cell.keys`, cells.keys);
  sections.set(`${view.name}.cell.c`, cells.values);
  return { contexts: spoken.length, cells: own.length };
}

/** In ctx.null: too few values known for a null to tell anything, and not a single one. */
const TOO_FEW_KNOWN = -1;
export const NO_VALUE_SEEN = -2;

/**
 * Bits of a null in a context that has known at least `null_min_known` values and never a null; negative in a context
 * with too few, where the next coarser one decides; 0 where nulls occur.
 */
function nullBits(tree: CountTree, context: number, constants: Constants): number {
  const total = tree.total.get(context);
  if (tree.acceptedNulls.get(context) > 0) return 0;
  if (total <= 0 && tree.accepted.get(context) <= 0) return NO_VALUE_SEEN;
  if (total < constants.null_min_known) return TOO_FEW_KNOWN;
  return tree.nulls.get(context) > 0 ? 0 : -Math.log2(krichevskyTrofimov(0, total));
}

/**
 * Calibration groups as sections: group.keys and group.row (a table from key to row), and by row level, total weight,
 * mean, tail (u, ln share, mean excess; 0 0 0 for none), first and count of its bins in group.bins (Σ weight at or
 * above), units. Behind the groups come those of held signatures without their own units, found by held.keys and held.row,
 * and those of hosts that were left out, by fresh.keys and fresh.row.
 */
export function freezeGroups(
  view: FactorView,
  found: readonly CalibrationGroup[],
  sections: Map<string, SectionArray>,
  own: readonly OwnGroup[] = [],
  fresh: readonly CalibrationGroup[] = [],
): void {
  const table = FlatTable.build(
    found.length,
    (i) => found[i]!,
    (i) => i,
  );
  const held = FlatTable.build(
    own.length,
    (i) => own[i]!.key,
    (i) => found.length + i,
  );
  const left = FlatTable.build(
    fresh.length,
    (i) => fresh[i]!,
    (i) => found.length + own.length + i,
  );
  const groups = [...found, ...own.map(({ group }) => group), ...fresh];
  const bins = new Float64Array(groups.reduce((n, g) => n + g.atLeast.length, 0));
  const rows = new Float64Array(groups.length * GROUP_ROW);
  let at = 0;
  groups.forEach((g, i) => {
    bins.set(g.atLeast, at);
    const { u, lnShare, meanExcess } = g.tail ?? { u: 0, lnShare: 0, meanExcess: 0 };
    const bounds = [at, g.atLeast.length, g.units];
    rows.set([g.level, g.total, g.meanBits, u, lnShare, meanExcess, ...bounds], i * GROUP_ROW);
    at += g.atLeast.length;
  });
  sections.set(`${view.name}.group.keys`, table.keys);
  sections.set(`${view.name}.group.row`, table.values);
  sections.set(`${view.name}.held.keys`, held.keys);
  sections.set(`${view.name}.held.row`, held.values);
  // Leaving out does not speak of the hour of the week.
  const hour = view.factors.find((factor) => factor.base === 'hour')?.bit;
  sections.set(`${view.name}.fresh.mask`, Uint32Array.of(hour === undefined ? -1 : ~(1 << hour)));
  sections.set(`${view.name}.fresh.keys`, left.keys);
  sections.set(`${view.name}.fresh.row`, left.values);
  sections.set(`${view.name}.group.rows`, rows);
  sections.set(`${view.name}.group.bins`, bins);
}

/** Numbers in a row of `group.rows`. */
export const GROUP_ROW = 9;

/** Kinds of processes that weigh more than 1, as a table: kind.keys, kind.weight. */
export function freezeKinds(view: FactorView, kinds: readonly KindWeight[], sections: Map<string, SectionArray>): void {
  const table = FlatTable.build(
    kinds.length,
    (i) => kinds[i]!,
    (i) => kinds[i]!.weight,
  );
  sections.set(`${view.name}.kind.keys`, table.keys);
  sections.set(`${view.name}.kind.weight`, table.values);
}

/** Hosts that were learned, as a table without values: host.keys, host.row. */
export function freezeHosts(hosts: readonly Pair[], sections: Map<string, SectionArray>): void {
  const table = FlatTable.build(
    hosts.length,
    (i) => hosts[i]!,
    () => 1,
  );
  sections.set('host.keys', table.keys);
  sections.set('host.row', table.values);
}

/** Roles of hosts: role.keys (by host), role.values (pairs) and role.origin (positions in ROLE_ORIGINS). */
export function freezeRoles(roles: Roles, sections: Map<string, SectionArray>): void {
  const entries = roles.entries();
  const table = FlatTable.build(
    entries.length,
    (i) => entries[i]!.host,
    (i) => i,
  );
  sections.set('role.keys', table.keys);
  sections.set('role.row', table.values);
  sections.set('role.values', Uint32Array.from(entries.flatMap((e) => [e.role.lo, e.role.hi])));
  sections.set(
    'role.origin',
    Uint32Array.from(entries, (e) => ROLE_ORIGINS.indexOf(e.origin)),
  );
}
