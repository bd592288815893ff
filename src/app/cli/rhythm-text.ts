import { formatPeriod } from '../../baseline/rhythm/describe.js';
import type { Judged } from '../../pipeline/explanation.js';
import { pText } from '../../pipeline/p-text.js';
import type { PairExplanation, PairTest } from '../../pipeline/pair-explanation.js';
import { beatsText } from '../../pipeline/pair-target.js';
import type { ScoreReport } from '../../pipeline/score.js';
import type { RhythmScore } from '../../score/rhythm-scores.js';
import { formatTime } from '../../tuple/time.js';
import { numberText } from './count-text.js';
import { type ExplanationWords, shortText } from './explanation-text.js';
import type { Terminal } from './terminal.js';

/** Rhythms shown to people. */
const SHOWN = 10;

type Found = Pick<ScoreReport, 'run' | 'rhythms'>;

const timeOf = (ms: number): string => formatTime(BigInt(Math.round(ms * 1000)));

/** One rhythm in the words of the SQL view `rhythms`; `rhythm` is its rank. */
export function rhythmJson(found: RhythmScore, rank: number, run: number): Record<string, unknown> {
  const { parts, gate, description, lnRank, bits, score, known, finding } = found;
  const { beats, periodMs, jitterShare, missedShare, nextMs } = description;
  return {
    rhythm: rank,
    run,
    ...parts,
    beats,
    period_s: periodMs / 1000,
    jitter: jitterShare,
    missed: missedShare,
    next: timeOf(nextMs),
    ln_p: gate.lnP,
    ln_rank: lnRank,
    bits,
    score,
    known,
    finding,
  };
}

/** What keeps a rhythm, the new ones first; nothing where none does. */
export function rhythmLines({ rhythms }: Found, terminal: Terminal): string[] {
  if (rhythms.length === 0) return [];
  const findings = rhythms.filter(({ finding }) => finding).length;
  const fresh = rhythms.filter(({ known }) => !known).length;
  const head = `Rhythms: ${numberText(rhythms.length)} pairs, ${numberText(fresh)} new, ${numberText(findings)} findings`;
  const lines = ['', terminal.style('bold', head)];
  for (const [i, found] of rhythms.slice(0, SHOWN).entries()) lines.push(...pairLines(found, i + 1));
  if (rhythms.length > SHOWN)
    lines.push(`${numberText(rhythms.length - SHOWN)} more rhythms: quince sql --recipe rhythms`);
  return lines;
}

function pairLines({ parts, gate, description, lnRank, bits, known, finding }: RhythmScore, rank: number): string[] {
  const { beats, periodMs, jitterShare, missedShare, nextMs } = description;
  const port = parts.dport === null ? '' : `:${shortText(parts.dport)}`;
  const who = parts.exe === null ? shortText(parts.saddr) : `${shortText(parts.exe)} (${shortText(parts.user, 30)})`;
  const state = finding ? 'finding' : known ? 'known' : 'new';
  return [
    `${String(rank).padStart(2)}. every ${formatPeriod(periodMs)} ± ${(100 * jitterShare).toFixed(0)} %  ` +
      `${who} on ${shortText(parts.host)} → ${shortText(parts.daddr)}${port}  ${state}`,
    `    ${numberText(beats)} beats, ${(100 * missedShare).toFixed(0)} % missed, next ${timeOf(nextMs).slice(0, 19)}; ` +
      `p ${pText(gate.lnP)} that it is none; rank ${pText(lnRank)}, octave ${bits.toFixed(1)} bits`,
  ];
}

/** What is said of a pair beside what every explanation says. */
export function pairWords(e: Judged<PairExplanation>): ExplanationWords {
  const { of, pair, run, bits, score, rhythm, learned } = e;
  const port = pair.dport === null ? '' : `:${shortText(pair.dport)}`;
  const who = of.exe === null ? shortText(pair.saddr) : `${shortText(of.exe)} (${shortText(of.user, 30)})`;
  const odd = score === null ? 'no score of a rhythm' : `${bits.toFixed(1)} bits, ${score.toFixed(1)} nats`;
  const details = rhythm === null ? [] : rhythmDetails(rhythm);
  if (learned !== null) {
    details.push(
      `in training: every ${formatPeriod(1000 * learned.period_s)}, p ${pText(learned.ln_p)} that it was no rhythm`,
    );
  }
  return {
    title: `${who} on ${shortText(of.host)} → ${shortText(pair.daddr)}${port}`,
    place: `run ${run}, ${beatsText(e.beats_kept, e.beats_of_run)}`,
    score: `${odd}; that it is no rhythm`,
    ranked: (units, group) =>
      `its regularity is ranked among ${units} ${group === 'program' ? 'pairs of its program' : 'pairs of all programs'}`,
    unranked: 'its regularity is not ranked: no pair was learned',
    details: [...details, ...e.tests.map(testText)],
  };
}

function rhythmDetails(rhythm: NonNullable<PairExplanation['rhythm']>): string[] {
  const { period_s, jitter, missed, silences, beats, next, octave } = rhythm;
  const pauses = silences === 0 ? '' : `, ${numberText(silences)} silences`;
  return [
    `every ${formatPeriod(1000 * period_s)} ± ${(100 * jitter).toFixed(0)} %, ${(100 * missed).toFixed(0)} % missed${pauses}, ` +
      `${numberText(beats)} beats, next ${next.slice(0, 19)}; octave ${octave}`,
  ];
}

const TESTS = {
  spacing: 'gaps of one length',
  run: 'gaps of one length in a stretch',
  phase: 'beats on a clock',
} as const;

function testText({ test, ln_p, delta_s, beats, block_beats, period_s }: PairTest): string {
  const clock = period_s === null ? '' : ` of ${formatPeriod(1000 * period_s)}`;
  const blocks = block_beats < beats ? `, by ${numberText(block_beats)} at a time` : '';
  return `  ${TESTS[test]}${clock}: p ${pText(ln_p)}, ${numberText(beats)} beats${blocks}, ${delta_s} s apart at least`;
}
