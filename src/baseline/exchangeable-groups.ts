import { H } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';
import { PairTable } from './pair-table.js';

/** How things that were scored are grouped, from fine levels to one that takes all. */
export interface Grouping<T> {
  readonly levels: number;
  /** Leaves the key of an item's group at a level in H; false where the level does not apply to it. */
  readonly key: (level: number, item: T) => boolean;
  /** Scores of an item. */
  readonly units: (item: T) => number;
  /** Scores that a group needs, and that the last one needs not to take every item instead of the rest. */
  readonly least: number;
  readonly leastOfRest: number;
}

export interface ExchangeableGroup<T> {
  readonly level: number;
  readonly key: Pair;
  readonly members: readonly T[];
}

/**
 * Groups by what is exchangeable: the finest level that holds enough units; what is left over of a level joins what is left
 * over of the next, so that a small group borrows from other small ones and never from a big one. The last group takes the
 * rest; when hardly anything is left it takes every item, because a rank among a handful would say nothing. O(items × levels).
 */
export function groupExchangeable<T>(items: readonly T[], grouping: Grouping<T>): ExchangeableGroup<T>[] {
  const { levels, key, units, least, leastOfRest } = grouping;
  const sum = (list: readonly T[]) => list.reduce((total, item) => total + units(item), 0);
  const groups: ExchangeableGroup<T>[] = [];
  let left = items;
  for (let level = 0; level < levels; level++) {
    const last = level === levels - 1;
    if (last && sum(left) < leastOfRest) left = items;
    const keys = new PairTable();
    const lists: T[][] = [];
    const rest: T[] = [];
    for (const item of left) {
      if (!key(level, item)) rest.push(item);
      else {
        const at = keys.insert(H.lo, H.hi);
        if (at === lists.length) lists.push([]);
        lists[at]!.push(item);
      }
    }
    lists.forEach((members, i) => {
      const at = { lo: keys.keyLo[i]!, hi: keys.keyHi[i]! };
      if (last || sum(members) >= least) groups.push({ level, key: at, members });
      else for (const item of members) rest.push(item);
    });
    left = rest;
  }
  return groups;
}
