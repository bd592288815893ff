/** Room beside the beats kept, so that dropping the oldest moves them once in so many. */
const SPARE = 256;

/**
 * When a pair was heard: its newest `limit` distinct times, ascending, event time in ms. A set: adding commutes, and any
 * order or split of the same times leaves the same set. At most 8 (limit + 256) bytes.
 */
export class Beats {
  private kept = new Float64Array(8);
  private length = 0;

  constructor(readonly limit: number) {}

  get size(): number {
    return Math.min(this.length, this.limit);
  }

  /** O(1) in order of time, else O(size). @returns false for a time that is known, or older than all that are kept */
  add(ms: number): boolean {
    if (this.length >= this.limit && ms < this.kept[this.length - this.limit]!) return false;
    const at = this.placeOf(ms);
    if (at < this.length && this.kept[at] === ms) return false;
    if (this.length === this.kept.length) this.makeRoom();
    // Room may have been made by dropping older ones.
    const place = this.placeOf(ms);
    this.kept.copyWithin(place + 1, place, this.length);
    this.kept[place] = ms;
    this.length++;
    return true;
  }

  merge(other: Beats): void {
    for (const ms of other.times()) this.add(ms);
  }

  /** The beats, ascending: a view, valid until the next `add`. */
  times(): Float64Array {
    return this.kept.subarray(this.length - this.size, this.length);
  }

  /** First position whose time is at least `ms`. */
  private placeOf(ms: number): number {
    let low = 0;
    let high = this.length;
    if (high > 0 && this.kept[high - 1]! < ms) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.kept[middle]! < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private makeRoom(): void {
    const most = this.limit + SPARE;
    if (this.kept.length < most) {
      const larger = new Float64Array(Math.min(2 * this.kept.length, most));
      larger.set(this.kept);
      this.kept = larger;
    } else {
      this.kept.copyWithin(0, this.length - this.limit, this.length);
      this.length = this.limit;
    }
  }
}
