import { H, mix } from '../../tuple/hash.js';
import { PairTable } from '../pair-table.js';
import type { SignatureTable } from './signatures.js';

/** A presence: which signature (position in the signature table), which process instance. */
export interface Presence {
  readonly signature: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * One open hour as a set of presences. Of each signature it keeps the cap + 1 process instances with the smallest hashes
 * and counts `cap`: which are kept does not depend on order or split, and leaving one out shows exactly which one takes
 * its place.
 */
export class OpenHour {
  private readonly positions = new PairTable();
  private readonly signature: number[] = [];
  /** Kept process instances by position, ascending by (hi, lo): pairs. */
  private readonly kept: number[][] = [];

  constructor(private readonly cap: number) {}

  add(signatures: SignatureTable, signature: number, lo: number, hi: number): void {
    mix(signatures.keys.keyLo[signature]!, signatures.keys.keyHi[signature]!, 0, 0);
    const at = this.positions.insert(H.lo, H.hi);
    if (at === this.kept.length) {
      this.kept.push([]);
      this.signature.push(signature);
    }
    keepSmallest(this.kept[at]!, lo, hi, this.cap + 1);
  }

  /** All presences still kept, and whether each counts (is not the one in reserve). */
  *entries(): Generator<Presence & { counts: boolean }> {
    for (let i = 0; i < this.kept.length; i++) {
      const kept = this.kept[i]!;
      for (let k = 0; k < kept.length; k += 2) {
        yield { signature: this.signature[i]!, lo: kept[k]!, hi: kept[k + 1]!, counts: k < 2 * this.cap };
      }
    }
  }
}

/** Keeps the `most` smallest of 64-bit values, each once, as pairs ascending by (hi, lo). */
export function keepSmallest(kept: number[], lo: number, hi: number, most: number): void {
  let at = kept.length;
  while (at > 0 && (kept[at - 1]! > hi || (kept[at - 1] === hi && kept[at - 2]! > lo))) at -= 2;
  if (at > 0 && kept[at - 1] === hi && kept[at - 2] === lo) return;
  kept.splice(at, 0, lo, hi);
  kept.length = Math.min(kept.length, 2 * most);
}
