import { cellKey } from '../baseline/factor/ladder.js';
import { FlatTable } from '../baseline/flat-table.js';
import { GROUP_ROW, oddness, othersOf, RHYTHM_ROW, rhythmGroup } from '../baseline/rhythm/freeze.js';
import type { Judgement } from '../baseline/rhythm/judge.js';
import { BASE_P, octaveLadder, octaveOf, octaveValue } from '../baseline/rhythm/octaves.js';
import { PART, type PairParts } from '../baseline/rhythm/pair.js';
import { lnRegularityRank } from '../baseline/rhythm/regularity.js';
import type { RhythmConstants, RhythmModel } from '../baseline/rhythm/spec.js';
import { type RoleOf, Roles } from '../baseline/roles.js';
import type { Snapshot } from '../baseline/snapshot.js';
import { H } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';

/** How usual a rhythm is by what was learned. */
export interface RhythmSurprise {
  /** ln of the rank of its regularity among the other pairs of its group, at most 0. */
  readonly lnRank: number;
  /** Bits of its octave, given program, port, role and host. */
  readonly bits: number;
  /** −lnRank + bits · ln 2, nats: more is odder. How sure the rhythm is has no part in it. */
  readonly score: number;
  /** The pair kept this rhythm in training: within an octave. */
  readonly known: boolean;
  /** Not known, of a high score, and hardly a learned pair was as odd when it was left out. */
  readonly finding: boolean;
}

/** What a pair's score was held against. */
export interface RhythmRanking {
  readonly group: 'program' | 'all' | undefined;
  /** Other pairs of the group. */
  readonly others: number;
  /** The pair itself, as it was judged in training. */
  readonly learned: { readonly lnP: number; readonly periodMs: number } | undefined;
  /** Learned pairs that were at least as odd when they were left out, of so many. */
  readonly asOdd: number;
  readonly scored: number;
}

/** Read side of the rhythms of a snapshot. One that was frozen without them, or under other constants, knows none. */
export class RhythmBaseline {
  private readonly constants: RhythmConstants;
  private readonly pairs: FlatTable;
  private readonly rows: Float64Array;
  private readonly groups: FlatTable;
  private readonly bounds: Float64Array;
  private readonly limits: Float64Array;
  private readonly scores: Float64Array;
  private readonly contexts: FlatTable;
  private readonly cells: FlatTable;

  constructor(
    snapshot: Snapshot,
    { constants, hash }: RhythmModel,
    private readonly roles: RoleOf = Roles.read(snapshot),
  ) {
    this.constants = constants;
    const knows = snapshot.card.rhythms?.model === hash;
    const numbers = (name: string) => (knows ? snapshot.array(name, 'f64') : new Float64Array(0));
    const table = (keys: string, values: string) =>
      knows ? new FlatTable(snapshot.array(keys, 'u32'), snapshot.array(values, 'f64')) : EMPTY;
    this.pairs = table('rhythm.keys', 'rhythm.row');
    this.rows = numbers('rhythm.rows');
    this.groups = table('rhythm.group.keys', 'rhythm.group.row');
    this.bounds = numbers('rhythm.group.rows');
    this.limits = numbers('rhythm.group.limits');
    this.scores = numbers('rhythm.scores');
    this.contexts = table('octave.ctx.keys', 'octave.ctx.a');
    this.cells = table('octave.cell.keys', 'octave.cell.c');
  }

  /** O(pairs of the group). */
  surprise(key: Pair, parts: PairParts, { limit, description }: Judgement): RhythmSurprise {
    const octave = octaveOf(description.periodMs);
    const slot = this.pairs.find(key.lo, key.hi);
    const row = slot < 0 ? undefined : this.pairs.values[slot]! * RHYTHM_ROW;
    const own = row === undefined ? undefined : this.rows.subarray(row, row + RHYTHM_ROW);
    const [lnP, ownLimit, , ownOctave] = own ?? [];
    const known = lnP !== undefined && lnP <= Math.log(this.constants.gate_p) && Math.abs(ownOctave! - octave) <= 1;
    const lnRank = lnRegularityRank(limit, this.others(parts, ownLimit));
    const bits = this.octaveBits(parts, octave);
    const score = oddness(lnRank, bits);
    return { lnRank, bits, score, known, finding: !known && this.isOdd(score) };
  }

  private isOdd(score: number): boolean {
    const { finding_nats, finding_share } = this.constants;
    return score >= finding_nats && this.asOdd(score) <= finding_share * this.scores.length;
  }

  /** Learned pairs that were as odd when they were left out. */
  private asOdd(score: number): number {
    return this.scores.filter((s) => s >= score).length;
  }

  /** Limits of a pair's group without its own. */
  private others(parts: PairParts, own: number | undefined): Float64Array {
    const at = this.groupOf(parts)?.at;
    if (at === undefined) return new Float64Array(0);
    const limits = this.limits.subarray(this.bounds[at]!, this.bounds[at]! + this.bounds[at + 1]!);
    return othersOf(limits, own);
  }

  /** The group a pair is ranked in: of its program where that has enough pairs, else of all. */
  private groupOf(parts: PairParts): { name: 'program' | 'all'; at: number } | undefined {
    const keys = [rhythmGroup(parts[PART.exe]), rhythmGroup(undefined)];
    const slots = keys.map(({ lo, hi }) => this.groups.find(lo, hi));
    const first = slots.findIndex((found) => found >= 0);
    if (first < 0) return undefined;
    const isProgram = first === 0 && parts[PART.exe] !== undefined;
    return { name: isProgram ? 'program' : 'all', at: this.groups.values[slots[first]!]! * GROUP_ROW };
  }

  /** Against what a pair was ranked, and what was learned of it, for explanations. O(pairs of the group). */
  describe(key: Pair, parts: PairParts, score: number): RhythmRanking {
    const slot = this.pairs.find(key.lo, key.hi);
    const row = slot < 0 ? undefined : this.pairs.values[slot]! * RHYTHM_ROW;
    const own = row === undefined ? undefined : this.rows.subarray(row, row + RHYTHM_ROW);
    return {
      group: this.groupOf(parts)?.name,
      others: this.others(parts, own?.[1]).length,
      learned: own === undefined ? undefined : { lnP: own[0]!, periodMs: own[2]! },
      asOdd: this.asOdd(score),
      scored: this.scores.length,
    };
  }

  /** Bits of an octave, or of "no rhythm" (undefined). */
  octaveBits(parts: PairParts, octave: number | undefined): number {
    const value = octaveValue(octave);
    let p = BASE_P;
    for (const { key } of octaveLadder(parts, this.roles.get(parts[PART.host]!))) {
      const context = this.contexts.find(key.lo, key.hi);
      if (context < 0) continue;
      cellKey(key.lo, key.hi, value.lo, value.hi);
      const cell = this.cells.find(H.lo, H.hi);
      p = this.contexts.values[context]! * p + (cell < 0 ? 0 : this.cells.values[cell]!);
    }
    return -Math.log2(p);
  }
}

const EMPTY = FlatTable.build(
  0,
  () => ({ lo: 0, hi: 0 }),
  () => 0,
);
