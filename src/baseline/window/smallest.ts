import { distinctCount } from '../../stats/distinct-count.js';

/**
 * A set of 64-bit values that remembers the `most` smallest: exact until it is full, then an estimate of how many there
 * were. Which are kept depends on no order, so sets unite.
 */
export class SmallestValues {
  /** Ascending by (hi, lo): pairs. */
  private readonly kept: number[] = [];

  constructor(private readonly most: number) {}

  /** O(log most) to find the place, O(most) to make room. */
  add(lo: number, hi: number): void {
    const { kept } = this;
    let low = 0;
    let high = kept.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (kept[2 * middle + 1]! < hi || (kept[2 * middle + 1] === hi && kept[2 * middle]! < lo)) low = middle + 1;
      else high = middle;
    }
    if (kept[2 * low] === lo && kept[2 * low + 1] === hi) return;
    if (low === this.most) return;
    kept.splice(2 * low, 0, lo, hi);
    kept.length = Math.min(kept.length, 2 * this.most);
  }

  addAll(other: SmallestValues): void {
    for (const [lo, hi] of other.values()) this.add(lo, hi);
  }

  /** How many distinct values were added, whole. */
  get count(): number {
    const k = this.kept.length / 2;
    if (k < this.most) return k;
    return Math.max(k, Math.round(distinctCount(k, { lo: this.kept[2 * k - 2]!, hi: this.kept[2 * k - 1]! })));
  }

  *values(): Generator<[lo: number, hi: number]> {
    for (let i = 0; i < this.kept.length; i += 2) yield [this.kept[i]!, this.kept[i + 1]!];
  }
}
