import type { LearnedTables } from '../../tuple/learned.js';
import { CellTable, type Kind, pairAt, segmentOf } from '../cells.js';
import { ContextTable } from '../contexts.js';
import { PairTable } from '../pair-table.js';
import { ROLE_FACTOR } from '../roles.js';

/**
 * The same learned state as if it had been learned so many days later. By whole weeks the hours of the week stay what they
 * are. O(cells log cells).
 */
export function shiftDays(tables: LearnedTables, days: number): LearnedTables {
  const known = new PairTable();
  const segments = tables.segments.map(({ segment, host, day }) => {
    known.insert(segment.lo, segment.hi);
    return { segment: segmentOf(host, day + days), host, day: day + days };
  });
  const cells = new CellTable();
  for (let i = 0; i < tables.cells.length; i++) {
    const { kind, segment, context, value, n, s } = tables.cells;
    const at = known.find(segment[2 * i]!, segment[2 * i + 1]!);
    cells.add(kind[i] as Kind, segments[at]!.segment, pairAt(context, i), pairAt(value, i), n[i]!, s[i]!);
  }
  const contexts = new ContextTable();
  for (let i = 0; i < tables.contexts.length; i++) {
    const { context, factor, rung, parent, value } = tables.contexts;
    const day = factor[i] === ROLE_FACTOR ? days : 0;
    contexts.add(pairAt(context, i), factor[i]!, rung[i]! + day, pairAt(parent, i), pairAt(value, i));
  }
  segments.sort((a, b) => a.segment.hi - b.segment.hi || a.segment.lo - b.segment.lo);
  return { cells: cells.sorted(), contexts: contexts.sorted(), segments, names: tables.names };
}
