/**
 * A fleet of 20 hosts of one role in a simulated world, and attacks that come back on each of 20 days to become normal. Each
 * attack has a program of its own, which the fleet uses daily.
 */
import { Chance } from './chance.mjs';
import { simulate, startUs } from './simulated-world.mjs';

export const HOSTS = 20;
export const QUIET_DAYS = 7;
export const ATTACK_DAYS = 20;
const DAY_US = 86_400_000_000n;

const SYLLABLES = 'ba ke li mo nu ra se ti vo zu da fe gi ho ju pa'.split(' ');

/** A word that no other number below 4,096 has: digits would be generalised away. */
function wordOf(i) {
  return SYLLABLES[i % 16] + SYLLABLES[Math.floor(i / 16) % 16] + SYLLABLES[Math.floor(i / 256) % 16];
}

/** Jobs that are there from the first day, one process an hour, `rows` a day: from the first day of attacks on they grow. */
export const JOBS = {
  ramp: { what: 'a job that grows by 5 % a day, at a daily variation of 20 %', host: 13, rows: 200, growth: 1.05 },
  shift: { what: 'no attack: a job three times as large from day 1 on', host: 15, rows: 200, times: 3 },
};

/** One row of each attack a process: an exec as the fleet knows it, then the bad thing. */
export const ATTACKS = {
  flood: { what: '200 forks a day, each with arguments never seen', host: 7, instances: 200, times: 1, words: true },
  connection: { what: 'one bad connection, 50 times a day', host: 3, instances: 50, times: 1 },
  fork: { what: 'the same by 1,000 forks a day', host: 5, instances: 1000, times: 1 },
  loud: { what: 'one loud host of 20, 2,000 rows a day', host: 9, instances: 40, times: 50 },
};

const hostName = (i) => `web-${wordOf(i)}`;

/** The normal rows, each process on one host of the fleet. @param processes that start a day */
function fleetRows(seed, processes) {
  const days = QUIET_DAYS + ATTACK_DAYS;
  return simulate({ seed, seconds: days * 86_400, processes: days * processes }).map((row) => ({
    ...row,
    host: hostName(Number((row.proc >> 7n) % BigInt(HOSTS))),
    role: 'web',
  }));
}

/** The programs that most hosts and days use, an exec of each; those with the fewest arguments first. */
function commonPrograms(rows) {
  const seen = new Map();
  for (const row of rows) {
    if (row.syscall !== 'exec') continue;
    const of = seen.get(row.exe) ?? { exec: row, places: new Set(), args: new Set() };
    of.args.add(row.args);
    of.places.add(`${row.host} ${(row.ts - startUs) / DAY_US}`);
    seen.set(row.exe, of);
  }
  const common = [...seen.values()].sort((a, b) => b.places.size - a.places.size).slice(0, 10);
  return common.sort((a, b) => a.args.size - b.args.size).map(({ exec }) => exec);
}

function attackRows(name, day, exec, from = ATTACKS[name].host) {
  const { instances, times, words } = ATTACKS[name];
  const at = Object.keys(ATTACKS).indexOf(name);
  const rows = [];
  for (let i = 0; i < instances; i++) {
    const id = BigInt(((at * 40 + day) * 32 + from) * 1024 + i) + (1n << 40n);
    const proc = BigInt.asUintN(64, id * 0x9e3779b97f4a7c15n) ^ 0x2545f4914f6cdd1dn;
    const ts = startUs + BigInt(day) * DAY_US + (DAY_US * BigInt(i)) / BigInt(instances);
    const args = words ? `${exec.comm} --${wordOf((day * instances + i) % 4096)}` : exec.args;
    const common = { ...exec, host: hostName(from), proc, pid: 9000 + i, args };
    rows.push({ ...common, ts });
    if (words) continue;
    const bad = {
      syscall: 'connect',
      proto: 'tcp',
      saddr: `10.0.1.${from}`,
      sport: 40_000,
      daddr: `203.0.113.${7 + at}`,
      dport: 4444,
    };
    for (let k = 0; k < times; k++) rows.push({ ...common, ...bad, ts: ts + BigInt(k + 1) * 1000n });
  }
  return rows.map((row) => ({ ...row, attack: name }));
}

function jobRows(name, seed, day, exec) {
  const { rows: usual, growth = 1, times = 1, host } = JOBS[name];
  const chance = new Chance(seed * 1000 + day * 10 + host);
  const sigma = Math.sqrt(Math.log1p(0.2 ** 2));
  const since = Math.max(0, day - QUIET_DAYS + 1);
  const level = usual * growth ** since * (since > 0 ? times : 1) * Math.exp(sigma * chance.normal() - sigma ** 2 / 2);
  const rows = [];
  for (let hour = 0; hour < 24; hour++) {
    const id = BigInt((host * 64 + day) * 32 + hour) + (1n << 41n);
    const proc = BigInt.asUintN(64, id * 0x9e3779b97f4a7c15n) ^ 0x2545f4914f6cdd1dn;
    const ts = startUs + BigInt(day) * DAY_US + (DAY_US * BigInt(hour)) / 24n;
    const common = { ...exec, host: hostName(host), proc, pid: 8000 + hour };
    rows.push({ ...common, ts });
    const work = {
      syscall: 'connect',
      proto: 'tcp',
      saddr: `10.0.1.${host}`,
      sport: 40_000,
      daddr: '10.0.0.9',
      dport: 443,
    };
    const n = Math.round(level / 24);
    for (let k = 0; k < n; k++) rows.push({ ...common, ...work, ts: ts + (BigInt(k) * 600_000_000n) / BigInt(n + 1) });
  }
  return rows.map((row) => ({ ...row, attack: name }));
}

/** Who is watched for an attack or job: host, and the program and its parent. */
export function placesOf(seed, processes) {
  const programs = programsOf(fleetRows(seed, processes));
  return Object.fromEntries(
    Object.entries(programs).map(([name, { exe, parent_exe }]) => {
      const { host } = ATTACKS[name] ?? JOBS[name];
      return [name, { host: hostName(host), exes: [exe, parent_exe].filter((path) => path !== undefined) }];
    }),
  );
}

function programsOf(normal) {
  const common = commonPrograms(normal.filter((row) => row.ts < startUs + BigInt(QUIET_DAYS) * DAY_US));
  return Object.fromEntries([...Object.keys(ATTACKS), ...Object.keys(JOBS)].map((name, i) => [name, common[i]]));
}

/**
 * Rows by day, in order of time; rows of attacks say so in `attack`. On the last day another host does for the first time
 * what the loud one does (`attack: 'loud elsewhere'`). Jobs are there from the first day.
 */
export function poisonedDays(seed, processes, attacks = Object.keys(ATTACKS), jobs = []) {
  const normal = fleetRows(seed, processes);
  const programs = programsOf(normal);
  const program = (name) => programs[name];
  const days = Array.from({ length: QUIET_DAYS + ATTACK_DAYS }, () => []);
  for (const row of normal) days[Number((row.ts - startUs) / DAY_US)]?.push(row);
  days.forEach((rows, day) => {
    for (const name of jobs) rows.push(...jobRows(name, seed, day, program(name)));
    rows.sort(byTime);
    if (day < QUIET_DAYS) return;
    for (const name of attacks) rows.push(...attackRows(name, day, program(name)));
    if (day === days.length - 1 && attacks.includes('loud')) {
      rows.push(...attackRows('loud', day, program('loud'), 11).map((row) => ({ ...row, attack: 'loud elsewhere' })));
    }
    rows.sort(byTime);
  });
  return days;
}

const byTime = (a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0);
