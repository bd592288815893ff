import type { Pair } from '../../tuple/learned.js';
import { describe, type RhythmDescription } from './describe.js';
import { type Gate, gate } from './gate.js';
import { regularity } from './regularity.js';
import type { RhythmConstants } from './spec.js';

/** All that a pair's beats say by themselves. */
export interface Judgement {
  readonly gate: Gate;
  /** Lower limit of ln k, by which pairs are ranked. */
  readonly limit: number;
  readonly description: RhythmDescription;
}

/**
 * Whether a pair keeps a rhythm, how regular it is and how it reads; undefined where too few beats are left to tell. O(n²):
 * 34 ms of processor at 1,024 beats, 2 ms at 200 (bench/rhythms.mjs).
 *
 * @param times ascending, distinct, event time in ms
 * @param pair hash of the pair, which seeds the dither
 */
export function judge(times: ArrayLike<number>, pair: Pair, constants: RhythmConstants): Judgement | undefined {
  if (times.length < constants.least_beats) return undefined;
  const found = gate(times, pair, constants);
  if (found === undefined) return undefined;
  return {
    gate: found,
    limit: regularity(times, pair, found, constants),
    description: describe(times, found, constants),
  };
}

/** Whether the gate calls it a rhythm. */
export function isRhythm(judgement: Judgement, constants: RhythmConstants): boolean {
  return judgement.gate.lnP <= Math.log(constants.gate_p);
}
