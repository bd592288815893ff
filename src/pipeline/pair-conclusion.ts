import { formatPeriod } from '../baseline/rhythm/describe.js';
import type { RhythmConstants } from '../baseline/rhythm/spec.js';
import type { Conclusion } from './explanation.js';
import type { PairExplanation } from './pair-explanation.js';

/** Why a pair is a finding or not: no rhythm, one that training knew, one that is not odd enough, or a finding. */
export function pairConclusion(e: PairExplanation, constants: RhythmConstants, finding: boolean): Conclusion {
  const since = e.learned_since ? '; more was learned after the run, so its numbers may differ from those of then' : '';
  return { finding, text: `${finding ? 'a finding' : 'no finding'}: ${reason(e, constants, finding)}${since}` };
}

function reason(e: PairExplanation, constants: RhythmConstants, finding: boolean): string {
  if (e.beats_kept < constants.least_beats) {
    const were = e.beats_kept === 1 ? 'was' : 'were';
    return `a rhythm needs ${constants.least_beats} beats, ${e.beats_kept} ${were} heard`;
  }
  if (e.rhythm === null) {
    const longest = formatPeriod(1000 * constants.longest_gap_s);
    return `of ${e.beats_kept.toLocaleString('en-US')} beats too few beats are left to judge: they come in bursts, or their gaps are longer than ${longest}`;
  }
  if (!e.is_rhythm) return `it keeps no rhythm, for the gate asks for p at most ${constants.gate_p}`;
  if (e.known) return 'training knew the pair to keep this rhythm';
  if (e.score === null) return 'all its calls are older than the beats that were learned';
  const { finding_nats: nats, finding_share: share } = constants;
  const odd = `it is worth ${e.score.toFixed(1)} nats`;
  const asOdd = `${e.as_odd.pairs} of ${e.as_odd.of} learned pairs were as odd`;
  if (finding) return `a rhythm that training did not know; ${odd}, the line is ${nats}, and ${asOdd}`;
  if (e.score < nats) return `a new rhythm, but not odd enough: ${odd}, the line is ${nats}`;
  return `a new rhythm, but such are usual: ${asOdd}, the line is ${(100 * share).toFixed(0)} %`;
}
