import { type EvidenceSums, takenAway } from '../../decide/evidence-sums.js';
import { type OpenWindowRow, type Pair, pairName } from '../../tuple/learned.js';
import type { Entity } from './entities.js';
import { type HostHour, summarise } from './host-hour.js';
import type { WindowPartial } from './learn.js';
import { entitiesOf, fold, OpenHostHour } from './open-windows.js';
import type { WindowModel } from './spec.js';

interface Open {
  readonly host: Pair;
  readonly hour: number;
  readonly windows: OpenHostHour;
}

/**
 * The open windows of all hosts: a fold of partials, in whatever order they come. An hour of a host closes once; what comes
 * later is counted as late and left out. Memory: the subjects of the open hours, at most `distinct_most` values a minute each.
 */
export class WindowFold {
  private readonly open = new Map<string, Open>();
  private readonly closed = new Set<string>();
  /** Newest hour of each host in the stream that is read. */
  private stream = new Map<string, number>();
  late = 0;

  /**
   * @param isForgotten whether a host's hour was closed so long ago that nobody knows of it
   * @param onClose told of each hour that closes, in the order of time for each host
   */
  constructor(
    private readonly model: WindowModel,
    private readonly isForgotten: (hour: number, host: Pair) => boolean,
    private readonly onClose: (hour: HostHour) => void,
  ) {}

  /** Another source begins: its hosts need not keep pace with what was read before. */
  beginStream(): void {
    this.stream = new Map();
  }

  merge(partial: WindowPartial): void {
    this.late += fold(partial, (hour, host) => this.hourOf(hour, host));
    const hosts = entitiesOf(partial).map(({ host }) => pairName(host));
    for (const { subject, minute } of [partial.counts, partial.distinct]) {
      for (let i = 0; i < subject.length; i++) {
        const host = hosts[subject[i]!]!;
        const hour = Math.floor(minute[i]! / 60);
        if (hour > (this.stream.get(host) ?? Number.NEGATIVE_INFINITY)) this.stream.set(host, hour);
      }
    }
  }

  /** What an event tells of its subject's minute; nothing when the hour has closed. @param minute since 1970 */
  addEvidence(entity: Entity, minute: number, sums: EvidenceSums): void {
    const windows = this.hourOf(Math.floor(minute / 60), entity.host);
    windows?.evidence(windows.subject(entity), minute % 60, sums);
  }

  /** What was told of a minute was of an earlier one. */
  moveEvidence(entity: Entity, from: number, to: number, sums: EvidenceSums): void {
    const windows = this.hourOf(Math.floor(from / 60), entity.host);
    windows?.evidence(windows.subject(entity), from % 60, takenAway(sums));
    this.addEvidence(entity, to, sums);
  }

  /** Closes what lies far enough behind the newest event of its host in the stream. */
  closeBehind(): void {
    const grace = this.model.constants.close_after_hours;
    this.closeWhere(({ host, hour }) => hour < (this.stream.get(pairName(host)) ?? Number.NEGATIVE_INFINITY) - grace);
  }

  /** At the end of a run: closes what lies far enough behind the newest event of all that is open. */
  advance(): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const { hour } of this.open.values()) newest = Math.max(newest, hour);
    this.closeThrough(newest - 1 - this.model.constants.close_after_hours);
  }

  closeThrough(hour: number): void {
    this.closeWhere((open) => open.hour <= hour);
  }

  private closeWhere(isOver: (open: Open) => boolean): void {
    for (const [name, open] of this.inOrder()) {
      if (!isOver(open)) continue;
      this.onClose(this.summary(open));
      this.closed.add(name);
      this.open.delete(name);
    }
  }

  /** What the open hours would be if they closed now; nothing is closed. */
  *provisional(): Generator<HostHour> {
    for (const [, open] of this.inOrder()) yield this.summary(open);
  }

  private summary({ host, hour, windows }: Open): HostHour {
    const isKnown = (at: number) => this.open.has(hourName(at, host)) || this.closed.has(hourName(at, host));
    return summarise(host, hour, windows, { begins: !isKnown(hour - 1), ends: !isKnown(hour + 1) }, this.model);
  }

  /** UTC days of open hours, ascending. */
  days(): number[] {
    return [...new Set(this.inOrder().map(([, { hour }]) => Math.floor(hour / 24)))];
  }

  /** By time, then by host. */
  private inOrder(): [string, Open][] {
    return [...this.open].sort(([, a], [, b]) => a.hour - b.hour || a.host.hi - b.host.hi || a.host.lo - b.host.lo);
  }

  private hourOf(hour: number, host: Pair): OpenHostHour | undefined {
    const name = hourName(hour, host);
    const known = this.open.get(name);
    if (known !== undefined) return known.windows;
    if (this.closed.has(name) || this.isForgotten(hour, host)) return undefined;
    const windows = new OpenHostHour(this.model.constants.distinct_most);
    this.open.set(name, { host, hour, windows });
    return windows;
  }

  markClosed(hour: number, host: Pair): void {
    this.closed.add(hourName(hour, host));
  }

  /** The open hours as rows for the store. */
  rows(keep: (key: Pair, entity: Entity) => void): OpenWindowRow[] {
    return this.inOrder().flatMap(([, { hour, windows }]) => {
      for (const { key, hour: of } of windows.sorted()) keep(key, of.entity);
      return windows.rows(hour);
    });
  }

  /** Takes up an open hour that the store kept. */
  restore({ hour, place, value, n }: OpenWindowRow, entity: Entity): void {
    const open = this.hourOf(hour, entity.host);
    if (open === undefined) return;
    const isValue = this.model.features[Math.floor(place / 60)]?.aggregation === 'distinct';
    if (isValue) open.value(open.subject(entity), place, value);
    else open.count(open.subject(entity), place, n);
  }
}

function hourName(hour: number, host: Pair): string {
  return `${hour}:${pairName(host)}`;
}
