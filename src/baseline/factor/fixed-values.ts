import { H } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { EPHEMERAL_VALUE } from '../../tuple/ports.js';
import { PairTable } from '../pair-table.js';
import { END_LO, NULL_LO, portText, SAME_LO, SAME_NAME } from './atoms.js';
import { HOURS_A_WEEK } from './hours.js';
import { hourHash, portHash } from './values.js';

interface Fixed {
  readonly values: PairTable;
  readonly texts: readonly (string | undefined)[];
}
let fixed: Fixed | undefined;

/** Values that are the same under every key: nulls, ends of paths, "the program's own name", ports, hours of the week. */
export function isFixedValue({ lo, hi }: Pair): boolean {
  fixed ??= allFixed();
  return fixed.values.find(lo, hi) >= 0;
}

/** The name that such a value has; undefined for those that never have one. */
export function fixedText({ lo, hi }: Pair): string | undefined {
  fixed ??= allFixed();
  return fixed.texts[fixed.values.find(lo, hi)];
}

function allFixed(): Fixed {
  const values = new PairTable(EPHEMERAL_VALUE);
  const texts: (string | undefined)[] = [];
  const add = (lo: number, hi: number, text?: string) => {
    texts[values.insert(lo, hi)] = text;
  };
  for (const word of [NULL_LO, END_LO]) add(word, 0);
  add(SAME_LO, 0, SAME_NAME);
  for (let port = 0; port <= EPHEMERAL_VALUE; port++) {
    portHash(port);
    add(H.lo, H.hi, portText(port));
  }
  for (let hour = 0; hour < HOURS_A_WEEK; hour++) {
    hourHash(hour);
    add(H.lo, H.hi);
  }
  return { values, texts };
}
