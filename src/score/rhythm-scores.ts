import { pairAt } from '../baseline/cells.js';
import { atomText, type GeneralValue } from '../baseline/factor/atoms.js';
import { isRhythm, type Judgement, judge } from '../baseline/rhythm/judge.js';
import { partsAt, type RhythmPartial } from '../baseline/rhythm/learn.js';
import { PART_ATOMS, PART_COUNT, PARTS, type PairParts, type PartName } from '../baseline/rhythm/pair.js';
import { type HeardPair, PairBeats } from '../baseline/rhythm/pair-beats.js';
import type { RhythmConstants } from '../baseline/rhythm/spec.js';
import { toBigInt } from '../tuple/hash.js';
import type { Pair } from '../tuple/learned.js';
import { DAY_MS } from '../tuple/time.js';
import type { RhythmBaseline, RhythmSurprise } from './rhythm-baseline.js';

/** A rhythm that a pair keeps in what was scored, with what was learned of the pair before. */
export interface RhythmScore extends Judgement, RhythmSurprise {
  readonly parts: Readonly<Record<PartName, string | null>>;
  /** Its newest beat, ms since 1970. */
  readonly newestMs: number;
}

interface Heard {
  texts: RhythmScore['parts'];
  /** Of what was scored: UTC day and time of the newest beat so far; beats that were new since the last judgement. */
  day: number;
  newest: number;
  gained: number;
  best: RhythmScore | undefined;
}
type Row = HeardPair & Heard;

/**
 * Folds the beats of what is scored over those that were learned. A pair is judged at the end of the run, and at the end of a
 * UTC day in which it had so many new beats that the next ones push them out; its oddest judgement counts. So it costs a
 * gate a pair and at most one more a day and pair.
 */
export class RhythmScores {
  private readonly pairs: PairBeats<Heard>;

  /** @param learned times of the learned beats by pair, ms */
  constructor(
    private readonly baseline: RhythmBaseline,
    private readonly learned: ReadonlyMap<bigint, readonly number[]>,
    private readonly constants: RhythmConstants,
  ) {
    const none = Object.fromEntries(PARTS.map((name) => [name, null])) as RhythmScore['parts'];
    const start = { day: Number.NEGATIVE_INFINITY, newest: Number.NEGATIVE_INFINITY, gained: 0, best: undefined };
    this.pairs = new PairBeats(constants, () => ({ texts: none, ...start }));
  }

  /** Pairs that went because there were too many. */
  get shed(): number {
    return this.pairs.shed;
  }

  /** @param value generalised text of a string code of the partial's batch */
  take(partial: RhythmPartial, value: (code: number) => GeneralValue | undefined): void {
    const rows = Array.from({ length: partial.pairs.length / 2 }, (_, i) => this.rowOf(partial, i, value));
    for (const [i, at] of partial.pair.entries()) this.hear(rows[at]!, partial.ms[i]!);
    this.pairs.makeRoom();
  }

  private rowOf(partial: RhythmPartial, i: number, value: (code: number) => GeneralValue | undefined): Row {
    const key = pairAt(partial.pairs, i);
    const known = this.pairs.find(key);
    if (known !== undefined) return known;
    const parts = partsAt(partial, i);
    const row = this.pairs.at(key, () => parts);
    row.texts = Object.fromEntries(
      PARTS.map((name, p) => {
        const origin = partial.origins[i * PART_COUNT + p]!;
        return [name, parts[p] === undefined ? null : atomText(PART_ATOMS[p]!, origin, value)];
      }),
    ) as RhythmScore['parts'];
    for (const ms of this.learned.get(toBigInt(key.lo, key.hi)) ?? []) row.beats.add(ms);
    return row;
  }

  private hear(row: Row, ms: number): void {
    const day = Math.floor(ms / DAY_MS);
    if (day > row.day && row.gained >= this.constants.beats_kept) this.judge(row);
    row.day = Math.max(row.day, day);
    row.newest = Math.max(row.newest, ms);
    if (row.beats.add(ms)) row.gained++;
  }

  private judge(row: Row): void {
    row.gained = 0;
    const times = row.beats.times();
    // All that was scored is older than what is kept of the learned beats.
    if (times.length === 0 || row.newest < times[0]!) return;
    const judgement = judge(times, row.key, this.constants);
    if (judgement === undefined || !isRhythm(judgement, this.constants)) return;
    const surprise = this.baseline.surprise(row.key, row.parts, judgement);
    const found = { ...judgement, ...surprise, parts: row.texts, newestMs: row.newest };
    if (row.best === undefined || compare(found, row.best) <= 0) row.best = found;
  }

  /** The pairs that were heard, for explanations. */
  heard(): { key: Pair; parts: PairParts; texts: RhythmScore['parts']; beats: number }[] {
    return this.pairs.all().map(({ key, parts, texts, beats }) => ({ key, parts, texts, beats: beats.size }));
  }

  /** The beats that a pair has now, ms; none of one that was not heard. */
  times(key: Pair): Float64Array {
    return this.pairs.find(key)?.beats.times().slice() ?? new Float64Array(0);
  }

  /** What `ranked` makes of a pair, undefined where that is no rhythm; and its beats at the end, ms. */
  judged(key: Pair): { times: Float64Array; found: RhythmScore | undefined } | undefined {
    const row = this.pairs.find(key);
    if (row === undefined) return undefined;
    this.judge(row);
    return { times: row.beats.times().slice(), found: row.best };
  }

  /** Rhythms of the run: findings first, then other new ones, then those that are known; each the oddest first. */
  ranked(): RhythmScore[] {
    const rows = this.pairs.all();
    for (const row of rows) this.judge(row);
    return rows.flatMap(({ best }) => (best === undefined ? [] : [best])).sort(compare);
  }
}

/** Of two that are as odd the surer rhythm comes first; equal ones keep the order of their keys. */
function compare(a: RhythmScore, b: RhythmScore): number {
  return (
    Number(b.finding) - Number(a.finding) ||
    Number(a.known) - Number(b.known) ||
    b.score - a.score ||
    a.gate.lnP - b.gate.lnP
  );
}
