import { formatPeriod, type RhythmDescription } from '../baseline/rhythm/describe.js';
import { type Gate, gateTests, lnOfTried } from '../baseline/rhythm/gate.js';
import { isRhythm, type Judgement, judge } from '../baseline/rhythm/judge.js';
import { OCTAVES, octaveOf } from '../baseline/rhythm/octaves.js';
import { PART, type PairParts } from '../baseline/rhythm/pair.js';
import { type RhythmModel, rhythmModel } from '../baseline/rhythm/spec.js';
import type { RhythmBaseline, RhythmRanking } from '../score/rhythm-baseline.js';
import type { RhythmScore } from '../score/rhythm-scores.js';
import type { Store } from '../store/store.js';
import type { Pair } from '../tuple/learned.js';
import { formatTime } from '../tuple/time.js';
import type { Judged, Part } from './explanation.js';
import { pairConclusion } from './pair-conclusion.js';
import type { PairExplanation, PairRhythm, PairTest } from './pair-explanation.js';
import { type PairAsked, pairOf, readOf } from './pair-target.js';
import { replayPairs } from './replay-pairs.js';
import { type ScoredRun, scoringSnapshot } from './scored-runs.js';

/** Explains a pair of a run by the baseline that scored it, whether it keeps a rhythm or not. @throws BAD_ARGUMENT when it is not there */
export async function explainPair(store: Store, run: ScoredRun, asked: PairAsked): Promise<Judged<PairExplanation>> {
  const model = rhythmModel();
  const snapshot = await scoringSnapshot(store, run);
  const { scores, baseline, ofRun } = await replayPairs(store, run.run, snapshot, model, readOf(asked));
  const { key, parts, texts } = pairOf(scores.heard(), asked, run.run, ofRun);
  const { times, found } = scores.judged(key)!;
  const judgement = found ?? judge(times, key, model.constants);
  const ranking = baseline.describe(key, parts, found?.score ?? 0);
  const since = await learnedSince(store, run.run);
  const told = tell(
    { run, key, parts, texts, times, found, judgement, ranking, since, ofRun: ofRun(key) },
    baseline,
    model,
  );
  return { ...told, conclusion: pairConclusion(told, model.constants, found?.finding ?? false) };
}

interface Told {
  readonly run: ScoredRun;
  readonly key: Pair;
  readonly parts: PairParts;
  readonly texts: RhythmScore['parts'];
  readonly times: Float64Array;
  readonly found: RhythmScore | undefined;
  readonly judgement: Judgement | undefined;
  readonly ranking: RhythmRanking;
  readonly since: boolean;
  readonly ofRun: number;
}

function tell(told: Told, baseline: RhythmBaseline, model: RhythmModel): PairExplanation {
  const { run, key, parts, texts, times, found, judgement, ranking, since, ofRun } = told;
  const { host, exe, user, saddr, daddr, dport } = texts;
  const last = times.at(-1);
  return {
    kind: 'pair',
    run: run.run,
    snapshot: run.snapshot,
    of: { host, exe, user, ts: last === undefined ? null : timeOf(last) },
    pair: { saddr, daddr, dport },
    bits: found === undefined ? 0 : found.score / Math.LN2,
    ln_p: judgement?.gate.lnP ?? 0,
    extrapolated: false,
    few: ranking.group === 'program' ? false : ranking.others < model.constants.group_least_pairs,
    ranked: ranking.group === undefined ? null : { group: ranking.group, units: ranking.others },
    parts: found === undefined ? [] : partsOf(found, parts, baseline, ranking),
    beats_kept: times.length,
    beats_of_run: ofRun,
    is_rhythm: judgement !== undefined && isRhythm(judgement, model.constants),
    known: found?.known ?? false,
    learned:
      ranking.learned === undefined ? null : { ln_p: ranking.learned.lnP, period_s: ranking.learned.periodMs / 1000 },
    learned_since: since,
    score: found?.score ?? null,
    as_odd: { pairs: ranking.asOdd, of: ranking.scored },
    tests: testsOf(times, key, model, judgement),
    rhythm: judgement === undefined ? null : rhythmOf(judgement.description),
  };
}

const timeOf = (ms: number): string => formatTime(BigInt(Math.round(ms * 1000)));

function rhythmOf(description: RhythmDescription): PairRhythm {
  const { periodMs, jitterShare, missedShare, silences, beats, lastMs, nextMs } = description;
  return {
    period_s: periodMs / 1000,
    jitter: jitterShare,
    missed: missedShare,
    silences,
    beats,
    last: timeOf(lastMs),
    next: timeOf(nextMs),
    octave: octaveText(octaveOf(periodMs)),
  };
}

/** The best of each kind of test; of a rhythm whose beats newer ones have pushed out only what decided then. */
function testsOf(
  times: Float64Array,
  key: Pair,
  { constants }: RhythmModel,
  judgement: Judgement | undefined,
): PairTest[] {
  if (judgement === undefined) return [];
  const tried = gateTests(times, key, constants);
  const best = new Map<Gate['test'], Gate>();
  for (const one of tried) if (one.lnP < (best.get(one.test)?.lnP ?? Number.POSITIVE_INFINITY)) best.set(one.test, one);
  const tests = [...best.values()]
    .map((one) => testOf({ ...one, lnP: lnOfTried(one.lnP, tried.length) }))
    .sort((x, y) => x.ln_p - y.ln_p);
  return tests[0]?.ln_p === judgement.gate.lnP ? tests : [testOf(judgement.gate)];
}

function testOf({ test, lnP, deltaMs, beats, blockBeats, periodMs }: Gate): PairTest {
  const period_s = periodMs === undefined ? null : periodMs / 1000;
  return { test, ln_p: lnP, delta_s: deltaMs / 1000, beats, block_beats: blockBeats, period_s };
}

/** Of an octave that is worth naming: what nobody keeps has a share of the base measure. */
const LEAST_SHARE = 0.05;

/** How unusual its regularity is among the pairs of its group, and how unusual its period is. */
function partsOf(found: RhythmScore, parts: PairParts, baseline: RhythmBaseline, ranking: RhythmRanking): Part[] {
  const { lnRank, bits, description, limit } = found;
  const given = ['exe', 'dport', 'role', 'host'].filter(
    (name) => name === 'role' || parts[PART[name as 'exe']] !== undefined,
  );
  const octaves = OCTAVES.map((octave) => ({ octave, share: 2 ** -baseline.octaveBits(parts, octave) }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(({ octave, share }) => ({ value: octaveText(octave), count: null, share }));
  const context = { counts: 'pairs' as const, distinct: null, own: null };
  const all: Part[] = [
    {
      name: 'regularity',
      bits: -lnRank / Math.LN2,
      was: `shape ${Math.exp(limit).toPrecision(3)}`,
      context: { ...context, given: ranking.group === 'program' ? ['exe'] : [], seen: ranking.others, typical: [] },
    },
    {
      name: 'period',
      bits,
      was: octaveText(octaveOf(description.periodMs)),
      context: { ...context, given, seen: ranking.scored, typical: octaves },
    },
  ];
  return all.sort((a, b) => b.bits - a.bits);
}

/** "32 s to 1.07 min"; what is no rhythm has no octave. */
function octaveText(octave: number | undefined): string {
  return octave === undefined
    ? 'no rhythm'
    : `${formatPeriod(1000 * 2 ** octave)} to ${formatPeriod(2000 * 2 ** octave)}`;
}

async function learnedSince(store: Store, run: number): Promise<boolean> {
  const sql = "SELECT 1 FROM runs WHERE run > ? AND kind IN ('train', 'import', 'unlearn', 'quarantine') LIMIT 1";
  for await (const _ of store.rows(sql, [run])) return true;
  return false;
}
