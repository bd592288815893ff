import { baselineModel } from '../baseline/model.js';
import type { RoleOf } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import type { Entity } from '../baseline/window/entities.js';
import type { HostHour } from '../baseline/window/host-hour.js';
import type { WindowPartial } from '../baseline/window/learn.js';
import { type ScoredMinute, type ScoredVector, WindowScorer } from '../score/window-scorer.js';
import { JOINT_PARTS, type JointRow } from '../store/joint.js';
import type { Store } from '../store/store.js';
import type { WindowRow } from '../store/windows.js';
import { type Pair, pairName } from '../tuple/learned.js';

/** A minute with what it is stored as. */
export interface NamedMinute {
  readonly scored: ScoredMinute;
  readonly row: WindowRow;
  /** The vector that ends with it. */
  readonly vector: JointRow | undefined;
}

/** Scores the windows of an input and keeps the minutes of all subjects, with texts. */
export class WindowScoring {
  private readonly scorer: WindowScorer;
  private readonly texts = new Map<string, string>();
  private readonly minutes: ScoredMinute[] = [];

  /**
   * @param roles of hosts, where more is known than the snapshot says
   * @param onHour told of each hour of a host as it is scored
   */
  constructor(snapshot: Snapshot, roles?: RoleOf, onHour?: (hour: HostHour, scores: readonly ScoredMinute[]) => void) {
    const keep = (scores: readonly ScoredMinute[], hour: HostHour) => {
      for (const score of scores) this.minutes.push(score);
      onHour?.(hour, scores);
    };
    this.scorer = new WindowScorer(baselineModel(), snapshot, keep, roles);
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

  /**
   * All minutes and vectors in the order of time, then of host and subject. Of who was silent all the time only the store knows
   * names.
   */
  async finish(store: Store): Promise<{ minutes: NamedMinute[]; vectors: JointRow[] }> {
    this.scorer.finish();
    if (this.minutes.some(({ entity }) => !this.isNamed(entity))) {
      for (const { value, text } of await store.readNames()) this.texts.set(pairName(value), text);
    }
    const named = this.minutes.map((scored) => {
      const { entity, joint } = scored;
      const row = this.rowOf(scored);
      const vector = joint && this.jointRow(entity, joint);
      return { scored, row, vector, subject: subjectOf(row) };
    });
    named.sort((a, b) => a.row.minute - b.row.minute || compare(a.subject, b.subject));
    return { minutes: named, vectors: named.flatMap(({ vector }) => vector ?? []) };
  }

  private isNamed({ host, exe, user }: Entity): boolean {
    return [host, exe, user].every((part) => part === undefined || this.texts.has(pairName(part)));
  }

  private subject({ kind, host, exe, user }: Entity) {
    const text = (value: Pair | undefined) => (value === undefined ? null : (this.texts.get(pairName(value)) ?? null));
    return { host: text(host) ?? '', wholeHost: kind === 'host', exe: text(exe), user: text(user) };
  }

  private jointRow(entity: Entity, { minute, bits, lnP, units, parts }: ScoredVector): JointRow {
    const { windows, vectors } = baselineModel();
    const named = parts.slice(0, JOINT_PARTS.length).map(({ feature, ...part }) => ({
      feature: windows.features[feature]!.name,
      ...part,
    }));
    return { minute, ...this.subject(entity), sizeSeconds: vectors.size, bits, lnP, units, parts: named };
  }

  /** A minute with texts. Those of silent subjects are known after `finish`. */
  rowOf({ entity, minute, worst, lost, bits, lnP, units }: ScoredMinute): WindowRow {
    const { features, sizes } = baselineModel().windows;
    return {
      minute,
      ...this.subject(entity),
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

type Located = Pick<WindowRow, 'minute' | 'host' | 'wholeHost' | 'exe' | 'user'>;

function subjectOf({ host, wholeHost, exe, user }: Located): string {
  return JSON.stringify([host, !wholeHost, exe, user]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
