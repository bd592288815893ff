import { AtomVector } from '../baseline/factor/atoms.js';
import { NO_VALUE_SEEN } from '../baseline/factor/freeze.js';
import { Ladder } from '../baseline/factor/ladder.js';
import type { FactorView } from '../baseline/factor/spec.js';
import { FlatTable } from '../baseline/flat-table.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { COLUMNS, type ColumnName } from '../tuple/columns.js';

/** What the events that a snapshot learned told of themselves, and what they did not. */
export interface LearnedDimensions {
  /** Columns that no learned event knew. */
  readonly never: readonly ColumnName[];
  /** Columns that every learned event knew, at least `null_min_known` of them. */
  readonly always: readonly ColumnName[];
}

/** Asks the rung without a key of each factor that has one. O(factors). */
export function learnedDimensions(view: FactorView, snapshot: Snapshot): LearnedDimensions {
  const keys = snapshot.array(`${view.name}.ctx.keys`, 'u32');
  const contexts = new FlatTable(keys, snapshot.array(`${view.name}.ctx.a`, 'f64'));
  const nulls = snapshot.array(`${view.name}.ctx.null`, 'f64');
  const ladder = new Ladder();
  const nothing = new AtomVector();
  const never: ColumnName[] = [];
  const always: ColumnName[] = [];
  for (const factor of view.factors) {
    const column = COLUMNS.find(({ name }) => name === (VALUE_COLUMNS[factor.name] ?? factor.name))?.name;
    if (column === undefined || factor.step > 0 || factor.rungs[0] !== -1) continue;
    ladder.climb(view, factor, nothing);
    const slot = contexts.find(ladder.lo[0]!, ladder.hi[0]!);
    const bits = slot < 0 ? NO_VALUE_SEEN : nulls[slot]!;
    if (bits === NO_VALUE_SEEN) never.push(column);
    else if (bits > 0) always.push(column);
  }
  return { never, always };
}

/** Columns of factors that are not called like theirs. */
const VALUE_COLUMNS: Readonly<Record<string, string>> = { parent: 'parent_exe' };
