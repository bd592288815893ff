import { H } from '../../tuple/hash.js';
import type { Pair } from '../../tuple/learned.js';
import { EPHEMERAL_VALUE } from '../../tuple/ports.js';
import { PairTable } from '../pair-table.js';
import { END_LO, NULL_LO, SAME_LO } from './atoms.js';
import { HOURS_A_WEEK } from './hours.js';
import { hourHash, portHash } from './values.js';

let fixed: PairTable | undefined;

/** Values that are the same under every key: nulls, ends of paths, "the program's own name", ports, hours of the week. */
export function isFixedValue({ lo, hi }: Pair): boolean {
  fixed ??= allFixed();
  return fixed.find(lo, hi) >= 0;
}

function allFixed(): PairTable {
  const values = new PairTable(EPHEMERAL_VALUE);
  for (const word of [NULL_LO, END_LO, SAME_LO]) values.insert(word, 0);
  for (let port = 0; port <= EPHEMERAL_VALUE; port++) {
    portHash(port);
    values.insert(H.lo, H.hi);
  }
  for (let hour = 0; hour < HOURS_A_WEEK; hour++) {
    hourHash(hour);
    values.insert(H.lo, H.hi);
  }
  return values;
}
