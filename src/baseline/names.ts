import type { Pair } from '../tuple/learned.js';
import { PairTable } from './pair-table.js';

/** What value hashes stand for, so that a model explains itself. Insert-only; keeps apart what is new. */
export class Names {
  private readonly known = new PairTable();
  private readonly texts: string[] = [];
  private stored = 0;

  add(value: Pair, text: string): void {
    const before = this.known.size;
    if (this.known.insert(value.lo, value.hi) === before) this.texts.push(text);
  }

  has(value: Pair): boolean {
    return this.known.find(value.lo, value.hi) >= 0;
  }

  text(value: Pair): string | undefined {
    const i = this.known.find(value.lo, value.hi);
    return i < 0 ? undefined : this.texts[i];
  }

  /** Entries added since the last call (or since `markStored`). */
  takeNew(): { value: Pair; text: string }[] {
    const fresh = [];
    for (let i = this.stored; i < this.texts.length; i++) {
      fresh.push({ value: { lo: this.known.keyLo[i]!, hi: this.known.keyHi[i]! }, text: this.texts[i]! });
    }
    this.markStored();
    return fresh;
  }

  markStored(): void {
    this.stored = this.texts.length;
  }
}
