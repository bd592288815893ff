import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, Pair } from '../../tuple/learned.js';
import { DAY_MS } from '../../tuple/time.js';
import { CellTable, KIND, pairAt, segmentOf } from '../cells.js';
import { type ContextTable, RHYTHM_FACTOR } from '../contexts.js';
import { atomText, type GeneralValue } from '../factor/atoms.js';
import type { Names } from '../names.js';
import { PairTable } from '../pair-table.js';
import type { Segments } from '../segments.js';
import { type Judgement, judge } from './judge.js';
import { partsAt, type RhythmPartial } from './learn.js';
import { PART, PART_ATOMS, PART_COUNT, type PairParts } from './pair.js';
import { type HeardPair, PairBeats } from './pair-beats.js';
import type { RhythmConstants } from './spec.js';

const NONE: Pair = { lo: 0, hi: 0 };

/** What the gate said of the beats a pair has now; asked again only when they change. */
interface Memo {
  memo: { readonly judgement: Judgement | undefined } | undefined;
}

export interface JudgedPair extends HeardPair {
  readonly judgement: Judgement;
}

/**
 * The learned beats of all pairs: a fold of partials, in whatever order they come, over what the store had. A beat is a cell
 * (segment of its host and UTC day, pair, ms of the day) → 1. A cell that models merged holds in how many of them it was.
 */
export class Rhythms {
  private readonly pairs: PairBeats<Memo>;
  /** Beats that the store has, by pair and time. */
  private readonly storedKeys = new PairTable();
  private readonly storedBeats: { readonly pair: Pair; readonly ms: number; readonly n: number }[] = [];

  /** @param before learned cells, of which those of other kinds are passed over */
  constructor(
    readonly constants: RhythmConstants,
    before: readonly CellColumns[],
    private readonly contexts: ContextTable,
    private readonly segments: Segments,
    private readonly names: Names,
  ) {
    this.pairs = new PairBeats<Memo>(constants, () => ({ memo: undefined }));
    this.restore(before);
  }

  private restore(before: readonly CellColumns[]): void {
    for (const { kind, segment, context, value, n, length } of before) {
      for (let i = 0; i < length; i++) {
        if (kind[i] !== KIND.rhythm) continue;
        const pair = pairAt(context, i);
        const day = this.segments.find(pairAt(segment, i))?.day ?? 0;
        const ms = day * DAY_MS + value[2 * i]!;
        beatKey(pair, ms);
        this.storedBeats[this.storedKeys.insert(H.lo, H.hi)] = { pair, ms, n: n[i]! };
        this.pairs.at(pair, () => this.partsOf(pair)).beats.add(ms);
      }
    }
  }

  private partsOf({ lo, hi }: Pair): PairParts {
    return PART_ATOMS.map((_, i) => {
      const row = this.contexts.find(lo, hi, RHYTHM_FACTOR, i);
      return row < 0 ? undefined : this.contexts.value(row);
    });
  }

  /** @param value generalised text of a string code of the partial's batch */
  merge(partial: RhythmPartial, value: (code: number) => GeneralValue | undefined): void {
    const rows = Array.from({ length: partial.pairs.length / 2 }, (_, i) =>
      this.pairs.at(pairAt(partial.pairs, i), () => {
        this.nameParts(partial, i, value);
        return partsAt(partial, i);
      }),
    );
    partial.pair.forEach((at, i) => {
      const row = rows[at]!;
      if (row.beats.add(partial.ms[i]!)) row.memo = undefined;
    });
    this.pairs.makeRoom();
  }

  private nameParts(partial: RhythmPartial, i: number, value: (code: number) => GeneralValue | undefined): void {
    partsAt(partial, i).forEach((part, p) => {
      if (part === undefined || this.names.has(part)) return;
      this.names.add(part, atomText(PART_ATOMS[p]!, partial.origins[i * PART_COUNT + p]!, value));
    });
  }

  /** Pairs that went because there were too many. */
  get shed(): number {
    return this.pairs.shed;
  }

  /** Pairs that are known, most of them of too few beats to judge. */
  get size(): number {
    return this.pairs.size;
  }

  /** Pairs that can be judged, in the order of their keys. Costs a gate for each whose beats changed since the last call. */
  judged(): JudgedPair[] {
    this.pairs.keepMost();
    return this.pairs.all().flatMap((row) => {
      row.memo ??= { judgement: judge(row.beats.times(), row.key, this.constants) };
      const { judgement } = row.memo;
      return judgement === undefined ? [] : [{ key: row.key, parts: row.parts, beats: row.beats, judgement }];
    });
  }

  /** All beats as cells; keeps in `contexts` what their pairs are made of. */
  cells(): CellColumns {
    const table = new CellTable();
    this.addKept(table, (at) => this.storedBeats[at]?.n ?? 1);
    return table.sorted();
  }

  /** What the store has to add: new beats, and −n of those that newer ones pushed out or whose pair is gone. */
  addDelta(into: CellTable): void {
    this.addKept(into, (at) => (at < 0 ? 1 : 0));
    for (const { pair, ms, n } of this.storedBeats) {
      const row = this.pairs.find(pair);
      if (row === undefined || ms < row.beats.times()[0]!) this.addBeat(into, pair, this.partsOf(pair), ms, -n);
    }
  }

  /** @param count by position among the stored beats, −1 for a new one; of 0 there is no cell */
  private addKept(into: CellTable, count: (stored: number) => number): void {
    this.pairs.keepMost();
    for (const { key, parts, beats } of this.pairs.all()) {
      parts.forEach((part, i) => {
        if (part !== undefined) this.contexts.add(key, RHYTHM_FACTOR, i, NONE, part);
      });
      for (const ms of beats.times()) {
        beatKey(key, ms);
        const n = count(this.storedKeys.find(H.lo, H.hi));
        if (n !== 0) this.addBeat(into, key, parts, ms, n);
      }
    }
  }

  private addBeat(into: CellTable, pair: Pair, parts: PairParts, ms: number, n: number): void {
    const host = parts[PART.host] ?? NONE;
    const day = Math.floor(ms / DAY_MS);
    const segment = segmentOf(host, day);
    this.segments.add(segment, host, day);
    into.add(KIND.rhythm, segment, pair, { lo: ms - day * DAY_MS, hi: 0 }, n, 0);
  }
}

/** Key of one beat; left in H. */
function beatKey({ lo, hi }: Pair, ms: number): void {
  mix(lo, hi, ms % 2 ** 32, Math.floor(ms / 2 ** 32));
}
