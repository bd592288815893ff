import { factorCode, SIGNATURE_FACTOR } from '../baseline/contexts.js';
import { atom, HOST_ATOM } from '../baseline/factor/atoms.js';
import { factorModel } from '../baseline/factor/spec.js';
import type { Store } from '../store/store.js';
import type { ColumnName } from '../tuple/columns.js';

/** What the learned events told of themselves, and what they did not. */
export interface LearnedDimensions {
  /** Columns that no learned event knew. */
  readonly never: readonly ColumnName[];
  /** Columns that every learned event knew, when there are at least `null_min_known` signatures. */
  readonly always: readonly ColumnName[];
}

/** Columns by which kinds of sources differ, and the atom that tells whether a column is known. */
const ATOMS: readonly (readonly [ColumnName, number])[] = [
  ...(['parent_exe', 'exe', 'comm', 'user', 'proto', 'dport', 'sport'] as const).map(
    (name) => [name, atom(name)] as const,
  ),
  ...(['saddr', 'daddr', 'path'] as const).map((name) => [name, atom(`${name}/0`)] as const),
];

/** Counts the signatures of the fifteen dimensions that know each column. One pass over the contexts. */
export async function learnedDimensions(store: Store): Promise<LearnedDimensions> {
  const known = new Map<number, number>();
  const sql = 'SELECT rung, count(*)::DOUBLE AS n FROM contexts WHERE factor = ? GROUP BY rung';
  for await (const { rung, n } of store.rows(sql, [factorCode(15, SIGNATURE_FACTOR)])) {
    known.set(Number(rung), Number(n));
  }
  // Nothing is learned of an event without a host.
  const all = known.get(HOST_ATOM) ?? 0;
  const count = ([, a]: (typeof ATOMS)[number]) => known.get(a) ?? 0;
  const enough = all >= factorModel().constants.null_min_known;
  return {
    never: ATOMS.filter((entry) => count(entry) === 0).map(([name]) => name),
    always: enough ? ATOMS.filter((entry) => count(entry) === all).map(([name]) => name) : [],
  };
}
