import type { CellColumns, OpenWindowRow, Pair } from '../../tuple/learned.js';
import { KIND, pairAt, segmentOf } from '../cells.js';
import type { Closing } from '../factor/close-hour.js';
import { learningModel } from '../learning/spec.js';
import type { Names } from '../names.js';
import { closeWindows } from './close-windows.js';
import { keepEntity, readEntity } from './entities.js';
import { scoreBin } from './freeze-windows.js';
import type { HostHour } from './host-hour.js';
import type { WindowPartial } from './learn.js';
import type { WindowModel } from './spec.js';
import { unpackMinute } from './window-cells.js';
import { WindowFold } from './window-fold.js';
import type { HourJudge, JudgedHour } from './window-judge.js';

/** Learns windows: open hours are folded, and scored and made cells when they close. */
export class WindowLearner {
  readonly open: WindowFold;
  /** How the minutes of a UTC day are scored before they are learned. */
  private readonly judges = new Map<number, HourJudge>();

  /**
   * @param zone in which the hour of the week is counted
   * @param isForgotten whether a host's hour is so old that it was closed and forgotten
   */
  constructor(
    private readonly model: WindowModel,
    private readonly zone: string,
    private readonly into: Closing,
    private readonly names: Names,
    isForgotten: (hour: number, host: Pair) => boolean,
  ) {
    this.open = new WindowFold(model, isForgotten, (hour) => {
      this.close(hour, into);
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

  /** Minutes of the day are scored so when their hour closes, and their scores are history. Judges of old days go. */
  judgeDay(day: number, judge: HourJudge): void {
    this.judges.set(day, judge);
    for (const old of this.judges.keys()) if (old < day - 1) this.judges.delete(old);
  }

  /** Days of open hours that nothing judges yet, ascending. */
  unjudged(): number[] {
    return this.open.days().filter((day) => !this.judges.has(day));
  }

  /** Scores of the hour are history as soon as it teaches: what is held is known by them. */
  private close(hour: HostHour, into: Closing): void {
    const judged = this.judges.get(Math.floor(hour.hour / 24))?.(hour);
    if (judged !== undefined) this.score(hour, judged, into);
    closeWindows(hour, this.model, this.zone, into, judged?.isOdd);
  }

  private score(hour: HostHour, { minutes }: JudgedHour, into: Closing): void {
    const segment = segmentOf(hour.host, Math.floor(hour.hour / 24));
    const { hold_p, release_p } = learningModel().constants;
    for (const { key, bits, lnP } of minutes) {
      const isOdd = lnP <= Math.log(hold_p);
      const value = { lo: scoreBin(bits, this.model.constants), hi: lnP <= Math.log(release_p) ? 1 : 0 };
      into.cells.add(isOdd ? KIND.windowHeldScore : KIND.windowScore, segment, key, value, 1, 0);
    }
  }

  /** Adds the cells that the open hours would be if they closed now; nothing is closed. */
  provisional(into: Closing): void {
    for (const hour of this.open.provisional()) this.close(hour, into);
  }

  /** The open hours as rows for the store; keeps in `contexts` who is in them. */
  openRows(): OpenWindowRow[] {
    return this.open.rows((key, entity) => keepEntity(this.into.contexts, key, entity));
  }

  /** Takes up what the store kept: the hours whose minutes are known are closed, and the open ones go on. */
  restore(parts: readonly CellColumns[], open: readonly OpenWindowRow[], dayOf: (segment: Pair) => number): void {
    const { contexts } = this.into;
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
