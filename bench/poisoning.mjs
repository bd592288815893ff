/**
 * Can an attacker teach what is normal? Four attacks come back on each of 20 days on a fleet of 20 hosts, a job grows by 5 % a
 * day, and another becomes three times as large, which is no attack. Day by day the rows are scored by the snapshot in force and
 * then learned, with the guards and without. One table: on how many of the days each is alerted, by its events (a process's p at
 * most 0.001, as findings count it), by the windows of its subject or host (as `score` prints them), and what the guards cost in
 * alerts on what is normal, where nobody attacks.
 *
 *   node bench/poisoning.mjs [--seed N] [--processes N] [--days] [--course guarded|bare|quiet|quietBare]
 *
 * `--days` prints the two attacked courses day by day: e events, w windows, b both. `--course` follows one alone and prints it so.
 */
import { parseArgs } from 'node:util';
import { Baseline } from '../dist/baseline/baseline.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run from '../dist/pipeline/worker.js';
import { DayWindows, placeMatcher } from './poisoning-windows.mjs';
import { ATTACK_DAYS, ATTACKS, JOBS, placesOf, poisonedDays, QUIET_DAYS } from './poisoning-world.mjs';
import { Feeder, KEY } from './simulated-feed.mjs';

const FINDING = Math.log(0.001);
const ALL = { ...ATTACKS, ...JOBS };

/** Smallest ln p of a process instance of the day plus ln(its signatures), as findings count it. */
function processesOf(day, scored) {
  const found = new Map();
  day.forEach((row, i) => {
    const { signature, lnP } = scored[i];
    const of = found.get(row.proc) ?? { attack: row.attack, least: 0, best: '', signatures: new Set() };
    of.signatures.add(signature);
    if (lnP < of.least) Object.assign(of, { least: lnP, best: signature });
    found.set(row.proc, of);
  });
  return [...found.values()].map((of) => ({ ...of, lnP: Math.min(0, of.least + Math.log(of.signatures.size)) }));
}

function scoreDay(feeder, day, snapshot) {
  const scored = [];
  const windows = new DayWindows(snapshot);
  for (const { part, task } of feeder.batches(day)) {
    const result = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum });
    const { signature, lnP } = result.fifteen;
    part.forEach((_, i) => {
      scored.push({ signature: `${signature[2 * i + 1]}:${signature[2 * i]}`, lnP: lnP[i] });
    });
    windows.take(result.windows);
  }
  return { scored, windows: windows.finish() };
}

/** One course of all days. @returns by day, what was alerted by events and by windows of `places`; slow ramps at the end */
export function follow(days, withQuarantine, places = {}) {
  const feeder = new Feeder();
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline, withQuarantine);
  const matchers = Object.fromEntries(Object.entries(places).map(([name, place]) => [name, placeMatcher(place)]));
  const courses = [];
  days.forEach((rows, day) => {
    const plain = rows.map(({ attack: _, ...row }) => row);
    for (const { task } of feeder.batches(plain)) {
      trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
    }
    if (trainer.inForce === undefined || day < QUIET_DAYS) return;
    const { scored, windows } = scoreDay(feeder, plain, trainer.inForce);
    const processes = processesOf(rows, scored);
    const alerts = processes.filter((p) => p.lnP <= FINDING);
    courses.push({
      attacks: Object.fromEntries(
        Object.keys(ALL).map((name) => [
          name,
          { events: alerts.some((p) => p.attack === name), windows: windows.some(matchers[name] ?? (() => false)) },
        ]),
      ),
      normal: processes.filter((p) => p.attack === undefined).length,
      events: alerts.filter((p) => p.attack === undefined).length,
      windows: windows.filter((w) => !Object.values(matchers).some((of) => of(w))).length,
      allWindows: windows.length,
    });
  });
  const from = courses.length === 0 ? 0 : baseline.newestDay - ATTACK_DAYS + 1;
  const ramps = baseline.windowRamps(from).map((ramp) => ({ ...ramp, day: ramp.day - from + 1 }));
  return { courses, ramps, matchers, card: baseline.freeze().card.windows };
}

const count = (courses, name, of) => courses.filter((c) => of(c.attacks[name])).length;
const EITHER = { events: (a) => a.events, windows: (a) => a.windows, either: (a) => a.events || a.windows };

/** The attacked days alerted by events, by windows, by either; and whether the last is among them. */
function alerted({ courses }, name) {
  const counts = Object.values(EITHER).map((of) => String(count(courses, name, of)).padStart(2));
  return `${counts.join(' / ')} ${EITHER.either(courses.at(-1).attacks[name]) ? 'yes' : 'no '}`;
}

function rampText({ ramps, matchers }, name) {
  const own = ramps.filter((ramp) => ramp.direction === 'up' && matchers[name](ramp));
  return own.length === 0 ? 'not told' : `told day ${Math.min(...own.map((ramp) => ramp.day))}`;
}

const mean = (courses, of) => courses.reduce((sum, c) => sum + of(c), 0) / courses.length;

function printTable(guarded, bare, quietGuarded, quietBare) {
  const out = (line) => process.stdout.write(`${line}\n`);
  out(
    'alerted on so many of 20 days by events / windows / either, and whether on day 20; the slow ramp by CUSUM of windows',
  );
  out(`${''.padEnd(60)}  with guards                      without`);
  for (const [name, { what }] of Object.entries(ALL)) {
    const of = (course) => `${alerted(course, name)}  ${rampText(course, name)}`;
    out(`${what.padEnd(60)}  ${of(guarded).padEnd(31)}  ${of(bare)}`);
  }
  out(`\nwhere nobody attacks, a day of ${mean(quietGuarded.courses, (c) => c.normal).toFixed(0)} processes`);
  for (const [label, { courses, ramps, card }] of [
    ['with guards', quietGuarded],
    ['without', quietBare],
  ]) {
    const last = courses.slice(-5);
    out(
      `  ${label.padEnd(12)} ${mean(courses, (c) => c.events).toFixed(2)} alerts by events (last five days ${mean(last, (c) => c.events).toFixed(2)}), ` +
        `${mean(courses, (c) => c.allWindows).toFixed(2)} by windows (${mean(last, (c) => c.allWindows).toFixed(2)}), ` +
        `${(ramps.length / courses.length).toFixed(2)} slow ramps; ${card.heldDays ?? 0} days of subjects held at the end`,
    );
  }
}

function printCourse(label, course) {
  const { courses, ramps, card } = course;
  const mark = ({ events, windows }) => (events && windows ? 'b' : events ? 'e' : windows ? 'w' : '.');
  for (const name of Object.keys(ALL)) {
    const days = courses.map((c) => mark(c.attacks[name])).join('');
    process.stdout.write(
      `${label.padEnd(10)} ${name.padEnd(12)} ${days}  ${alerted(course, name)}  ${rampText(course, name)}\n`,
    );
  }
  const [events, windows] = ['events', 'windows'].map((name) => courses.map((c) => c[name]).join(' '));
  process.stdout.write(
    `${label.padEnd(10)} other alerts a day by events ${events}; by windows ${windows}; slow ramps ${ramps.length}; ` +
      `days held ${card.heldDays ?? 0}\n`,
  );
}

function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      processes: { type: 'string', default: '60' },
      days: { type: 'boolean', default: false },
      course: { type: 'string' },
    },
  });
  const [seed, processes] = [Number(values.seed), Number(values.processes)];
  const places = placesOf(seed, processes);
  const courses = { guarded: [true, true], bare: [true, false], quiet: [false, true], quietBare: [false, false] };
  const follows = ([poisoned, guards]) => {
    const days = poisoned
      ? poisonedDays(seed, processes, Object.keys(ATTACKS), Object.keys(JOBS))
      : poisonedDays(seed, processes, []);
    return follow(days, guards, places);
  };
  if (values.course !== undefined) return printCourse(values.course, follows(courses[values.course]));
  const cases = Object.values(courses).map(follows);
  if (values.days) {
    printCourse('guarded', cases[0]);
    printCourse('bare', cases[1]);
  }
  printTable(...cases);
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
