import type { CellColumns, OpenWindowRow, Pair } from '../../tuple/learned.js';
import { KIND, type Kind, pairAt, segmentOf } from '../cells.js';
import type { Closing } from '../factor/close-hour.js';
import { VectorSample } from '../joint/vector-sample.js';
import { learningModel } from '../learning/spec.js';
import type { HourJudge, JudgedHour } from '../minute/minute-judge.js';
import type { BaselineModel } from '../model.js';
import type { Names } from '../names.js';
import { closeWindows } from './close-windows.js';
import { keepEntity, readEntity } from './entities.js';
import type { HostHour } from './host-hour.js';
import type { WindowPartial } from './learn.js';
import { scoreBin } from './score-bins.js';
import { packPeak, unpackMinute } from './window-cells.js';
import { WindowFold } from './window-fold.js';

/** Learns windows: open hours are folded, and scored and made cells when they close. */
export class WindowLearner {
  readonly open: WindowFold;
  private readonly vectors: VectorSample;
  /** How the minutes of a UTC day are scored before they are learned. */
  private readonly judges = new Map<number, HourJudge>();

  /**
   * @param zone in which the hour of the week is counted
   * @param isForgotten whether a host's hour is so old that it was closed and forgotten
   */
  constructor(
    private readonly model: BaselineModel,
    private readonly zone: string,
    private readonly into: Closing,
    private readonly names: Names,
    isForgotten: (hour: number, host: Pair) => boolean,
  ) {
    this.vectors = new VectorSample(model, into);
    this.open = new WindowFold(model.windows, isForgotten, (hour) => {
      this.close(hour, into, this.vectors);
    });
  }

  /** @param text of a string code of the partial's batch, generalised */
  merge(partial: WindowPartial, text: (code: number) => string | undefined): void {
    const { parts, has, origins } = partial;
    for (let i = 0; i < has.length; i++) {
      if (has[i] === 0) continue;
      const value = { lo: parts[2 * i]!, hi: parts[2 * i + 1]! };
      if (!this.names.has(value)) this.names.add(value, text(origins[i]!) ?? '');
    }
    this.open.merge(partial);
  }

  /**
   * Minutes of the day are scored so when their hour closes, and their scores are history. Judges of old days go: hours of
   * a host or file that lags behind are scored by the newest. A day before which nothing was known has none.
   */
  judgeDay(day: number, judge: HourJudge): void {
    this.judges.set(day, judge);
    const last = Math.max(...this.judges.keys());
    const newest = this.judges.get(last)!;
    for (const old of this.judges.keys()) if (old < last - 1) this.judges.set(old, newest);
  }

  /** Days of open hours that nothing judges yet, ascending. */
  unjudged(): number[] {
    return this.open.days().filter((day) => !this.judges.has(day));
  }

  /** Scores of the hour are history as soon as it teaches: what is held is known by them. */
  private close(hour: HostHour, into: Closing, vectors: VectorSample): void {
    const judged = this.judges.get(Math.floor(hour.hour / 24))?.(hour);
    if (judged !== undefined) this.score(hour, judged, into);
    closeWindows(hour, this.model.windows, this.zone, into, judged?.isOdd);
    vectors.close(hour);
  }

  private score(hour: HostHour, { minutes }: JudgedHour, into: Closing): void {
    const segment = segmentOf(hour.host, Math.floor(hour.hour / 24));
    const severe = Math.log(learningModel().constants.release_p);
    const peak = Math.log(this.model.decision.constants.peak_p);
    const binOf = (bits: number) => scoreBin(bits, this.model.windows.constants);
    const add = (kind: Kind, key: Pair, value: Pair) => into.cells.add(kind, segment, key, value, 1, 0);
    for (const { key, bits, windowLnP, isOdd, joint, minute, score, lnP } of minutes) {
      if (isOdd) add(KIND.windowHeldScore, key, { lo: binOf(bits), hi: windowLnP <= severe ? 1 : 0 });
      else add(KIND.windowScore, key, { lo: binOf(bits), hi: 0 });
      const mark = isOdd ? 1 : 0;
      if (joint !== undefined) add(KIND.jointScore, key, { lo: binOf(joint.bits), hi: mark });
      if (score === undefined) continue;
      const bin = binOf(score / Math.LN2);
      add(KIND.minuteScore, key, { lo: bin, hi: mark });
      if (lnP <= peak) add(KIND.minutePeak, key, packPeak({ bin, minute: minute % 1440, isOdd }));
    }
  }

  /** Adds the cells that the open hours would be if they closed now; nothing is closed. */
  provisional(into: Closing): void {
    const vectors = new VectorSample(this.model, into, this.vectors);
    for (const hour of this.open.provisional()) this.close(hour, into, vectors);
  }

  /** The open hours as rows for the store; keeps in `contexts` who is in them. */
  openRows(): OpenWindowRow[] {
    return this.open.rows((key, entity) => keepEntity(this.into.contexts, key, entity));
  }

  /**
   * Takes up what the store kept: the hours whose minutes are known are closed, and the open ones go on.
   * @param isOpen whether a segment can still get hours
   */
  restore(
    parts: readonly CellColumns[],
    open: readonly OpenWindowRow[],
    dayOf: (segment: Pair) => number,
    isOpen: (segment: Pair) => boolean,
  ): void {
    const { contexts } = this.into;
    this.vectors.restore(parts, isOpen);
    for (const cells of parts) {
      for (let i = 0; i < cells.length; i++) {
        if (cells.kind[i] !== KIND.windowMinute) continue;
        const hour = Math.floor(unpackMinute(pairAt(cells.value, i)).minute / 60);
        const entity = readEntity(contexts, pairAt(cells.context, i));
        if (entity !== undefined) this.open.markClosed(dayOf(pairAt(cells.segment, i)) * 24 + hour, entity.host);
      }
    }
    for (const row of open) {
      const entity = readEntity(contexts, row.entity);
      if (entity !== undefined) this.open.restore(row, entity);
    }
  }
}
