import { keepSmallest } from '../factor/open-hours.js';

/** A presence that waits: position of its signature, hour since 1970, process instance. */
export interface Waiting {
  readonly signature: number;
  readonly hour: number;
  readonly lo: number;
  readonly hi: number;
}

/**
 * Presences that wait for a decision on their signature. Of each signature and hour the `kept` process instances with the
 * smallest hashes stay, as in an open hour, so that a release learns what learning at once would have.
 */
export class HeldPresences {
  private readonly bySignature = new Map<number, Map<number, number[]>>();

  constructor(private readonly kept: number) {}

  add({ signature, hour, lo, hi }: Waiting): void {
    const hours = this.bySignature.get(signature) ?? new Map<number, number[]>();
    this.bySignature.set(signature, hours);
    const list = hours.get(hour) ?? [];
    hours.set(hour, list);
    keepSmallest(list, lo, hi, this.kept);
  }

  /** Takes out what of a signature waits in hours from `from` on. */
  take(signature: number, from: number): Waiting[] {
    const hours = this.bySignature.get(signature);
    const taken = rowsOf(signature, hours).filter(({ hour }) => hour >= from);
    for (const { hour } of taken) hours!.delete(hour);
    if (hours?.size === 0) this.bySignature.delete(signature);
    return taken;
  }

  /** All that waits, by hour, then in no order that means anything. */
  rows(): Waiting[] {
    return [...this.bySignature]
      .flatMap(([signature, hours]) => rowsOf(signature, hours))
      .sort((a, b) => a.hour - b.hour || a.hi - b.hi || a.lo - b.lo);
  }

  /** Drops hours before `from`, and the oldest ones until at most `most` presences wait. @returns how many */
  drop(from: number, most: number): number {
    const sizes = new Map<number, number>();
    for (const { hour } of this.rows()) sizes.set(hour, (sizes.get(hour) ?? 0) + 1);
    let rest = [...sizes.values()].reduce((a, b) => a + b, 0);
    let dropped = 0;
    for (const [hour, size] of [...sizes].sort(([a], [b]) => a - b)) {
      if (hour >= from && rest <= most) break;
      for (const [signature, hours] of this.bySignature) {
        if (hours.delete(hour) && hours.size === 0) this.bySignature.delete(signature);
      }
      rest -= size;
      dropped += size;
    }
    return dropped;
  }
}

function rowsOf(signature: number, hours: ReadonlyMap<number, number[]> | undefined): Waiting[] {
  const rows: Waiting[] = [];
  for (const [hour, kept] of hours ?? []) {
    for (let k = 0; k < kept.length; k += 2) rows.push({ signature, hour, lo: kept[k]!, hi: kept[k + 1]! });
  }
  return rows;
}
