/**
 * Are the tails of windows honest on laws they do not assume? Simulates groups of subjects, fits them every day from what
 * came before, and counts how many normal windows fall below 0.01 and 0.001: each tail alone, and S, the largest of a
 * subject's surprises in a minute, ranked in its group's prequential history.
 *
 *   node bench/windows.mjs [--seed N] [--seeds N] [--subjects N] [--json]
 *
 * Cases: `long` learns 14 days, then scores and learns 14 more; what the last seven give is counted. `short` learns one day,
 * cross-fits its history in eight blocks, hours dealt to them in turn, and scores the next; `undealt` in blocks of three hours.
 */
import { parseArgs } from 'node:util';
import { fitCounts, fitSilence, fitVolumes, HOURS } from '../dist/baseline/window/fit.js';
import { addWindows, blockOf, mergeHistograms, poolHours, withoutBlock } from '../dist/baseline/window/histogram.js';
import { packFits } from '../dist/baseline/window/pack.js';
import { crossFitRounds, rankRule, windowModel } from '../dist/baseline/window/spec.js';
import { lnWindowP, surprise } from '../dist/baseline/window/tails.js';
import { FRESH_WATCH, stepWatch } from '../dist/decide/calibration-watch.js';
import { decisionModel } from '../dist/decide/spec.js';
import { countBin } from '../dist/stats/count-bins.js';
import { lnRank, randomisedRank, rankScores } from '../dist/stats/score-ranks.js';
import { Chance } from './chance.mjs';
import { DAY, LAWS, simulate } from './window-laws.mjs';

const LIMITS = [0.01, 0.001];
/** Minutes. */
const SIZES = [1, 10, 60];
const { constants } = windowModel();
const { constants: decision } = decisionModel();
const RULE = rankRule(constants);
const MOST_BIN = 4096;

const hourOf = (minute) => Math.floor(minute / 60) % HOURS;

/** Histograms of one subject and size over minutes [from, to). */
function histogram(values, size, from, to) {
  const into = new Map();
  for (let at = from; at < to; at += size) {
    let sum = 0;
    for (let m = at; m < at + size; m++) sum += values[m];
    if (sum > 0) addWindows(into, hourOf(at), countBin(sum), 1);
  }
  return into;
}

/** Adds up histograms of one subject and size over several stretches of minutes. */
function histogramOf(values, size, stretches) {
  return mergeHistograms(stretches.map(([from, to]) => histogram(values, size, from, to)));
}

/** Fits of all subjects (row subject·sizes + size) from their histograms. */
function fitAll(law, histograms, days) {
  const fitOne = (h, s, role) =>
    law === 'volumes' ? fitVolumes(h, constants, role) : fitCounts(h, days, 60 * SIZES[s], constants, role);
  const roles = SIZES.map((_, s) => fitOne(mergeHistograms(histograms.map((sizes) => sizes[s])), s));
  return packFits(histograms.flatMap((sizes) => sizes.map((h, s) => fitOne(h, s, roles[s]))));
}

/** Seconds between minutes with events that end in [from, to), as observations of silence. */
function silences(values, from, to) {
  const gaps = [];
  let last = from - 1;
  while (last >= 0 && values[last] === 0) last--;
  for (let m = from; m < to; m++) {
    if (values[m] === 0) continue;
    if (last >= 0) gaps.push(60 * (m - last));
    last = m;
  }
  return gaps;
}

/** Ranks each subject's silences of a day among those before it. */
function judgeSilences(world, day, out) {
  const histograms = world.map((values) => {
    const bins = new Map();
    for (const gap of silences(values, 0, day * DAY)) bins.set(countBin(gap), (bins.get(countBin(gap)) ?? 0) + 1);
    return bins;
  });
  const pooled = poolHours(new Map(histograms.map((bins, i) => [i, bins])));
  const role = fitSilence(pooled, constants);
  const fits = packFits(histograms.map((bins) => fitSilence(bins, constants, role)));
  world.forEach((values, subject) => {
    for (const value of silences(values, day * DAY, (day + 1) * DAY)) {
      out.silence.add(lnWindowP(fits, subject, 'silence', { value, hour: 0, lost: 0, open: true }, constants));
    }
  });
}

/** Scores each minute in which a subject did something; `eachTail` gets the tails of every closed window. */
function score(fits, subject, values, from, to, eachScore, eachTail) {
  const running = new Float64Array(SIZES.length);
  const lnP = new Float64Array(SIZES.length);
  for (let m = from; m < to; m++) {
    lnP.fill(0);
    SIZES.forEach((size, s) => {
      running[s] = (m % size === 0 ? 0 : running[s]) + values[m];
      if (running[s] === 0) return;
      const open = (m + 1) % size !== 0;
      const row = subject * SIZES.length + s;
      const seen = { value: running[s], hour: hourOf(m), lost: 0, open };
      lnP[s] = lnWindowP(fits, row, 'both', seen, constants);
      if (!open && eachTail) {
        const upper = lnWindowP(fits, row, 'upper', seen, constants);
        // The two-sided p is twice the smaller of the two, so where it is not the upper one it is the lower.
        const lower = Math.abs(lnP[s] - Math.min(0, upper + Math.LN2)) < 1e-12 ? 0 : lnP[s] - Math.LN2;
        eachTail(s, upper, lower);
      }
    });
    if (values[m] > 0) eachScore(surprise(lnP), m);
  }
}

class Shares {
  n = 0;
  below = LIMITS.map(() => 0);

  add(lnP) {
    this.n++;
    LIMITS.forEach((limit, i) => {
      if (lnP < Math.log(limit)) this.below[i]++;
    });
  }

  get shares() {
    return this.below.map((b) => b / Math.max(1, this.n));
  }
}

const binOf = (bits) => Math.min(MOST_BIN - 1, Math.floor(bits * RULE.binsPerBit));

function counters() {
  return { upper: SIZES.map(() => new Shares()), lower: SIZES.map(() => new Shares()), ranked: new Shares() };
}

function tailCounter(out) {
  return (s, upper, lower) => {
    out.upper[s].add(upper);
    out.lower[s].add(lower);
  };
}

/**
 * Watches a group's calibration on its days, and counts how often it is called broken: fed every minute; fed one minute, drawn at
 * random, of each subject and hour; and fed these of a whole day in an order without meaning.
 */
class Watches {
  every = FRESH_WATCH;
  drawn = FRESH_WATCH;
  shuffled = FRESH_WATCH;
  chance = new Chance(4711);

  day(scored, ranks) {
    const step = (name, bits) => {
      this[name] = stepWatch(this[name], randomisedRank(ranks, bits, RULE, this.chance.uniform()), decision).state;
    };
    const hours = new Map();
    for (const s of scored) {
      step('every', s.bits);
      const key = `${Math.floor(s.minute / 60)} ${s.subject}`;
      const held = hours.get(key) ?? { n: 0, bits: 0 };
      held.n++;
      if (this.chance.uniform() * held.n < 1) held.bits = s.bits;
      hours.set(key, held);
    }
    for (const { bits } of hours.values()) step('drawn', bits);
    const order = [...hours.values()].map(({ bits }) => ({ bits, at: this.chance.uniform() }));
    for (const { bits } of order.sort((a, b) => a.at - b.at)) step('shuffled', bits);
  }
}

export function runLong(law, subjects, seed) {
  const [first, last] = [14, 28];
  const world = simulate(law, subjects, last * DAY, seed);
  const learned = world.map((v) => SIZES.map((size) => histogram(v, size, 0, first * DAY)));
  const history = new Float64Array(MOST_BIN);
  const out = { ...counters(), watches: new Watches(), silence: new Shares() };
  for (let day = first; day < last; day++) {
    const fits = fitAll(
      law,
      learned.map((sizes) => sizes.map((h) => mergeHistograms([h]))),
      day,
    );
    const counted = day >= first + 7;
    const ranks = rankScores(history, RULE);
    const today = new Float64Array(MOST_BIN);
    const scored = [];
    world.forEach((values, subject) => {
      const each = (bits, minute) => {
        today[binOf(bits)]++;
        if (counted) scored.push({ minute, subject, bits });
        if (counted) out.ranked.add(lnRank(ranks, bits, RULE));
      };
      score(fits, subject, values, day * DAY, (day + 1) * DAY, each, counted ? tailCounter(out) : undefined);
      SIZES.forEach((size, s) => {
        for (const [hour, bins] of histogram(values, size, day * DAY, (day + 1) * DAY)) {
          for (const [bin, n] of bins) addWindows(learned[subject][s], hour, bin, n);
        }
      });
    });
    scored.sort((a, b) => a.minute - b.minute || a.subject - b.subject);
    if (counted) {
      out.watches.day(scored, ranks);
      judgeSilences(world, day, out);
    }
    today.forEach((n, bin) => {
      history[bin] += n;
    });
  }
  return out;
}

/** One day, cross-fitted in blocks that are dealt out in so many rounds; then the next. */
function runShort(law, subjects, seed, rounds) {
  const world = simulate(law, subjects, 2 * DAY, seed);
  const blocks = constants.cross_fit_blocks;
  const length = DAY / blocks / rounds;
  const dealt = Array.from({ length: blocks }, () => []);
  for (let at = 0; at < DAY; at += length) dealt[blockOf(at, 0, DAY, blocks, rounds)].push([at, at + length]);
  const parts = world.map((v) => SIZES.map((size) => dealt.map((of) => histogramOf(v, size, of))));
  const history = new Float64Array(MOST_BIN);
  dealt.forEach((of, block) => {
    const left = parts.map((sizes) => sizes.map((p) => withoutBlock(p, block)));
    const fits = fitAll(law, left, 1);
    world.forEach((values, subject) => {
      const each = (bits) => {
        history[binOf(bits)]++;
      };
      for (const [from, to] of of) score(fits, subject, values, from, to, each);
    });
  });
  const whole = parts.map((sizes) => sizes.map((p) => mergeHistograms(p)));
  const fits = fitAll(law, whole, 1);
  const ranks = rankScores(history, RULE);
  const out = counters();
  world.forEach((values, subject) => {
    const each = (bits) => out.ranked.add(lnRank(ranks, bits, RULE));
    score(fits, subject, values, DAY, 2 * DAY, each, tailCounter(out));
  });
  return out;
}

export const CASES = {
  long: runLong,
  short: (law, subjects, seed) => runShort(law, subjects, seed, crossFitRounds(86_400, constants)),
  undealt: (law, subjects, seed) => runShort(law, subjects, seed, 1),
};

/** Shares below the limits by case and law, means over seeds. */
export function measure(seeds, subjects, firstSeed = 1) {
  const rows = [];
  for (const [name, run] of Object.entries(CASES)) {
    for (const law of Object.keys(LAWS)) {
      const runs = Array.from({ length: seeds }, (_, i) => run(law, subjects, firstSeed + i));
      const mean = (pick) => LIMITS.map((_, l) => runs.reduce((sum, r) => sum + pick(r).shares[l], 0) / seeds);
      rows.push({
        case: name,
        law,
        scored: runs.reduce((sum, r) => sum + r.ranked.n, 0),
        upper: SIZES.map((_, s) => mean((r) => r.upper[s])),
        lower: SIZES.map((_, s) => mean((r) => r.lower[s])),
        ranked: mean((r) => r.ranked),
        silence: mean((r) => r.silence ?? new Shares()),
        broken: ['every', 'drawn', 'shuffled'].map(
          (w) => runs.reduce((sum, r) => sum + (r.watches?.[w].broken ?? 0), 0) / seeds,
        ),
        worst: LIMITS.map((_, l) => Math.max(...runs.map((r) => r.ranked.shares[l]))),
      });
    }
  }
  return rows;
}

const percent = (share) => `${(100 * share).toFixed(share < 0.0005 ? 3 : 2)} %`;

function print(rows) {
  console.log(
    'Shares of normal windows below 0.01 / 0.001; each tail alone by size (1 min, 10 min, 1 h), and S ranked',
  );
  for (const r of rows) {
    const list = (shares) => shares.map(percent).join(' / ');
    console.log(`${r.case.padEnd(8)}${r.law.padEnd(13)}S ranked ${list(r.ranked)}`);
    console.log(`       (largest of the seeds ${list(r.worst)}; ${r.scored.toLocaleString('en')} minutes)`);
    console.log(`       upper ${r.upper.map(list).join(', ')}`);
    console.log(`       lower ${r.lower.map(list).join(', ')}`);
    if (r.case !== 'long') continue;
    console.log(`       silence ${list(r.silence)}`);
    const [every, drawn, shuffled] = r.broken.map((n) => n.toFixed(1));
    console.log(`       called broken in 7 days: ${every} times by every minute, ${drawn} by one a subject and hour,`);
    console.log(`       ${shuffled} by these in shuffled order`);
  }
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      subjects: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  const rows = measure(Number(values.seeds), Number(values.subjects), Number(values.seed));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
}
