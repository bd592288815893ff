/** Fits, scores and counts of one simulated group, by the code that ships. */
import { fitCounts, fitSilence, fitVolumes, HOURS } from '../dist/baseline/window/fit.js';
import { addWindows, mergeHistograms, poolHours } from '../dist/baseline/window/histogram.js';
import { packFits } from '../dist/baseline/window/pack.js';
import { rankRule, windowModel } from '../dist/baseline/window/spec.js';
import { lnWindowP } from '../dist/baseline/window/tails.js';
import { FRESH_WATCH, stepWatch } from '../dist/decide/calibration-watch.js';
import { decisionModel } from '../dist/decide/spec.js';
import { countBin } from '../dist/stats/count-bins.js';
import { lnRank, randomisedRank } from '../dist/stats/score-ranks.js';
import { Chance } from './chance.mjs';
import { DAY } from './window-laws.mjs';

export const LIMITS = [0.01, 0.001];
/** Minutes. */
export const SIZES = [1, 10, 60];
export const { constants } = windowModel();
const { constants: decision } = decisionModel();
export const RULE = rankRule(constants);
export const MOST_BIN = 4096;

export const hourOf = (minute) => Math.floor(minute / 60) % HOURS;

/** Histograms of one subject and size over minutes [from, to). */
export function histogram(values, size, from, to) {
  const into = new Map();
  for (let at = from; at < to; at += size) {
    let sum = 0;
    for (let m = at; m < at + size; m++) sum += values[m];
    if (sum > 0) addWindows(into, hourOf(at), countBin(sum), 1);
  }
  return into;
}

/** Adds up histograms of one subject and size over several stretches of minutes. */
export function histogramOf(values, size, stretches) {
  return mergeHistograms(stretches.map(([from, to]) => histogram(values, size, from, to)));
}

/** S = max of −log2 p over a minute's windows. */
const surprise = (lnP) => -Math.min(0, ...lnP) / Math.LN2;

/** Fits of all subjects (row subject·sizes + size) from their histograms. */
export function fitAll(law, histograms, days) {
  const fitOne = (h, s, subjects, role) =>
    law === 'volumes'
      ? fitVolumes(h, constants, role)
      : fitCounts(h, days, 60 * SIZES[s], constants, role, covered(days, subjects));
  const all = histograms.length;
  const roles = SIZES.map((_, s) => fitOne(mergeHistograms(histograms.map((sizes) => sizes[s])), s, all));
  return packFits(histograms.flatMap((sizes) => sizes.map((h, s) => fitOne(h, s, 1, roles[s]))));
}

/** Hours learned by hour of the week. */
function covered(days, subjects) {
  const hours = new Float64Array(HOURS);
  for (let hour = 0; hour < 24 * days; hour++) hours[hour % HOURS] += subjects;
  return hours;
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
export function judgeSilences(world, day, out) {
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
export function score(fits, subject, values, from, to, eachScore, eachTail) {
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

/** S of a minute in which there was so many times what there was, its windows up to then as they were. */
function probe(fits, subject, values, minute, times) {
  const lnP = SIZES.map((size, s) => {
    let value = (times - 1) * values[minute];
    for (let m = minute - (minute % size); m <= minute; m++) value += values[m];
    const seen = { value, hour: hourOf(minute), lost: 0, open: (minute + 1) % size !== 0 };
    return lnWindowP(fits, subject * SIZES.length + s, 'both', seen, constants);
  });
  return surprise(lnP);
}

/** Multiplies some minutes of each subject and day: how many of these fall below the limits. */
export function probeDay(world, fits, ranks, day, chance, out) {
  world.forEach((values, subject) => {
    for (let i = 0; i < 20; i++) {
      const minute = day * DAY + Math.floor(chance.uniform() * DAY);
      if (values[minute] === 0) continue;
      out.tenfold.add(lnRank(ranks, probe(fits, subject, values, minute, 10), RULE));
      out.hundredfold.add(lnRank(ranks, probe(fits, subject, values, minute, 100), RULE));
    }
  });
}

export class Shares {
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

export const binOf = (bits) => Math.min(MOST_BIN - 1, Math.floor(bits * RULE.binsPerBit));

export function counters() {
  return { upper: SIZES.map(() => new Shares()), lower: SIZES.map(() => new Shares()), ranked: new Shares() };
}

export function tailCounter(out) {
  return (s, upper, lower) => {
    out.upper[s].add(upper);
    out.lower[s].add(lower);
  };
}

/**
 * Watches a group's calibration on its days, and counts how often it is called broken: fed every minute; fed one minute, drawn at
 * random, of each subject and hour; and fed these of a whole day in an order without meaning.
 */
export class Watches {
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
