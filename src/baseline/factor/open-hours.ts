import { H, mix } from '../../tuple/hash.js';
import { PairTable } from '../pair-table.js';
import { type AtomVector, atom } from './atoms.js';
import type { SignatureTable } from './signatures.js';

/** A presence: which signature (position in the signature table), which process instance. */
export interface Presence {
  readonly signature: number;
  readonly lo: number;
  readonly hi: number;
  readonly bucket: number;
}

const BUCKET_ATOMS = {
  proc: [atom('host'), atom('exe'), atom('user'), atom('parent_exe')],
  // Of five-tuples each source address is a bucket of its own: there is nothing to cap.
  saddr: [atom('host'), atom('saddr')],
};

/**
 * One open hour as a set of presences. Of each (host, exe, user, parent_exe) it keeps the cap + 1 process instances
 * with the smallest hashes and counts `cap`: which are kept does not depend on order or split, and leaving one out
 * shows exactly which one takes its place.
 */
export class OpenHour {
  private readonly presences = new PairTable();
  private readonly signature: number[] = [];
  private readonly proc: number[] = [];
  private readonly bucketOf: number[] = [];
  private readonly buckets = new PairTable();
  /** Kept process instances by bucket, ascending by (hi, lo): pairs. */
  private readonly kept: number[][] = [];

  constructor(
    private readonly cap: number,
    private readonly unit: 'proc' | 'saddr',
  ) {}

  add(signatures: SignatureTable, signature: number, v: AtomVector, lo: number, hi: number): void {
    bucketKey(v, this.unit);
    const before = this.buckets.size;
    const bucket = this.buckets.insert(H.lo, H.hi);
    if (bucket === before) this.kept.push([]);
    if (!this.keep(bucket, lo, hi)) return;
    mix(signatures.keys.keyLo[signature]!, signatures.keys.keyHi[signature]!, lo, hi);
    const known = this.presences.size;
    if (this.presences.insert(H.lo, H.hi) < known) return;
    this.signature.push(signature);
    this.proc.push(lo, hi);
    this.bucketOf.push(bucket);
  }

  /** Rank of a process instance in its bucket, or −1 when it is not kept. */
  private rank(bucket: number, lo: number, hi: number): number {
    const kept = this.kept[bucket]!;
    for (let i = 0; i < kept.length; i += 2) if (kept[i] === lo && kept[i + 1] === hi) return i / 2;
    return -1;
  }

  private keep(bucket: number, lo: number, hi: number): boolean {
    const kept = this.kept[bucket]!;
    if (this.rank(bucket, lo, hi) >= 0) return true;
    let at = kept.length;
    while (at > 0 && (kept[at - 1]! > hi || (kept[at - 1] === hi && kept[at - 2]! > lo))) at -= 2;
    if (at >= 2 * (this.cap + 1)) return false;
    kept.splice(at, 0, lo, hi);
    kept.length = Math.min(kept.length, 2 * (this.cap + 1));
    return true;
  }

  /** All presences still kept, and whether each counts (is not the one in reserve). */
  *entries(): Generator<Presence & { counts: boolean }> {
    for (let i = 0; i < this.signature.length; i++) {
      const bucket = this.bucketOf[i]!;
      const lo = this.proc[2 * i]!;
      const hi = this.proc[2 * i + 1]!;
      const rank = this.rank(bucket, lo, hi);
      if (rank >= 0) yield { signature: this.signature[i]!, lo, hi, bucket, counts: rank < this.cap };
    }
  }
}

/** Leaves in H the key of the bucket: (host, exe, user, parent_exe), or of five-tuples (host, saddr). */
export function bucketKey(v: AtomVector, unit: 'proc' | 'saddr'): void {
  let lo = 0x62756b74;
  let hi = 0;
  for (const a of BUCKET_ATOMS[unit]) {
    mix(lo, hi, v.lo[a]!, v.hi[a]!);
    lo = H.lo;
    hi = H.hi;
  }
  H.lo = lo;
  H.hi = hi;
}
