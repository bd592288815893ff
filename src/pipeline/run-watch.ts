import { LEVELS } from '../baseline/factor/calibration.js';
import { GROUP_ROW } from '../baseline/factor/freeze.js';
import { readWatch } from '../baseline/factor/watch.js';
import { unitOrder } from '../baseline/factor/watched-ranks.js';
import { baselineModel } from '../baseline/model.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { stepWatch } from '../decide/calibration-watch.js';
import type { BatchScores } from '../score/score-batch.js';
import { type Pair, pairName } from '../tuple/learned.js';

/** A group whose calibration broke while a run was scored. */
export interface BrokenGroup {
  /** Row of the group in the snapshot, and its level. */
  readonly group: number;
  readonly level: (typeof LEVELS)[number];
  /** UTC day since 1970. */
  readonly day: number;
  readonly tooSmall: boolean;
}

/** Rank of a unit as a randomised p, and its place among those of its day. */
interface Rank {
  readonly day: number;
  readonly order: number;
  readonly signature: string;
  readonly p: number;
}

/** Goes on with the watch that training kept over the calibration of each group, by the units of a run. */
export class RunWatch {
  private readonly keys = new Map<number, Pair>();
  private readonly ranks = new Map<number, Rank[]>();
  private readonly stateOf: ReturnType<typeof readWatch>;
  private readonly rows: Float64Array;

  /** Only prequential calibration is watched: what was left out of a short training is no unit of a day. */
  static of(snapshot: Snapshot): RunWatch | undefined {
    return snapshot.card.calibration === 'prequential' ? new RunWatch(snapshot) : undefined;
  }

  private constructor(snapshot: Snapshot) {
    const keys = snapshot.array('fifteen.group.keys', 'u32');
    snapshot.array('fifteen.group.row', 'f64').forEach((row, slot) => {
      const key = { lo: keys[2 * slot]!, hi: keys[2 * slot + 1]! };
      if (key.lo !== 0 || key.hi !== 0) this.keys.set(row, key);
    });
    this.rows = snapshot.array('fifteen.group.rows', 'f64');
    this.stateOf = readWatch(snapshot, 'fifteen');
  }

  /** Takes a unit, the first of its signature on a day. A signature in quarantine has a group of its own, which is not watched. */
  note(signature: Pair, day: number, { group, randomised }: BatchScores, row: number): void {
    const of = group[row]!;
    if (!this.keys.has(of)) return;
    const list = this.ranks.get(of) ?? [];
    this.ranks.set(of, list);
    list.push({ day, order: unitOrder(signature, day), signature: pairName(signature), p: randomised[row]! });
  }

  /** Groups that broke, each once, by day. O(n log n). */
  broken(): BrokenGroup[] {
    const { constants } = baselineModel().decision;
    const found: BrokenGroup[] = [];
    for (const [group, ranks] of this.ranks) {
      let state = this.stateOf(this.keys.get(group)!);
      ranks.sort((a, b) => a.day - b.day || a.order - b.order || (a.signature < b.signature ? -1 : 1));
      for (const { day, p } of ranks) {
        const step = stepWatch(state, p, constants);
        state = step.state;
        if (!step.refit) continue;
        const level = LEVELS[this.rows[group * GROUP_ROW]!]!;
        found.push({ group, level, day, tooSmall: step.tooSmall });
        break;
      }
    }
    return found.sort((a, b) => a.day - b.day || a.group - b.group);
  }
}
