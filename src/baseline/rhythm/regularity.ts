import { lnShapeLimit } from '../../stats/gamma-shape.js';
import { blockDispersion } from '../../stats/moran-bartlett.js';
import { rankP } from '../../stats/rank-p.js';
import type { Pair } from '../../tuple/learned.js';
import { dither } from './dither.js';
import { beatDelta, type Gate } from './gate.js';
import { gaps, median, thin } from './ladder.js';
import type { RhythmConstants } from './spec.js';

/**
 * How regular a pair is, whether it passed the gate or not: the lower confidence limit of ln k, k the Gamma shape of its
 * gaps − δ where the gate looked closest (of a run its most regular block, of a clock without silences). About 0 or less
 * for exponential gaps. A limit and not the estimate, so that few beats do not rank high by chance; δ is at least the
 * lowest share of the median gap for any number of beats, so that pairs compare. O(n log n).
 */
export function regularity(times: ArrayLike<number>, pair: Pair, gate: Gate, constants: RhythmConstants): number {
  const excess = comparableExcess(dither(times, pair), gate, constants);
  const block = gate.test === 'phase' ? excess.length : Math.min(gate.blockBeats, excess.length);
  const { mean, least, blocks } = blockDispersion(excess, block);
  if (gate.test === 'run') return lnShapeLimit(least, block, constants.shape_level);
  // Each block spends a degree of freedom on its mean.
  return lnShapeLimit(mean, blocks * (block - 1) + 1, constants.shape_level);
}

function comparableExcess(times: Float64Array, gate: Gate, constants: RhythmConstants): Float64Array {
  let delta = beatDelta(gate);
  let excess = gaps(thin(times, delta), delta);
  while (delta < constants.delta_from * (median(excess) + delta)) {
    delta *= 2;
    excess = gaps(thin(times, delta), delta);
  }
  if (gate.periodMs === undefined) return excess;
  const silence = (constants.missed_in_row + 1.5) * gate.periodMs;
  const heard = excess.filter((x) => x + delta < silence);
  return heard.length < 2 ? excess : heard;
}

/**
 * ln of the conformal rank of a pair's regularity among the other pairs of its group: (1 + #{≥})/(n + 1). At most 0, and
 * no lower than −ln(n + 1): a group of few pairs cannot make one odd.
 */
export function lnRegularityRank(limit: number, others: ArrayLike<number>): number {
  let atLeast = 0;
  for (let i = 0; i < others.length; i++) if (others[i]! >= limit) atLeast++;
  return Math.log(rankP(atLeast, others.length));
}
