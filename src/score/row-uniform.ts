import { H, mix } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';

/**
 * The u of a randomised p, in [0, 1): a hash of what is scored, so that who scores it again, or on another worker, gets the
 * same. What is scored is named by keyed hashes, so nobody outside can choose his u. O(1).
 *
 * @param what the signature, or the subject of a minute
 * @param who the process instance; of a minute {lo: minute, hi: 0}
 */
export function rowUniform(what: Pair, who: Pair): number {
  mix(what.lo, what.hi, who.lo, who.hi);
  return H.hi / 2 ** 32;
}
