import type { EvidenceSums } from '../../decide/evidence-sums.js';
import { type OpenWindowRow, type Pair, pairName } from '../../tuple/learned.js';
import { type Entity, entityKey } from './entities.js';
import { EVIDENCE, LOST, type WindowPartial } from './learn.js';
import { SmallestValues } from './smallest.js';

/** Where a minute of an hour and a feature are kept: the feature's number × 60 and the minute, 0 to 59. */
export function placeOf(feature: number, minute: number): number {
  return feature * 60 + minute;
}

/** One entity's minutes of an hour: what was counted or summed, and which distinct values there were. */
export interface EntityHour {
  readonly entity: Entity;
  readonly counts: Map<number, number>;
  readonly distinct: Map<number, SmallestValues>;
}

const SUMS = ['above', 'below', 'count'] as const;
const isEvidence = (place: number) => SUMS.some((name) => EVIDENCE[name] === Math.floor(place / 60));

/** What events tell of each minute of an hour; undefined where they tell nothing. */
export function evidenceIn({ counts }: EntityHour): (EvidenceSums | undefined)[] {
  return Array.from({ length: 60 }, (_, minute) => {
    const [above, below, count] = SUMS.map((name) => counts.get(placeOf(EVIDENCE[name], minute)) ?? 0);
    return count! > 0 ? { above: above!, below: below!, count: count! } : undefined;
  });
}

/** An open hour of one host: its subjects by key. */
export class OpenHostHour {
  private readonly subjects = new Map<string, { key: Pair; hour: EntityHour }>();

  constructor(private readonly distinctMost: number) {}

  subject(entity: Entity): EntityHour {
    const key = entityKey(entity);
    const name = pairName(key);
    let known = this.subjects.get(name);
    if (known === undefined) {
      known = { key, hour: { entity, counts: new Map(), distinct: new Map() } };
      this.subjects.set(name, known);
    }
    return known.hour;
  }

  /** Counts stay exact: what would be more than that stays there, in whatever order it comes. */
  count(subject: EntityHour, place: number, n: number): void {
    subject.counts.set(place, Math.min(Number.MAX_SAFE_INTEGER, (subject.counts.get(place) ?? 0) + n));
  }

  evidence(subject: EntityHour, minute: number, sums: EvidenceSums): void {
    for (const name of SUMS) this.count(subject, placeOf(EVIDENCE[name], minute), sums[name]);
    // What was taken back leaves nothing.
    if (subject.counts.get(placeOf(EVIDENCE.count, minute)) !== 0) return;
    for (const name of SUMS) subject.counts.delete(placeOf(EVIDENCE[name], minute));
  }

  value(subject: EntityHour, place: number, value: Pair): void {
    let set = subject.distinct.get(place);
    if (set === undefined) {
      set = new SmallestValues(this.distinctMost);
      subject.distinct.set(place, set);
    }
    set.add(value.lo, value.hi);
  }

  /** In the order of their keys, so that nothing depends on who came first. */
  sorted(): { key: Pair; hour: EntityHour }[] {
    return [...this.subjects.values()].sort((a, b) => a.key.hi - b.key.hi || a.key.lo - b.key.lo);
  }

  /** The whole host: what its subjects did together. What their events tell is theirs. */
  whole(host: Pair): EntityHour {
    const all: EntityHour = {
      entity: { kind: 'host', host, exe: undefined, user: undefined },
      counts: new Map(),
      distinct: new Map(),
    };
    for (const { hour } of this.sorted()) {
      for (const [place, n] of hour.counts) if (!isEvidence(place)) this.count(all, place, n);
      for (const [place, set] of hour.distinct) {
        const known = all.distinct.get(place);
        if (known !== undefined) known.addAll(set);
        else {
          const copy = new SmallestValues(this.distinctMost);
          copy.addAll(set);
          all.distinct.set(place, copy);
        }
      }
    }
    return all;
  }

  rows(hour: number): OpenWindowRow[] {
    const rows: OpenWindowRow[] = [];
    for (const { key, hour: of } of this.sorted()) {
      for (const [place, n] of of.counts) rows.push({ hour, entity: key, place, value: { lo: 0, hi: 0 }, n });
      for (const [place, set] of of.distinct) {
        for (const [lo, hi] of set.values()) rows.push({ hour, entity: key, place, value: { lo, hi }, n: 1 });
      }
    }
    return rows;
  }
}

/** Takes the entries of a partial whose hour passes `isOpen` into open hours; returns how many did not pass. */
export function fold(partial: WindowPartial, open: (hour: number, host: Pair) => OpenHostHour | undefined): number {
  const entities = entitiesOf(partial);
  let late = 0;
  const at = (i: number, of: WindowPartial['counts'] | WindowPartial['distinct']) => {
    const minute = of.minute[i]!;
    const entity = entities[of.subject[i]!]!;
    const hour = open(Math.floor(minute / 60), entity.host);
    if (hour === undefined) late++;
    return hour && { hour, subject: hour.subject(entity), place: placeOf(of.feature[i]!, minute % 60) };
  };
  const { counts, distinct } = partial;
  for (let i = 0; i < counts.n.length; i++) {
    const place = at(i, counts);
    if (place !== undefined) place.hour.count(place.subject, place.place, counts.n[i]!);
  }
  for (let i = 0; i < distinct.subject.length; i++) {
    const place = at(i, distinct);
    const value = { lo: distinct.value[2 * i]!, hi: distinct.value[2 * i + 1]! };
    if (place !== undefined) place.hour.value(place.subject, place.place, value);
  }
  return late;
}

/** Subjects of a partial, by their position. */
export function entitiesOf({ parts, has }: WindowPartial): Entity[] {
  return Array.from({ length: has.length / 3 }, (_, s) => {
    const part = (p: number): Pair | undefined =>
      has[3 * s + p] === 0 ? undefined : { lo: parts[2 * (3 * s + p)]!, hi: parts[2 * (3 * s + p) + 1]! };
    return { kind: 'subject', host: part(0)!, exe: part(1), user: part(2) };
  });
}

/** Whether a place is of events that were lost. */
export function isLost(place: number): boolean {
  return Math.floor(place / 60) === LOST;
}
