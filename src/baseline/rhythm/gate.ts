import { moranBartlett } from '../../stats/moran-bartlett.js';
import { rayleighPeak } from '../../stats/rayleigh.js';
import type { Pair } from '../../tuple/learned.js';
import { dither } from './dither.js';
import { climb, gaps, type Rung, thin } from './ladder.js';
import type { RhythmConstants } from './spec.js';

/** Whether a pair keeps a rhythm, and what decided. */
export interface Gate {
  /** ln of the probability that times without a rhythm look as regular, at most 0. */
  readonly lnP: number;
  /**
   * `spacing`: gaps of nearly one length (Moran–Bartlett); `run`: so in one block at least; `phase`: beats on a clock,
   * some missed (Rayleigh).
   */
  readonly test: 'spacing' | 'run' | 'phase';
  /** What follows a beat within so many ms was taken as part of it. */
  readonly deltaMs: number;
  /** Beats that are left, and of these how many a block; all of them where the whole decided. */
  readonly beats: number;
  readonly blockBeats: number;
  /** Of `phase`: period of the peak, ms. */
  readonly periodMs?: number;
}

/**
 * The test of a rhythm: gaps more regular than a Poisson process with a dead time leaves them, or times that keep the
 * phase of a clock, whole and in blocks, at each δ of the ladder, Bonferroni over all that was tried. It says that there
 * is a rhythm, not that it is odd: cron, NTP and keep-alives pass too. O(n²) for n beats, and n ≤ 1,024.
 *
 * @param times ascending, distinct, event time in ms
 * @param pair hash of the pair, which seeds the dither
 * @returns undefined where too few beats are left to tell
 */
export function gate(times: ArrayLike<number>, pair: Pair, constants: RhythmConstants): Gate | undefined {
  const tried = gateTests(times, pair, constants);
  let best: Gate | undefined;
  for (const one of tried) if (best === undefined || one.lnP < best.lnP) best = one;
  return best && { ...best, lnP: lnOfTried(best.lnP, tried.length) };
}

/** ln p of one of so many tests, Bonferroni. */
export function lnOfTried(lnP: number, tried: number): number {
  return Math.min(0, lnP + Math.log(tried));
}

/** All that the gate tries, each by itself; none where too few beats are left, or their gaps are too long. O(n²). */
export function gateTests(times: ArrayLike<number>, pair: Pair, constants: RhythmConstants): Gate[] {
  return climb(dither(times, pair), constants).flatMap((rung) =>
    blockSizes(rung.times.length, constants).flatMap((block) => [
      ...spacings(rung, block),
      ...phases(rung, block, constants),
    ]),
  );
}

/** δ by which bursts become beats: of a clock half its period, for what jitters so little is on no other. */
export function beatDelta({ deltaMs, periodMs }: Gate): number {
  return periodMs === undefined ? deltaMs : Math.max(deltaMs, periodMs / 2);
}

/** A clock's overtones stand as high as itself: as many periods as nearly all gaps hold are one. */
function wholePeriod(times: ArrayLike<number>, period: number, single: number): number {
  const between = gaps(thin(times, period / 2)).sort();
  const low = between[Math.floor(single * between.length)] ?? period;
  return period * Math.max(1, Math.round(low / period));
}

/** The whole, and the sizes of which there are two blocks or more. */
function blockSizes(beats: number, constants: RhythmConstants): number[] {
  const sizes = [beats];
  for (let b = constants.block_beats; 2 * b < beats; b *= constants.block_growth) sizes.push(b);
  return sizes;
}

function spacings({ delta, times, excess }: Rung, block: number): Gate[] {
  const { lnAll, lnBest } = moranBartlett(excess, Math.min(block, excess.length));
  const gate = { lnP: lnAll, test: 'spacing', deltaMs: delta, beats: times.length, blockBeats: block } as const;
  return block === times.length ? [gate] : [gate, { ...gate, lnP: lnBest, test: 'run' }];
}

function phases({ delta, times }: Rung, block: number, constants: RhythmConstants): Gate[] {
  const peak = rayleighPeak(times, block, {
    shortest: constants.period_shortest,
    longest: constants.period_longest,
    most: 1000 * constants.longest_phase_s,
    oversampling: constants.oversampling,
  });
  if (peak === undefined) return [];
  const periodMs = wholePeriod(times, peak.period, constants.single_share);
  return [{ lnP: peak.lnP, test: 'phase', deltaMs: delta, beats: times.length, blockBeats: block, periodMs }];
}
