import type { Gate } from '../baseline/rhythm/gate.js';
import type { Explanation } from './explanation.js';

/**
 * Whether a pair keeps a rhythm, and how odd that is. Its parts sum to its bits; one that keeps none has none. `ln_p` is of the
 * gate: how surely it is a rhythm, not how odd.
 */
export interface PairExplanation extends Explanation {
  readonly kind: 'pair';
  readonly pair: { readonly saddr: string | null; readonly daddr: string | null; readonly dport: string | null };
  /** Calls kept over training and the run, at most the newest 1,024; of them are judged all but those within a burst. */
  readonly beats_kept: number;
  /** Those of them that the run heard. */
  readonly beats_of_run: number;
  readonly is_rhythm: boolean;
  /** The pair kept this rhythm in training: within an octave. */
  readonly known: boolean;
  /** What training knew of it. */
  readonly learned: null | { readonly ln_p: number; readonly period_s: number };
  /** More was learned after the run, so that its beats are not those that were judged then. */
  readonly learned_since: boolean;
  /** Nats by which it is held against the line of findings; null where it is no rhythm. */
  readonly score: number | null;
  /** Learned pairs that were as odd when left out, of so many. */
  readonly as_odd: { readonly pairs: number; readonly of: number };
  /** Each test of the gate at its best, corrected for all that was tried; the surest first. */
  readonly tests: readonly PairTest[];
  /** What its beats are like, also where the gate does not call that a rhythm; null where too few are left. */
  readonly rhythm: null | PairRhythm;
}

export interface PairTest {
  /** `spacing`: gaps of one length; `run`: so in a stretch of beats; `phase`: beats on a clock. */
  readonly test: Gate['test'];
  readonly ln_p: number;
  /** What follows a beat within so many seconds was part of it. */
  readonly delta_s: number;
  readonly beats: number;
  readonly block_beats: number;
  readonly period_s: number | null;
}

export interface PairRhythm {
  readonly period_s: number;
  readonly jitter: number;
  readonly missed: number;
  readonly silences: number;
  readonly beats: number;
  readonly last: string;
  readonly next: string;
  readonly octave: string;
}
