/**
 * Can an attacker teach what is normal? Four attacks come back on each of 20 days on a fleet of 20 hosts; day by day the rows
 * are scored by the snapshot in force and then learned, with quarantine (each attack alone, all at once) and without. Says whether each attack is
 * still alerted on its 20th day, and what the guards cost in alerts on what is normal.
 *
 *   node bench/poisoning.mjs [--seed N] [--processes N] [--attack NAME] [--cost] [--json]
 *
 * `--attack` follows one alone, with quarantine. `--cost` follows the fleet without any attack, with quarantine and without: what the guards cost alone.
 */
import { parseArgs } from 'node:util';
import { Baseline } from '../dist/baseline/baseline.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run from '../dist/pipeline/worker.js';
import { ATTACKS, poisonedDays, QUIET_DAYS } from './poisoning-world.mjs';
import { Feeder, KEY } from './simulated-feed.mjs';

const FINDING = Math.log(0.001);
const NAMES = [...Object.keys(ATTACKS), 'loud elsewhere'];

/** Smallest ln p of a process instance of the day plus ln(its signatures), as findings count it. */
function processesOf(day, scored) {
  const found = new Map();
  day.forEach((row, i) => {
    const { signature, lnP } = scored[i];
    const of = found.get(row.proc) ?? { attack: row.attack, exe: row.exe, least: 0, best: '', signatures: new Set() };
    of.signatures.add(signature);
    if (lnP < of.least) Object.assign(of, { least: lnP, best: signature });
    found.set(row.proc, of);
  });
  return [...found.values()].map((of) => ({ ...of, lnP: Math.min(0, of.least + Math.log(of.signatures.size)) }));
}

function scoreDay(feeder, day, snapshot) {
  const out = [];
  for (const { part, task } of feeder.batches(day)) {
    const scores = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum }).fifteen;
    part.forEach((_, i) => {
      out.push({ signature: `${scores.signature[2 * i + 1]}:${scores.signature[2 * i]}`, lnP: scores.lnP[i] });
    });
  }
  return out;
}

/** One course of all days. @returns by day, what was alerted */
export function follow(days, withQuarantine) {
  const feeder = new Feeder();
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline, withQuarantine);
  const courses = [];
  days.forEach((rows, day) => {
    const plain = rows.map(({ attack: _, ...row }) => row);
    for (const { task } of feeder.batches(plain)) {
      trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
    }
    if (trainer.inForce === undefined || day < QUIET_DAYS) return;
    const processes = processesOf(rows, scoreDay(feeder, plain, trainer.inForce));
    const normal = processes.filter((p) => p.attack === undefined);
    const alerts = normal.filter((p) => p.lnP <= FINDING);
    courses.push({
      attacks: Object.fromEntries(NAMES.map((name) => [name, strongest(processes, name)])),
      normal: normal.length,
      alerts: alerts.length,
      distinct: new Set(alerts.map((p) => p.best)).size,
    });
  });
  return { courses, decisions: countDecisions(baseline) };
}

function strongest(processes, name) {
  const own = processes.filter((p) => p.attack === name);
  if (own.length === 0) return undefined;
  return {
    lnP: Math.min(...own.map((p) => p.lnP)),
    alerted: own.filter((p) => p.lnP <= FINDING).length,
    of: own.length,
  };
}

function countDecisions(baseline) {
  const counts = {};
  for (const row of baseline.holding.decisions.all()) {
    const key = `${row.dims} ${row.state} ${row.reason}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const pText = (lnP) => (lnP === undefined ? '-' : (10 ** (lnP / Math.LN10)).toExponential(1));

function print(name, { courses, decisions }) {
  process.stdout.write(`\n${name}\n`);
  const last = courses.length - 1;
  for (const attack of NAMES) {
    const of = courses.map((c) => c.attacks[attack]);
    const days = of.filter((d) => d !== undefined && d.alerted > 0).length;
    const end = of[last];
    if (end === undefined) continue;
    process.stdout.write(
      `  ${(ATTACKS[attack]?.what ?? 'what the loud host does, on another host, day 20').padEnd(52)} alerted on ${String(days).padStart(2)} of ` +
        `${of.filter((d) => d !== undefined).length} days; day 20: ${end.alerted > 0 ? 'yes' : 'no '} ` +
        `(p ${pText(end.lnP)}; day 1 ${pText(of[0]?.lnP)}), ${end.alerted} of ${end.of} processes\n`,
    );
  }
  const sum = (of) => courses.reduce((total, c) => total + of(c), 0);
  process.stdout.write(
    `  normal: ${(sum((c) => c.alerts) / courses.length).toFixed(2)} alerts a day of ${(sum((c) => c.normal) / courses.length).toFixed(0)} processes, ` +
      `${(sum((c) => c.distinct) / courses.length).toFixed(2)} distinct; last five days ` +
      `${(courses.slice(-5).reduce((t, c) => t + c.alerts, 0) / 5).toFixed(2)}\n  decisions: ${JSON.stringify(decisions)}\n`,
  );
}

function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      processes: { type: 'string', default: '60' },
      attack: { type: 'string' },
      cost: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const [seed, processes] = [Number(values.seed), Number(values.processes)];
  const all = Object.keys(ATTACKS);
  const poisoned = [...all.map((name) => [true, [name]]), [true, all], [false, all]];
  const quiet = [true, false].map((guards) => [guards, []]);
  const alone = [[true, [values.attack]]];
  const cases = values.cost ? quiet : values.attack === undefined ? poisoned : alone;
  for (const [guards, attacks] of cases) {
    const course = follow(poisonedDays(seed, processes, attacks), guards);
    if (values.json) process.stdout.write(`${JSON.stringify({ guards, attacks, seed, ...course })}\n`);
    else print(`${guards ? 'with quarantine' : 'without'}, ${CASES[attacks.length]}`, course);
  }
}

const CASES = { 0: 'no attack', 1: 'one attack alone', 4: 'all attacks at once' };

if (process.argv[1] === new URL(import.meta.url).pathname) main();
