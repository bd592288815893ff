import type { Pair } from '../../tuple/learned.js';
import { PairTable } from '../pair-table.js';
import { Beats } from './beats.js';
import type { PairParts } from './pair.js';
import type { RhythmConstants } from './spec.js';

/** A pair and when it was heard. */
export interface HeardPair {
  readonly key: Pair;
  readonly parts: PairParts;
  readonly beats: Beats;
}

/**
 * The beats of at most `2 × pairs_kept` pairs, each its newest `beats_kept`. When there are more, those that tell least go: the
 * fewest beats first, then the longest silent, then by key. While no pair has to go the state is a set, whatever the order.
 * Memory: 10 KiB for a full pair, about half a KiB for one of few beats.
 *
 * @typeParam T what the owner keeps beside each pair
 */
export class PairBeats<T> {
  private keys = new PairTable();
  private rows: (HeardPair & T)[] = [];
  /** Pairs that went because there were too many; one that came back and went again counts twice. */
  shed = 0;

  constructor(
    private readonly constants: RhythmConstants,
    private readonly make: () => T,
  ) {}

  /** All pairs, in the order of their keys. */
  all(): (HeardPair & T)[] {
    return [...this.rows].sort((a, b) => a.key.hi - b.key.hi || a.key.lo - b.key.lo);
  }

  get size(): number {
    return this.rows.length;
  }

  find(key: Pair): (HeardPair & T) | undefined {
    return this.rows[this.keys.find(key.lo, key.hi)];
  }

  /** The pair of a key. @param parts called when it is new */
  at(key: Pair, parts: () => PairParts): HeardPair & T {
    const at = this.keys.insert(key.lo, key.hi);
    this.rows[at] ??= { key, parts: parts(), beats: new Beats(this.constants.beats_kept), ...this.make() };
    return this.rows[at];
  }

  /** Between partials: makes room once the pairs are twice as many as are kept. */
  makeRoom(): void {
    if (this.rows.length >= 2 * this.constants.pairs_kept) this.keepMost();
  }

  /** Leaves `pairs_kept` pairs at most. O(n log n) when there are more. */
  keepMost(): void {
    const most = this.constants.pairs_kept;
    if (this.rows.length <= most) return;
    this.rows.sort(byUse);
    this.shed += this.rows.length - most;
    this.rows.length = most;
    this.keys = new PairTable(2 * most);
    for (const { key } of this.rows) this.keys.insert(key.lo, key.hi);
  }
}

function byUse(a: HeardPair, b: HeardPair): number {
  const last = ({ beats }: HeardPair) => beats.times()[beats.size - 1] ?? 0;
  return b.beats.size - a.beats.size || last(b) - last(a) || a.key.hi - b.key.hi || a.key.lo - b.key.lo;
}
