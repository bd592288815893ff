import { beatDelta, type Gate } from './gate.js';
import { gaps, median, thin } from './ladder.js';
import type { RhythmConstants } from './spec.js';

/** A rhythm in the words of who reads a finding. */
export interface RhythmDescription {
  readonly periodMs: number;
  /** Half-width, as a share of the period, of the uniform jitter that has the standard deviation of the single periods. */
  readonly jitterShare: number;
  /** Of the beats that were due, silences apart. */
  readonly missedShare: number;
  /** Gaps of more than `missed_in_row` missed beats. */
  readonly silences: number;
  /** Heard, bursts counted once. */
  readonly beats: number;
  readonly lastMs: number;
  readonly nextMs: number;
}

/**
 * Describes a rhythm that passed the gate. The period is fitted to gaps that are taken as whole multiples of it, from the
 * peak of the clock or from the gaps up to 1.5 times their median. Right within a few hundredths while most beats are
 * heard; with a jitter of half a period, two short periods and a missed beat look alike. O(n log n).
 *
 * @param times ascending, distinct, event time in ms: those the gate saw
 */
export function describe(times: ArrayLike<number>, gate: Gate, constants: RhythmConstants): RhythmDescription {
  const beats = thin(times, beatDelta(gate));
  const between = gaps(beats);
  const most = constants.missed_in_row + 1;
  const first = gate.periodMs ?? usual(between);
  // One step: with much jitter more of them would walk to a shorter period.
  const fit = multiples(between, first, most);
  const periodMs = fit.due === 0 ? first : fit.length / fit.due;
  const { due, heard, silences, squares, single } = multiples(between, periodMs, most);
  const lastMs = beats[beats.length - 1]!;
  return {
    periodMs,
    jitterShare: single === 0 ? 0 : Math.sqrt((3 * squares) / single) / periodMs,
    missedShare: due === 0 ? 0 : 1 - heard / due,
    silences,
    beats: beats.length,
    lastMs,
    nextMs: lastMs + periodMs,
  };
}

/** How many beats are overdue by more than the jitter. */
export function beatsLate({ lastMs, periodMs, jitterShare }: RhythmDescription, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - lastMs) / periodMs - jitterShare));
}

/** A period as a factor's value: ⌊log₂ of its seconds⌋. */
export function periodOctave(periodMs: number): number {
  return Math.floor(Math.log2(periodMs / 1000));
}

/** A duration in the unit people would use: ms, s, min, h. */
export function formatPeriod(ms: number): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? ['ms', 1];
  return `${Number((ms / size).toPrecision(3))} ${unit}`;
}

const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** Mean of the gaps up to 1.5 times their median: those between neighbouring beats, where most are heard. */
function usual(between: Float64Array): number {
  const most = 1.5 * median(between);
  const near = between.filter((gap) => gap <= most);
  let sum = 0;
  for (const gap of near) sum += gap;
  return sum / near.length;
}

/** Gaps as whole multiples of a period; more than `most` is a silence. */
function multiples(between: Float64Array, period: number, most: number) {
  const found = { length: 0, due: 0, heard: 0, silences: 0, squares: 0, single: 0 };
  for (const gap of between) {
    const times = Math.max(1, Math.round(gap / period));
    if (times > most) {
      found.silences++;
      continue;
    }
    found.length += gap;
    found.due += times;
    found.heard++;
    if (times === 1) {
      found.squares += (gap - period) ** 2;
      found.single++;
    }
  }
  return found;
}
