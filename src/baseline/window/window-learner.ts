import type { CellColumns, OpenWindowRow, Pair } from '../../tuple/learned.js';
import { KIND, pairAt } from '../cells.js';
import type { Closing } from '../factor/close-hour.js';
import type { Names } from '../names.js';
import { closeWindows } from './close-windows.js';
import { keepEntity, readEntity } from './entities.js';
import type { HostHour } from './host-hour.js';
import type { WindowPartial } from './learn.js';
import type { WindowModel } from './spec.js';
import { unpackMinute } from './window-cells.js';
import { WindowFold } from './window-fold.js';

/** Learns windows: open hours are folded, and become cells when they close. */
export class WindowLearner {
  readonly open: WindowFold;

  /**
   * @param zone in which the hour of the week is counted
   * @param isForgotten whether a host's hour is so old that it was closed and forgotten
   * @param onClose told of each hour before it is learned
   */
  constructor(
    private readonly model: WindowModel,
    private readonly zone: string,
    private readonly into: Closing,
    private readonly names: Names,
    isForgotten: (hour: number, host: Pair) => boolean,
    onClose: (hour: HostHour) => void,
  ) {
    this.open = new WindowFold(model, isForgotten, (hour) => {
      onClose(hour);
      closeWindows(hour, model, zone, into);
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

  /** Adds the cells that the open hours would be if they closed now; nothing is closed. */
  provisional(into: Closing): void {
    for (const hour of this.open.provisional()) closeWindows(hour, this.model, this.zone, into);
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
