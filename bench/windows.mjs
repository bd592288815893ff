/**
 * Are the tails of windows honest on laws they do not assume? Simulates groups of subjects, fits them every day from what
 * came before, and counts how many normal windows fall below 0.01 and 0.001: each tail alone, and S, the largest of a
 * subject's surprises in a minute, ranked in its group's prequential history.
 *
 *   node bench/windows.mjs [--seed N] [--seeds N] [--subjects N] [--json]
 *
 * Cases: `long` learns 14 days, then scores and learns 14 more; what the last seven give is counted. `short` learns one day,
 * cross-fits its history in eight blocks of three hours, and scores the next; `dealt` the same with the hours dealt in turn.
 */
import { parseArgs } from 'node:util';
import { fitCounts, fitVolumes, HOURS } from '../dist/baseline/window/fit.js';
import { addWindows, mergeHistograms, withoutBlock } from '../dist/baseline/window/histogram.js';
import { packFits } from '../dist/baseline/window/pack.js';
import { rankRule, windowModel } from '../dist/baseline/window/spec.js';
import { lnWindowP, surprise } from '../dist/baseline/window/tails.js';
import { countBin } from '../dist/stats/count-bins.js';
import { lnRank, rankScores } from '../dist/stats/score-ranks.js';
import { Chance } from './chance.mjs';

const LIMITS = [0.01, 0.001];
const DAY = 1440;
/** Minutes. */
const SIZES = [1, 10, 60];
const { constants } = windowModel();
const RULE = rankRule(constants);
const MOST_BIN = 4096;

/** How much there is at a minute of the week, on average 1: nights and weekends are quiet. */
function season(minute) {
  const hour = (minute / 60) % 24;
  const weekend = Math.floor(minute / DAY) % 7 >= 5;
  return (1 + 0.8 * Math.sin(((hour - 8) / 24) * 2 * Math.PI)) * (weekend ? 0.5 : 1.2);
}

/** Each law makes a function from minute to what a subject did in it. */
export const LAWS = {
  /** Bursts of sizes without a mean to speak of (Pareto, shape 1.3). */
  'heavy-tailed': (chance) => {
    const rate = chance.between(0.2, 3);
    return () => {
      let sum = 0;
      for (let n = chance.poisson(rate); n > 0; n--) sum += Math.min(1e6, Math.floor(chance.pareto(1, 1.3)));
      return sum;
    };
  },
  /** Three states that a subject stays in for a while: idle, at work, in a burst. */
  bursty: (chance) => {
    const rates = [chance.between(0.02, 0.2), chance.between(2, 8), chance.between(40, 200)];
    let state = 0;
    return () => {
      const u = chance.uniform();
      if (state === 0) state = u < 0.02 ? 1 : 0;
      else if (state === 1) state = u < 0.02 ? 2 : u < 0.06 ? 0 : 1;
      else state = u < 0.2 ? 1 : 2;
      return chance.poisson(rates[state]);
    };
  },
  /** Days and weeks, with a luck of its own in every hour. */
  seasonal: (chance) => {
    const rate = chance.between(0.5, 20);
    let luck = 1;
    return (minute) => {
      if (minute % 60 === 0) luck = Math.exp(0.3 * chance.normal());
      return chance.poisson(rate * season(minute) * luck);
    };
  },
  /** Bytes: small talk and transfers, both log-normal, a thousandfold apart. */
  volumes: (chance) => {
    const small = chance.between(6, 8);
    const large = chance.between(12, 16);
    const share = chance.between(0.01, 0.3);
    return () => {
      if (chance.uniform() < 0.3) return 0;
      return Math.floor(
        Math.exp(chance.uniform() < share ? large + 1.2 * chance.normal() : small + 0.7 * chance.normal()),
      );
    };
  },
};

/** What subjects of one law do, minute by minute. */
function simulate(law, subjects, minutes, seed) {
  return Array.from({ length: subjects }, (_, s) => {
    const chance = new Chance(seed * 1009 + s);
    const draw = LAWS[law](chance);
    return Float64Array.from({ length: minutes }, (_, m) => draw(m));
  });
}

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

/** Scores each minute in which a subject did something; `each` also gets the tails of every closed window. */
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
    if (values[m] > 0) eachScore(surprise(lnP));
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

export function runLong(law, subjects, seed) {
  const [first, last] = [14, 28];
  const world = simulate(law, subjects, last * DAY, seed);
  const learned = world.map((v) => SIZES.map((size) => histogram(v, size, 0, first * DAY)));
  const history = new Float64Array(MOST_BIN);
  const out = counters();
  for (let day = first; day < last; day++) {
    const fits = fitAll(
      law,
      learned.map((sizes) => sizes.map((h) => mergeHistograms([h]))),
      day,
    );
    const counted = day >= first + 7;
    const ranks = rankScores(history, RULE);
    const today = new Float64Array(MOST_BIN);
    world.forEach((values, subject) => {
      const each = (bits) => {
        today[binOf(bits)]++;
        if (counted) out.ranked.add(lnRank(ranks, bits, RULE));
      };
      score(fits, subject, values, day * DAY, (day + 1) * DAY, each, counted ? tailCounter(out) : undefined);
      SIZES.forEach((size, s) => {
        for (const [hour, bins] of histogram(values, size, day * DAY, (day + 1) * DAY)) {
          for (const [bin, n] of bins) addWindows(learned[subject][s], hour, bin, n);
        }
      });
    });
    today.forEach((n, bin) => {
      history[bin] += n;
    });
  }
  return out;
}

/** One day cut into stretches, dealt to the blocks of cross-fitting in turn. */
function runShort(law, subjects, seed, stretches) {
  const world = simulate(law, subjects, 2 * DAY, seed);
  const blocks = constants.cross_fit_blocks;
  const length = DAY / stretches;
  const dealt = Array.from({ length: blocks }, () => []);
  for (let i = 0; i < stretches; i++) dealt[i % blocks].push([i * length, (i + 1) * length]);
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
  short: (law, subjects, seed) => runShort(law, subjects, seed, constants.cross_fit_blocks),
  dealt: (law, subjects, seed) => runShort(law, subjects, seed, 24),
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
    const tails = (name) => r[name].map((s) => s.map(percent).join(' / ')).join(', ');
    console.log(`${r.case.padEnd(6)}${r.law.padEnd(13)}S ranked ${r.ranked.map(percent).join(' / ')}`);
    console.log(
      `       (largest of the seeds ${r.worst.map(percent).join(' / ')}; ${r.scored.toLocaleString('en')} minutes)`,
    );
    console.log(`       upper ${tails('upper')}\n       lower ${tails('lower')}`);
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
