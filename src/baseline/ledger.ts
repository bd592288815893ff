import type { CellColumns, Pair } from '../tuple/learned.js';
import { CellTable, KIND, segmentOf } from './cells.js';
import { ContextTable } from './contexts.js';
import type { Closing } from './factor/close-hour.js';
import type { LearnedDelta, LearnedState } from './learned-state.js';
import { Names } from './names.js';
import { Segments } from './segments.js';
import { pick } from './tables/cell-sums.js';

/** What closed hours left: the cells stored before and those of this run, and what cells refer to. */
export class Ledger {
  /** Stored before this run; beats apart, which `Rhythms` keeps. */
  readonly before: readonly CellColumns[];
  readonly cells = new CellTable();
  readonly contexts = new ContextTable();
  readonly segments = new Segments();
  readonly names = new Names();
  /** Where hours close into. */
  readonly closing: Closing;
  private readonly keptFrom: number;
  private readonly storedContexts: number;
  private readonly storedSegments: number;

  /** @param daysKept how many days presences are kept */
  constructor(
    private readonly daysKept: number,
    state?: LearnedState,
  ) {
    this.before = (state?.cells ?? []).map((part) => pick(part, (i) => part.kind[i] !== KIND.rhythm));
    this.keptFrom = state?.presencesFrom ?? Number.NEGATIVE_INFINITY;
    if (state !== undefined) {
      this.contexts.addAll(state.contexts);
      for (const { segment, host, day } of state.segments) this.segments.add(segment, host, day);
      for (const { value, text } of state.names) this.names.add(value, text);
      this.names.markStored();
    }
    this.storedContexts = this.contexts.size;
    this.storedSegments = this.segments.rows.length;
    this.closing = this.closingInto(this.cells);
  }

  /** Closing that leaves the cells elsewhere. */
  closingInto(cells: CellTable): Closing {
    return {
      cells,
      contexts: this.contexts,
      segment: (segment, host, day) => this.segments.add(segment, host, day),
    };
  }

  /** First day whose presences are kept; nothing is forgotten before there is a newest day. */
  presencesFrom(): number {
    const newest = this.segments.days().at(-1) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.keptFrom, newest - this.daysKept + 1);
  }

  /** Tells whether a host's hour is of a day whose presences were forgotten by now: such a day is closed as a whole. */
  forgottenHours(): (hour: number, host: Pair) => boolean {
    const forgotten = this.segments.before(this.presencesFrom());
    return (hour, host) => forgotten.find(segmentOf(host, Math.floor(hour / 24))) !== undefined;
  }

  readonly dayOf = (segment: Pair): number => this.segments.find(segment)?.day ?? 0;

  /** Cells of closed hours. */
  parts(): CellColumns[] {
    return [...this.before, this.cells.sorted()];
  }

  /** What is new beside cells. Names are given once. */
  added(): Pick<LearnedDelta, 'contexts' | 'segments' | 'names' | 'presencesFrom'> {
    return {
      contexts: this.contexts.sorted(this.storedContexts),
      segments: this.segments.rows.slice(this.storedSegments),
      names: this.names.takeNew(),
      presencesFrom: this.presencesFrom(),
    };
  }
}
