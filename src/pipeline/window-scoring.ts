import { baselineModel } from '../baseline/model.js';
import type { Snapshot } from '../baseline/snapshot.js';
import type { Entity } from '../baseline/window/entities.js';
import type { HostHour } from '../baseline/window/host-hour.js';
import type { WindowPartial } from '../baseline/window/learn.js';
import { type ScoredMinute, WindowScorer } from '../score/window-scorer.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import { type Pair, pairName } from '../tuple/learned.js';

/** Scores the windows of an input and keeps the minutes of all subjects, with texts. */
export class WindowScoring {
  private readonly scorer: WindowScorer;
  private readonly texts = new Map<string, string>();
  private readonly minutes: ScoredMinute[] = [];

  /** @param onHour told of each hour of a host as it is scored */
  constructor(snapshot: Snapshot, onHour?: (hour: HostHour, scores: readonly ScoredMinute[]) => void) {
    this.scorer = new WindowScorer(baselineModel(), snapshot, (scores, hour) => {
      for (const score of scores) this.minutes.push(score);
      onHour?.(hour, scores);
    });
  }

  get late(): number {
    return this.scorer.late;
  }

  beginStream(): void {
    this.scorer.beginStream();
  }

  /** @param text generalised text of a string code of the partial's batch */
  take(partial: WindowPartial, text: (code: number) => string | undefined): void {
    const { parts, has, origins } = partial;
    for (let i = 0; i < has.length; i++) {
      const name = `${parts[2 * i + 1]}:${parts[2 * i]}`;
      if (has[i] === 1 && !this.texts.has(name)) this.texts.set(name, text(origins[i]!) ?? '');
    }
    this.scorer.take(partial);
  }

  /** All minutes in the order of time, then of host and subject. Of who was silent all the time only the store knows names. */
  async finish(store: Store): Promise<WindowRow[]> {
    this.scorer.finish();
    if (this.minutes.some(({ entity }) => !this.isNamed(entity))) {
      for (const { value, text } of await store.readNames()) this.texts.set(pairName(value), text);
    }
    const rows = this.minutes.map((minute) => this.rowOf(minute));
    return rows.sort((a, b) => a.minute - b.minute || compare(subjectOf(a), subjectOf(b)));
  }

  private isNamed({ host, exe, user }: Entity): boolean {
    return [host, exe, user].every((part) => part === undefined || this.texts.has(pairName(part)));
  }

  /** A minute with texts. Those of silent subjects are known after `finish`. */
  rowOf({ entity, minute, worst, lost, bits, lnP, units }: ScoredMinute): WindowRow {
    const { features, sizes } = baselineModel().windows;
    const text = (value: Pair | undefined) => (value === undefined ? null : (this.texts.get(pairName(value)) ?? null));
    return {
      minute,
      host: text(entity.host) ?? '',
      wholeHost: entity.kind === 'host',
      exe: text(entity.exe),
      user: text(entity.user),
      feature: worst === undefined ? null : features[worst.feature]!.name,
      sizeSeconds: worst === undefined ? null : sizes[worst.size]!,
      value: worst?.value ?? null,
      typical: worst?.typical ?? null,
      windowLnP: worst?.lnP ?? null,
      lost,
      bits,
      lnP,
      units,
    };
  }
}

function subjectOf({ host, wholeHost, exe, user }: WindowRow): string {
  return JSON.stringify([host, !wholeHost, exe, user]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
