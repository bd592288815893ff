/**
 * Does the budget hold through all of the product, on worlds in which nothing happens? Hosts of a simulated world are learned for
 * some days and the next days scored: alerts a day at N = 1 and 10, and how often the p of a minute falls below 0.01 and 0.001.
 *
 *   node bench/alerts.mjs [--seeds N] [--first SEED] [--hosts N] [--days N] [--score N] [--processes N] [--json]
 *
 * `short` learns two days, so that p is by the closed form and the budget starts from the number of minutes; `long` learns `--days`.
 * Rhythms are left out. The world is bench/simulated-world.mjs, its processes dealt out to the hosts.
 */
import { parseArgs } from 'node:util';
import { Baseline } from '../dist/baseline/baseline.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Roles, RolesAtHand } from '../dist/baseline/roles.js';
import { DayEvidence } from '../dist/pipeline/day-evidence.js';
import { startOf } from '../dist/pipeline/decider.js';
import { decide } from '../dist/pipeline/decision.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import { WindowScoring } from '../dist/pipeline/window-scoring.js';
import run from '../dist/pipeline/worker.js';
import { Feeder, KEY } from './simulated-feed.mjs';
import { simulate, startUs } from './simulated-world.mjs';

const DAY_US = 86_400_000_000n;
const SHORT_DAYS = 2;
const BUDGETS = [1, 10];
const LIMITS = [0.01, 0.001];

/** Rows by day, in order of time. */
export function worldDays(seed, { hosts, days, processes }) {
  const rows = simulate({ seed, seconds: days * 86_400, processes: days * processes });
  const byDay = Array.from({ length: days }, () => []);
  for (const row of rows) {
    const host = `web-${'abcdefghijklmnop'[Number((row.proc >> 7n) % BigInt(hosts))]}`;
    byDay[Number((row.ts - startUs) / DAY_US)]?.push({ ...row, host, role: 'web' });
  }
  return byDay;
}

export function learnDays(feeder, days) {
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline);
  for (const rows of days) {
    for (const { task } of feeder.batches(rows)) {
      trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
    }
  }
  baseline.advance();
  return { snapshot: baseline.freeze(), names: baseline.tables([]).names };
}

/** Everything scored of some days: minutes and evidence, as `score` decides upon them. */
export async function scoreDays(feeder, { snapshot, names }, days) {
  const roles = new RolesAtHand(Roles.read(snapshot));
  const windows = new WindowScoring(snapshot, roles);
  const events = new DayEvidence();
  let rows = 0;
  windows.beginStream();
  // One slot for all batches: each is used up before the next is made.
  for (const { part, task } of feeder.batches(days.flat())) {
    const result = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum });
    roles.observe(result.roles);
    events.take(result.units, result.fifteen, rows, rows);
    windows.take(result.windows, (code) => feeder.table.value(code)?.whole);
    rows += part.length;
  }
  const { minutes } = await windows.finish({ readNames: async () => names });
  return { minutes, events, rhythms: [], roles };
}

async function judge(feeder, learned, days) {
  const scored = await scoreDays(feeder, learned, days);
  const out = {
    history: learned.snapshot.card.minutes,
    breaks: learned.snapshot.card.breaks.map(({ day, level, tooSmall }) => ({ day, level, tooSmall })),
    minutes: 0,
    below: LIMITS.map(() => 0),
    alerts: {},
  };
  const tally = (lnP) => {
    out.minutes++;
    LIMITS.forEach((limit, i) => {
      if (lnP <= Math.log(limit)) out.below[i]++;
    });
  };
  for (const perDay of BUDGETS) {
    const report = decide(learned.snapshot, scored, { decider: 'budget', perDay }, perDay === 1 ? tally : undefined);
    const { alerts, startLnP, endLnP } = report;
    const start = startOf(learned.snapshot, perDay).threshold;
    out.alerts[perDay] = { aDay: alerts.length / days.length, startLnP, endLnP, start };
    out.first ??= alerts.slice(0, 3).map(({ evidence }) => evidence[0].kind);
  }
  const lond = decide(learned.snapshot, scored, { decider: 'e-lond', perDay: 1 });
  out.eLond = lond.alerts.length / days.length;
  return out;
}

export async function measure({ seeds, first, hosts, days, score, processes }) {
  const cases = [];
  for (let seed = first; seed < first + seeds; seed++) {
    const world = worldDays(seed, { hosts, days: days + score, processes });
    const of = { seed, rows: world.reduce((sum, rows) => sum + rows.length, 0) };
    for (const [name, learnt] of Object.entries({ short: SHORT_DAYS, long: days })) {
      const feeder = new Feeder();
      const learned = learnDays(feeder, world.slice(0, learnt));
      cases.push({ ...of, name, ...(await judge(feeder, learned, world.slice(learnt, learnt + score))) });
    }
  }
  return cases;
}

const percent = (part, whole) => `${((100 * part) / whole).toFixed(3)} %`;

function print(cases) {
  for (const name of ['short', 'long']) {
    const of = cases.filter((c) => c.name === name);
    const sum = (pick) => of.reduce((total, c) => total + pick(c), 0);
    const minutes = sum((c) => c.minutes);
    console.log(
      `${name}: ${of.length} worlds, ${minutes.toLocaleString('en')} minutes scored, p by ${of[0].history.history}`,
    );
    console.log(
      `  below ${LIMITS.map(
        (l, i) =>
          `${l}: ${percent(
            sum((c) => c.below[i]),
            minutes,
          )}`,
      ).join(', ')}`,
    );
    for (const perDay of BUDGETS) {
      const each = of.map((c) => c.alerts[perDay].aDay);
      const mean = each.reduce((a, b) => a + b, 0) / each.length;
      const starts = of.map((c) => Math.exp(c.alerts[perDay].startLnP).toExponential(1));
      console.log(
        `  N = ${perDay}: ${mean.toFixed(2)} alerts a day (worlds ${each.map((n) => n.toFixed(1)).join(' ')}), began at p ${starts.join(' ')}`,
      );
    }
    const broken = of.flatMap((c) => c.breaks);
    const small = broken.filter(({ tooSmall }) => tooSmall).length;
    console.log(`  calibration broke ${broken.length} times in training, ${small} of them with p too small`);
    console.log(`  e-LOND: ${(sum((c) => c.eLond) / of.length).toFixed(2)} alerts a day`);
  }
}

if (import.meta.filename === process.argv[1]) {
  const option = (fallback) => ({ type: 'string', default: String(fallback) });
  const { values } = parseArgs({
    options: {
      seeds: option(3),
      first: option(1),
      hosts: option(4),
      days: option(10),
      score: option(4),
      processes: option(400),
      json: { type: 'boolean', default: false },
    },
  });
  const { json, ...numbers } = values;
  const result = await measure(Object.fromEntries(Object.entries(numbers).map(([k, v]) => [k, Number(v)])));
  if (json) console.log(JSON.stringify(result, null, 2));
  else print(result);
}
