/**
 * Does a host that came up a second ago keep the attacks of a host that was learned? In a simulated fleet the last host of each
 * role is learned or left out; the same attacks are put on it, and its first hours of normal work are scored.
 *
 *   node bench/cold-start.mjs [--seed N] [--seeds N] [--days N] [--processes N] [--hosts N] [--verbose]
 *   node bench/cold-start.mjs --no-roles     without roles: what they are worth
 *
 * Everything is judged as `score` does it, by the decision at one alert a day: each attack in a run of its own, behind an hour of
 * normal work; each hour of a day in a run of its own, as if the host had come up then. An attack's ln p is the smallest of its minute.
 */
import { startOf } from '../dist/pipeline/decider.js';
import { decide } from '../dist/pipeline/decision.js';
import { learnDays, scoreDays } from './alerts.mjs';
import { makeAttacks } from './cold-start-attacks.mjs';
import { fleetOptions } from './fleet-options.mjs';
import { simulateFleet } from './fleet-world.mjs';
import { Feeder } from './simulated-feed.mjs';
import { startUs } from './simulated-world.mjs';

const DAY_US = 86_400_000_000n;
const HOUR_US = DAY_US / 24n;
const MINUTE_US = 60_000_000n;
const BUDGET = { decider: 'budget', perDay: 1 };
/** Minutes into the day: the attack comes behind two hours, so that its minute is whole and its hour goes on. */
const ATTACK_MINUTE = 90;
const NORMAL_US = 2n * HOUR_US;

export const daysOf = (rows, days) =>
  Array.from({ length: days }, (_, day) => {
    const from = startUs + BigInt(day) * DAY_US;
    return rows.filter(({ ts }) => ts >= from && ts < from + DAY_US);
  });

/** The decision upon some rows, and ln p of each minute. */
export async function judge(feeder, learned, rows) {
  const scored = await scoreDays(feeder, learned, [rows]);
  const minutes = [];
  const report = decide(learned.snapshot, scored, BUDGET, (lnP, { row }) => {
    minutes.push({ ...row, lnP });
  });
  return { minutes, alerts: report.alerts };
}

/** Rows of an attack on a host, at a minute of a day, among its normal work. */
export function placed({ rows }, { host, saddr }, role, minuteUs) {
  return rows.map((row, i) => ({
    ...row,
    host,
    ...(row.saddr === undefined ? {} : { saddr }),
    ...(role === undefined ? {} : { role }),
    proc: 0x9e3779b97f4a7c15n,
    pid: 20_000,
    ts: minuteUs + BigInt(i * 150_000),
  }));
}

function ranks(values) {
  const order = values.map((v, i) => [v, i]).sort((a, b) => a[0] - b[0]);
  const out = new Array(values.length);
  for (let i = 0; i < order.length; ) {
    let j = i;
    while (j < order.length && order[j][0] === order[i][0]) j++;
    for (let k = i; k < j; k++) out[order[k][1]] = (i + j - 1) / 2;
    i = j;
  }
  return out;
}

/** Rank correlation with ties (Spearman 1904). */
export function spearman(a, b) {
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  const dot = (p, q) => p.reduce((sum, v, i) => sum + (v - mean) * (q[i] - mean), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** What becomes of an attack: ln p of its minute, and whether it is an alert. */
export async function attacked(feeder, learned, normal, rows) {
  const minute = Number(rows[0].ts / MINUTE_US);
  const all = [...normal, ...rows].sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  const { minutes, alerts } = await judge(feeder, learned, all);
  const lnP = Math.min(0, ...minutes.filter((m) => m.minute === minute).map((m) => m.lnP));
  return { lnP, alert: alerts.some((alert) => alert.minute === minute || alert.worst === minute) };
}

/** A host that came up at each hour of a day. */
async function firstHours(feeder, learned, day, cut) {
  const hours = { hours: 0, minutes: 0, below01: 0, below001: 0, alerts: [] };
  for (let h = 0n; h < 24n; h++) {
    const rows = day.filter(({ ts }) => ts >= cut + h * HOUR_US && ts < cut + (h + 1n) * HOUR_US);
    if (rows.length === 0) continue;
    const { minutes, alerts } = await judge(feeder, learned, rows);
    hours.hours++;
    hours.minutes += minutes.length;
    hours.below01 += minutes.filter(({ lnP }) => lnP <= Math.log(0.01)).length;
    hours.below001 += minutes.filter(({ lnP }) => lnP <= Math.log(0.001)).length;
    hours.alerts.push(...alerts);
  }
  return hours;
}

async function measureHost(feeder, learned, host, { attacks, day, cut, role }) {
  const normal = day.filter(({ ts }) => ts < cut + NORMAL_US);
  const outcomes = [];
  for (const attack of attacks) {
    const rows = placed(attack, host, role, cut + BigInt(ATTACK_MINUTE) * MINUTE_US);
    outcomes.push(await attacked(feeder, learned, normal, rows));
  }
  const lnP = outcomes.map((o) => o.lnP);
  const threshold = -startOf(learned.snapshot, 1).threshold;
  return {
    lnP,
    above: lnP.map((p) => p < threshold),
    alert: outcomes.map((o) => o.alert),
    threshold,
    first: await firstHours(feeder, learned, day, cut),
  };
}

export async function measure({ seed, days, processes, hosts: count, withRoles }) {
  const roles = [
    ['web', count],
    ['db', count],
  ];
  const world = simulateFleet({ seed, roles, days: days + 1, processes });
  const roleOf = new Map(world.hosts.map(({ host, role }) => [host, role]));
  const all = world.rows.map((row) => (withRoles ? { ...row, role: roleOf.get(row.host) } : row));
  const cut = startUs + BigInt(days) * DAY_US;
  const byDay = daysOf(all, days);
  const known = byDay.flat();
  const test = all.filter(({ ts }) => ts >= cut);
  const cold = ['web', 'db'].map((role) => world.hosts.filter((h) => h.role === role).at(-1));
  const coldNames = new Set(cold.map(({ host }) => host));
  const feeder = new Feeder();
  const learned = learnDays(feeder, byDay);
  const leftOut = learnDays(
    feeder,
    byDay.map((rows) => rows.filter(({ host }) => !coldNames.has(host))),
  );
  const byHost = [];
  for (const host of cold) {
    const peers = new Set(world.hosts.filter((h) => h.role === host.role && h !== host).map((h) => h.host));
    const attacks = makeAttacks(known, peers);
    const day = test.filter((r) => r.host === host.host);
    const of = { attacks, day, cut, role: withRoles ? host.role : undefined };
    const warm = await measureHost(feeder, learned, host, of);
    byHost.push({ host: host.host, attacks, warm, cold: await measureHost(feeder, leftOut, host, of) });
  }
  return { seed, byHost };
}

const sum = (list) => list.reduce((a, b) => a + Number(b), 0);

export function summarise(results) {
  const all = results.flatMap(({ byHost }) => byHost);
  const total = (pick) => sum(all.map(pick));
  const both = (what) => total(({ warm, cold }) => sum(warm[what].map((a, i) => a && cold[what][i])));
  const arm = (name) => ({
    above: total((h) => sum(h[name].above)),
    alerts: total((h) => sum(h[name].alert)),
    hours: total((h) => h[name].first.hours),
    minutes: total((h) => h[name].first.minutes),
    below01: total((h) => h[name].first.below01),
    below001: total((h) => h[name].first.below001),
    falseAlerts: total((h) => h[name].first.alerts.length),
  });
  return {
    attacks: all[0].attacks.length,
    hosts: all.length,
    spearman: all.map(({ warm, cold }) => spearman(warm.lnP, cold.lnP)),
    warm: arm('warm'),
    cold: arm('cold'),
    keptAbove: both('above'),
    keptAlerts: both('alert'),
  };
}

function print(s, withRoles) {
  const percent = (x) => `${(100 * x).toFixed(2)} %`;
  const out = (line) => process.stdout.write(`${line}\n`);
  out(`${s.hosts} hosts left out, ${s.attacks} attacks each, ${withRoles ? 'roles told' : 'no roles'}`);
  out(`Spearman of ln p, learned against left out: ${s.spearman.map((r) => r.toFixed(3)).join(' ')}`);
  out(
    `above the first threshold of one alert a day: learned ${s.warm.above}, left out ${s.cold.above}, both ${s.keptAbove}`,
  );
  out(`alerts at one a day: learned ${s.warm.alerts}, left out ${s.cold.alerts}, both ${s.keptAlerts}`);
  for (const [name, of] of Object.entries({ learned: s.warm, 'left out': s.cold })) {
    out(
      `first hours, ${name}: ${of.falseAlerts} alerts in ${of.hours} hours (${((24 * of.falseAlerts) / of.hours).toFixed(2)} a day), ` +
        `${of.minutes} minutes, p < 0.01 ${percent(of.below01 / of.minutes)}, p < 0.001 ${percent(of.below001 / of.minutes)}`,
    );
  }
}

function printAttacks({ host, attacks, warm, cold }) {
  const line = (text) => process.stdout.write(`${text}\n`);
  line(`${host} threshold ${warm.threshold.toFixed(1)} ${cold.threshold.toFixed(1)}`);
  const cell = ({ lnP, alert }, k) => `${lnP[k].toFixed(1).padStart(7)} ${alert[k] ? 'alert' : '     '}`;
  attacks.forEach(({ name }, k) => {
    line(`${host} ${name.padEnd(38)} ${cell(warm, k)} ${cell(cold, k)}`);
  });
  for (const { exe, wholeHost, lnP, evidence } of cold.first.alerts) {
    const by = evidence.map((e) => `${e.kind}${e.feature === undefined ? '' : ` ${e.feature}`} ${e.lnP.toFixed(1)}`);
    line(`${host} false, left out: ${wholeHost ? 'host' : exe} ${lnP.toFixed(1)} by ${by.join(', ')}`);
  }
}

async function main() {
  const own = { 'no-roles': { type: 'boolean', default: false }, verbose: { type: 'boolean', default: false } };
  const { seed: first, seeds, days, processes, hosts, ...values } = fleetOptions({ processes: 40, hosts: 5 }, own);
  const withRoles = !values['no-roles'];
  const results = [];
  for (let seed = first; seed < first + seeds; seed++) {
    results.push(await measure({ seed, days, processes, hosts, withRoles }));
  }
  print(summarise(results), withRoles);
  if (values.verbose) for (const { byHost } of results) byHost.forEach(printAttacks);
}

if (process.argv[1] === new URL(import.meta.url).pathname) await main();
