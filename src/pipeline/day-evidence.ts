import { PairTable } from '../baseline/pair-table.js';
import { type Entity, entityKey } from '../baseline/window/entities.js';
import { FLAG } from '../score/calibrated-p.js';
import type { UnitPartial } from '../score/day-units.js';
import type { BatchScores } from '../score/score-batch.js';
import { H, mix } from '../tuple/hash.js';
import { type Pair, pairName } from '../tuple/learned.js';
import { type EventIds, eventAt } from './event-ids.js';
import type { RunWatch } from './run-watch.js';

/** An event as evidence of its subject's minute: the first of its signature in a UTC day. */
export interface EventEvidence {
  readonly signature: string;
  readonly lnP: number;
  /** It counts as p^trust. */
  readonly trust: number;
  readonly bits: number;
  readonly extrapolated: boolean;
  /** Row of the input, and id of the stored event. */
  readonly row: number;
  readonly event: number;
  /** Process instance. */
  readonly lo: number;
  readonly hi: number;
}

/** What the events of an input tell, by minute of their subjects. A signature that comes again on its day tells nothing new. */
export class DayEvidence {
  private readonly seen = new PairTable();
  /** Where each unit is kept: it is of its first minute, whatever order the batches come in. */
  private readonly places: { minute: number; evidence: EventEvidence }[] = [];
  private readonly minutes = new Map<string, EventEvidence[]>();

  /** @param watch over the calibration of their groups, where there is one */
  constructor(private readonly watch?: RunWatch) {}

  /** @param firstRow position of the batch's first row in the whole input */
  take({ row, minute, parts, has }: UnitPartial, scores: BatchScores, firstRow: number, events: EventIds): void {
    for (const [i, at] of row.entries()) {
      const lo = scores.signature[2 * at]!;
      const hi = scores.signature[2 * at + 1]!;
      const day = Math.floor(minute[i]! / 1440);
      mix(lo, hi, day, 0);
      const before = this.seen.size;
      const unit = this.seen.insert(H.lo, H.hi);
      const place = this.places[unit];
      if (unit === before) this.watch?.note({ lo, hi }, day, scores, at);
      else if (minute[i]! >= place!.minute) continue;
      const part = (p: number): Pair | undefined =>
        has[3 * i + p] === 0 ? undefined : { lo: parts[2 * (3 * i + p)]!, hi: parts[2 * (3 * i + p) + 1]! };
      const subject = entityKey({ kind: 'subject', host: part(0)!, exe: part(1), user: part(2) });
      if (place !== undefined) this.remove(nameOf(subject, place.minute), place.evidence);
      const evidence = {
        signature: pairName({ lo, hi }),
        lnP: scores.lnP[at]!,
        trust: scores.trust[at]!,
        bits: scores.bits[at]!,
        extrapolated: (scores.flags[at]! & FLAG.extrapolated) !== 0,
        row: firstRow + at,
        event: eventAt(events, at),
        lo: scores.instance[2 * at]!,
        hi: scores.instance[2 * at + 1]!,
      };
      this.places[unit] = { minute: minute[i]!, evidence };
      const name = nameOf(subject, minute[i]!);
      this.minutes.set(name, [...(this.minutes.get(name) ?? []), evidence]);
    }
  }

  private remove(name: string, evidence: EventEvidence): void {
    const kept = (this.minutes.get(name) ?? []).filter((e) => e !== evidence);
    if (kept.length > 0) this.minutes.set(name, kept);
    else this.minutes.delete(name);
  }

  of(entity: Entity, minute: number): readonly EventEvidence[] {
    return entity.kind === 'host' ? [] : (this.minutes.get(nameOf(entityKey(entity), minute)) ?? []);
  }
}

function nameOf(subject: Pair, minute: number): string {
  return `${minute} ${pairName(subject)}`;
}
