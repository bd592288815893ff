import { FRESH_WATCH, stepWatch, trust, type WatchState } from '../../decide/calibration-watch.js';
import type { DecisionConstants } from '../../decide/spec.js';
import { UniformStream } from '../../stats/uniform-stream.js';
import { H } from '../../tuple/hash.js';
import { type CellColumns, type Pair, pairName } from '../../tuple/learned.js';
import type { CalibrationBreak } from '../card.js';
import { KIND, pairAt } from '../cells.js';
import { CALIBRATION_FACTOR, type ContextTable, factorCode } from '../contexts.js';
import { FlatTable } from '../flat-table.js';
import type { Roles } from '../roles.js';
import type { SegmentDays } from '../segments.js';
import type { SectionArray, Snapshot } from '../snapshot.js';
import { type CalibrationContext, levelKey } from './calibration.js';
import { RANK_BINS } from './watched-ranks.js';

interface Break {
  readonly day: number;
  readonly tooSmall: boolean;
  /** Units of the group on that day, and of its contexts after it. */
  readonly units: number;
  after: number;
}

interface BrokenContext {
  readonly key: Pair;
  /** The newest that it was part of. */
  readonly break: Break;
}

interface DayRanks {
  readonly counts: Float64Array;
  /** Of each context how many units the group had. */
  readonly contexts: Map<string, { readonly key: Pair; readonly context: CalibrationContext; units: number }>;
}

interface Group {
  readonly key: Pair;
  readonly level: number;
  readonly days: Map<number, DayRanks>;
}

/** Numbers of a row of `watch.rows`: ln capital, its shares, how often it broke, units since. */
const WATCH_ROW = 6;

/**
 * The watch over the calibration of each group, from the ranks that units had before they were learned: a fold over UTC days, of
 * each day in an order that is drawn. It follows from cells, so it adds, is unlearned with them, and needs no state of its own.
 */
export class Watch {
  readonly breaks: CalibrationBreak[] = [];
  private readonly states: { key: Pair; state: WatchState }[] = [];
  private readonly broken = new Map<string, BrokenContext>();

  /** @param least units by which a group calibrates. O(cells + units) */
  constructor(
    parts: readonly CellColumns[],
    contexts: ContextTable,
    dayOf: SegmentDays,
    roles: Roles,
    private readonly constants: DecisionConstants,
    private readonly least: number,
  ) {
    const groups = readGroups(parts, contexts, dayOf, roles);
    for (const group of groups) this.follow(group);
    this.breaks.sort((a, b) => a.day - b.day || a.level - b.level);
    this.countSince(groups);
  }

  private follow({ key, level, days }: Group): void {
    let state = FRESH_WATCH;
    for (const [day, { counts, contexts }] of [...days].sort(([a], [b]) => a - b)) {
      let broke: { tooSmall: boolean } | undefined;
      for (const p of drawnOrder(counts, key, day)) {
        const step = stepWatch(state, p, this.constants);
        state = step.state;
        if (step.refit) broke = step;
      }
      if (broke === undefined) continue;
      const of: Break = { day, tooSmall: broke.tooSmall, units: sum(counts), after: 0 };
      const members = [...contexts].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [name, { key: context }] of members) {
        const before = this.broken.get(name);
        if (before !== undefined && before.break.day > day) continue;
        this.broken.set(name, { key: context, break: of });
      }
      const { host, exe, syscall } = members[0]![1].context;
      this.breaks.push({ day, level, tooSmall: broke.tooSmall, host, exe, syscall });
    }
    this.states.push({ key, state });
  }

  /** Counts the units that came after each break, of the contexts that broke with it. */
  private countSince(groups: readonly Group[]): void {
    for (const { days } of groups) {
      for (const [day, { contexts }] of days) {
        for (const [name, { units }] of contexts) {
          const of = this.broken.get(name)?.break;
          if (of !== undefined && of.day < day) of.after += units;
        }
      }
    }
  }

  /** First day whose units still calibrate a context: older ones leave when there are enough without them. */
  from(context: Pair): number {
    const of = this.broken.get(pairName(context))?.break;
    return of === undefined || of.units + of.after < this.least ? Number.NEGATIVE_INFINITY : of.day;
  }

  /** How much p counts: of a context whose p was too small less, until enough units came after. */
  private trustOf({ tooSmall, after }: Break): number {
    return tooSmall ? trust({ ...FRESH_WATCH, broken: 1, since: after }, this.constants) : 1;
  }

  /** States of groups, and contexts whose p counts for less, as sections. */
  freeze(view: string, sections: Map<string, SectionArray>): void {
    const { states } = this;
    const table = FlatTable.build(
      states.length,
      (i) => states[i]!.key,
      (i) => i,
    );
    const rows = states.flatMap(({ state: { jumper, broken, since } }) => [
      jumper.lnCapital,
      ...jumper.shares,
      broken,
      since,
    ]);
    const less = [...this.broken.values()]
      .map(({ key, break: of }) => ({ key, trust: this.trustOf(of) }))
      .filter((b) => b.trust < 1);
    const trusts = FlatTable.build(
      less.length,
      (i) => less[i]!.key,
      (i) => less[i]!.trust,
    );
    sections.set(`${view}.watch.keys`, table.keys);
    sections.set(`${view}.watch.row`, table.values);
    sections.set(`${view}.watch.rows`, Float64Array.from(rows));
    sections.set(`${view}.trust.keys`, trusts.keys);
    sections.set(`${view}.trust.value`, trusts.values);
  }
}

/** The state of a group's watch in a snapshot; a fresh one for a group that was never watched. */
export function readWatch(snapshot: Snapshot, view: string): (group: Pair) => WatchState {
  const table = new FlatTable(snapshot.array(`${view}.watch.keys`, 'u32'), snapshot.array(`${view}.watch.row`, 'f64'));
  const rows = snapshot.array(`${view}.watch.rows`, 'f64');
  return ({ lo, hi }) => {
    const slot = table.find(lo, hi);
    if (slot < 0) return FRESH_WATCH;
    const at = table.values[slot]! * WATCH_ROW;
    const [lnCapital, a, b, c, broken, since] = rows.subarray(at, at + WATCH_ROW) as unknown as number[];
    return { jumper: { lnCapital: lnCapital!, shares: [a!, b!, c!] }, broken: broken!, since: since! };
  };
}

function readGroups(
  parts: readonly CellColumns[],
  contexts: ContextTable,
  dayOf: SegmentDays,
  roles: Roles,
): readonly Group[] {
  const groups = new Map<string, Group>();
  const code = factorCode(15, CALIBRATION_FACTOR);
  const known = new Map<string, CalibrationContext>();
  for (const cells of parts) {
    for (let i = 0; i < cells.length; i++) {
      if (cells.kind[i] !== KIND.calibrationRank) continue;
      const context = pairAt(cells.context, i);
      const name = pairName(context);
      const of = known.get(name) ?? contextOf(contexts, code, context);
      known.set(name, of);
      const { lo: bin, hi: level } = pairAt(cells.value, i);
      if (!levelKey(level, of, roles.get(of.host))) continue;
      const key = { lo: H.lo, hi: H.hi };
      const group = groups.get(pairName(key)) ?? { key, level, days: new Map<number, DayRanks>() };
      groups.set(pairName(key), group);
      const day = dayOf(pairAt(cells.segment, i));
      const ranks = group.days.get(day) ?? { counts: new Float64Array(RANK_BINS), contexts: new Map() };
      group.days.set(day, ranks);
      ranks.counts[bin]! += cells.n[i]!;
      const member = ranks.contexts.get(name) ?? { key: context, context: of, units: 0 };
      ranks.contexts.set(name, member);
      member.units += cells.n[i]!;
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function contextOf(contexts: ContextTable, code: number, { lo, hi }: Pair): CalibrationContext {
  const [host, exe, syscall, mask] = [0, 1, 2, 3].map((rung) => {
    const row = contexts.find(lo, hi, code, rung);
    return row < 0 ? { lo: 0, hi: 0 } : contexts.value(row);
  }) as [Pair, Pair, Pair, Pair];
  return { host, exe, syscall, mask: mask.lo };
}

/** The ranks of a day one by one, in an order that group and day alone decide. */
function* drawnOrder(counts: Float64Array, key: Pair, day: number): Generator<number> {
  const bins = [...counts].flatMap((n, bin) => new Array<number>(n).fill(bin));
  const stream = UniformStream.seeded(key.lo ^ key.hi, day);
  for (const at of stream.sample(bins.length, bins.length)) yield (bins[at]! + stream.next()) / RANK_BINS;
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
