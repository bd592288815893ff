/**
 * Does the budget hold? 14 days of training, 30 days judged, 20 hosts, daily and weekly seasons, drift and a sudden change,
 * an injected anomaly every other day: alerts by day at N = 1 and 10 a day for several tracking rates η, the share of the
 * anomalies that was found, and e-LOND's false discovery proportion beside it.
 *
 *   node bench/budget.mjs [--seeds N] [--first SEED] [--drift TIMES] [--json]
 *
 * The world is bench/simulated-scores.mjs; the decider is the code that ships.
 */
import { parseArgs } from 'node:util';
import { stepBudget } from '../dist/decide/budget.js';
import { NO_TESTS, stepELond } from '../dist/decide/e-lond.js';
import { decisionModel } from '../dist/decide/spec.js';
import { budgetLevels, startFromLevels } from '../dist/decide/start-budget.js';
import { fitExponentialTail, lnTail } from '../dist/stats/exponential-tail.js';
import { rankP } from '../dist/stats/rank-p.js';
import { HOSTS, LEVEL, simulateScores, TEST_DAYS, TRAIN_DAYS } from './simulated-scores.mjs';

const { constants } = decisionModel();
/** Days within which 30-day means and single days must lie, by N. */
const MARKS = { 1: { mean: [0.65, 1.5], day: 5 }, 10: { mean: [0.85, 1.15], day: 3 } };
export const ETAS = [0, 0.05, 0.1, 0.25, 0.5, 1];

const levelsOf = ({ training }) => budgetLevels(training, constants.level_step, constants);

/** Alerts by day and the anomalies found, of one world under one budget. */
export function judge(world, start, perDay, rule) {
  let state = start;
  const days = new Array(TEST_DAYS).fill(0);
  const found = new Set();
  let lowest = state.threshold;
  const first = state.threshold;
  for (const score of world.judged) {
    const step = stepBudget(state, score, perDay, rule);
    state = step.state;
    lowest = Math.min(lowest, state.threshold);
    if (step.outcome === 'alert') days[Math.min(TEST_DAYS - 1, Math.floor(score.minute / 1440) - TRAIN_DAYS)]++;
    if (step.outcome !== 'below' && score.anomaly !== undefined) found.add(score.anomaly);
  }
  return { days, found, first, last: state.threshold, lowest };
}

/** e-LOND over subject-hours: false and true alerts by day, p ranked among the training's hours. */
export function judgeELond(world) {
  const width = 1 / 8;
  const maxima = (scores) => {
    const hours = new Map();
    for (const s of scores) {
      const key = `${Math.floor(s.minute / 60)} ${s.subject}`;
      const known = hours.get(key);
      if (known === undefined || s.score > known.score) hours.set(key, { ...s, anomaly: s.anomaly ?? known?.anomaly });
      else if (s.anomaly !== undefined) known.anomaly = s.anomaly;
    }
    return [...hours.values()];
  };
  const learned = maxima(world.training);
  const counts = new Float64Array(400);
  // In bits from the lowest level that is drawn, as the tail wants them.
  const bitsOf = (score) => Math.max(0, (score - LEVEL) / Math.LN2);
  for (const { score } of learned) counts[Math.floor(bitsOf(score) / width)]++;
  const silent = TRAIN_DAYS * 24 * HOSTS - learned.length;
  counts[0] += silent;
  const tail = fitExponentialTail(counts, width, 0.005, 50);
  const lnP = (score) => {
    let atLeast = 0;
    const bin = Math.floor(bitsOf(score) / width);
    for (let b = bin; b < counts.length; b++) atLeast += counts[b];
    const rank = Math.log(rankP(atLeast, silent + learned.length));
    return atLeast > 0 ? rank : Math.min(rank, lnTail(tail, bitsOf(score)));
  };
  let state = NO_TESTS;
  const found = new Set();
  const days = Array.from({ length: TEST_DAYS }, () => ({ alerts: 0, false: 0 }));
  for (const { minute, score, anomaly } of maxima(world.judged)) {
    const step = stepELond(state, Math.floor(minute / 60), lnP(score), constants);
    state = step.state;
    if (!step.alert) continue;
    const day = days[Math.min(TEST_DAYS - 1, Math.floor(minute / 1440) - TRAIN_DAYS)];
    day.alerts++;
    if (anomaly === undefined) day.false++;
    else found.add(anomaly);
  }
  return { found, fdr: days.reduce((sum, d) => sum + d.false / Math.max(1, d.alerts), 0) / TEST_DAYS, days };
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

function summarise(runs, perDay, eta, anomalies) {
  const { mean: bounds, day: most } = MARKS[perDay];
  const means = runs.map((r) => mean(r.days) / perDay);
  const within = means.filter((m) => m >= bounds[0] && m <= bounds[1]).length;
  const days = runs.flatMap((r) => r.days);
  const overDays = days.filter((d) => d > most * perDay).length;
  return {
    perDay,
    eta,
    mean: mean(means),
    least: Math.min(...means),
    most: Math.max(...means),
    within: within / runs.length,
    overDays: overDays / days.length,
    worstDay: Math.max(...days),
    found: mean(runs.map((r) => r.found.size / anomalies)),
    lowest: Math.min(...runs.map((r) => r.lowest)),
  };
}

/** Rows by N and η over so many seeds, and e-LOND's. */
export function measure(seeds, { etas = ETAS, first = 1, drift = 1 } = {}) {
  const worlds = Array.from({ length: seeds }, (_, i) => first + i);
  const runs = new Map();
  const lond = [];
  let anomalies = 0;
  for (const seed of worlds) {
    const world = simulateScores(seed, drift);
    anomalies = world.anomalies.length;
    lond.push(judgeELond(world));
    const levels = levelsOf(world);
    for (const perDay of [1, 10]) {
      const start = startFromLevels(levels, TRAIN_DAYS, perDay, constants);
      for (const eta of etas) {
        // η = 0 is the threshold of training, never moved.
        const rule = { ...constants, eta };
        const key = `${perDay} ${eta}`;
        runs.set(key, [...(runs.get(key) ?? []), judge(world, start, perDay, rule)]);
      }
    }
  }
  return {
    seeds,
    budget: [1, 10].flatMap((n) => etas.map((eta) => summarise(runs.get(`${n} ${eta}`), n, eta, anomalies))),
    eLond: {
      alpha: constants.alpha,
      fdr: mean(lond.map((l) => l.fdr)),
      worstSeed: Math.max(...lond.map((l) => l.fdr)),
      alertsADay: mean(lond.map((l) => mean(l.days.map((d) => d.alerts)))),
      found: mean(lond.map((l) => l.found.size / anomalies)),
    },
  };
}

/**
 * An attacker's noise: on the fifth day every host alerts within one hour. The share of the anomalies of the ten days behind it
 * that is found at one alert a day, by how many alerts of an hour count.
 */
export function measureNoise(seeds, first = 1) {
  const from = (TRAIN_DAYS + 5) * 1440;
  const noise = Array.from({ length: HOSTS }, (_, i) => ({ subject: `host${i}`, minute: from + i, score: 60 }));
  const cases = [
    { name: 'without noise', most: constants.hour_most, added: [], found: 0 },
    { name: `${constants.hour_most} count`, most: constants.hour_most, added: noise, found: 0 },
    { name: 'all count', most: 1000, added: noise, found: 0 },
  ];
  let all = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const world = simulateScores(seed);
    const start = startFromLevels(levelsOf(world), TRAIN_DAYS, 1, constants);
    const behind = world.anomalies.filter((a) => a.minute > from + 120 && a.minute < from + 10 * 1440);
    all += behind.length;
    for (const c of cases) {
      const judged = [...world.judged, ...c.added].sort((a, b) => a.minute - b.minute);
      const run = judge({ ...world, judged }, start, 1, { ...constants, hour_most: c.most });
      c.found += behind.filter((a) => run.found.has(a.anomaly)).length;
    }
  }
  return cases.map(({ name, found }) => ({ name, found: found / all }));
}

const percent = (x, digits = 1) => `${(100 * x).toFixed(digits)} %`;

function print({ seeds, budget, eLond, noise }) {
  console.log(`${seeds} seeds × ${TEST_DAYS} days, ${HOSTS} hosts; the rate that ships is η = ${constants.eta}`);
  console.log('  N    η     mean/N  of the seeds from … to   within mark  days above mark  worst day  found');
  for (const r of budget) {
    const cells = [
      String(r.perDay).padStart(3),
      String(r.eta).padEnd(5),
      r.mean.toFixed(2).padStart(6),
      `${r.least.toFixed(2)} … ${r.most.toFixed(2)}`.padStart(22),
      percent(r.within).padStart(12),
      percent(r.overDays, 3).padStart(15),
      String(r.worstDay).padStart(10),
      percent(r.found).padStart(8),
    ];
    console.log(cells.join('  '));
  }
  if (budget.some((r) => r.lowest < LEVEL))
    console.log('a threshold fell below the lowest score drawn: its row counts too little');
  console.log('marks: mean 0.65 to 1.5 at N = 1, 0.85 to 1.15 at N = 10; at most 0.1 % of days above 5 N and 3 N');
  console.log(
    `e-LOND at α = ${eLond.alpha}: false discovery rate ${percent(eLond.fdr)} (largest of the seeds ` +
      `${percent(eLond.worstSeed)}), ${eLond.alertsADay.toFixed(2)} alerts a day, found ${percent(eLond.found)}`,
  );
  const cells = noise.map((r) => `${r.name} ${percent(r.found)}`);
  console.log(`found in the ten days behind an hour in which all hosts alert, N = 1: ${cells.join(', ')}`);
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      first: { type: 'string', default: '1' },
      drift: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = measure(Number(values.seeds), { first: Number(values.first), drift: Number(values.drift) });
  result.noise = measureNoise(Math.min(100, Number(values.seeds)), Number(values.first));
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else print(result);
}
