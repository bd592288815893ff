/**
 * Does a host that came up a second ago keep the attacks of a host that was learned? In a simulated fleet the last host of each
 * role is learned or left out; the same attacks are put on it, and its first hour of normal work is counted.
 *
 *   node bench/cold-start.mjs [--seed N] [--seeds N] [--days N] [--processes N] [--hosts N] [--verbose]
 *   node bench/cold-start.mjs --no-roles     without roles: what they are worth
 *
 * A subject's minute has the smallest p of its distinct signatures and its windows, times their number. It is above the level
 * of N alerts a day when that is at most N / (subject-minutes of a day of the fleet).
 */
import { Baseline } from '../dist/baseline/baseline.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Roles, RolesAtHand } from '../dist/baseline/roles.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run from '../dist/pipeline/worker.js';
import { WindowScorer } from '../dist/score/window-scorer.js';
import { makeAttacks } from './cold-start-attacks.mjs';
import { fleetOptions } from './fleet-options.mjs';
import { simulateFleet } from './fleet-world.mjs';
import { Feeder, KEY } from './simulated-feed.mjs';
import { startUs } from './simulated-world.mjs';

const DAY_US = 86_400_000_000n;
const MINUTE_US = 60_000_000n;
const ALERTS_A_DAY = 1;

/** The level of N = 1; the decision's own replaces it. */
export const isAbove = (lnP, minutesADay) => lnP <= Math.log(ALERTS_A_DAY / minutesADay);

function learn(feeder, rows) {
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline);
  for (const { task } of feeder.batches(rows)) {
    trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
  }
  return baseline.freeze();
}

/** ln p of each subject's minute: of its distinct signatures and its worst window. */
export function judge(feeder, rows, snapshot) {
  const subjects = new Map();
  const minuteOf = (host, exe, user, minute) => {
    const key = `${host} ${exe} ${user} ${minute}`;
    if (!subjects.has(key)) subjects.set(key, { host, exe, minute, signatures: new Map() });
    return subjects.get(key);
  };
  const roles = new RolesAtHand(Roles.read(snapshot));
  const hashes = new Map();
  const windows = new WindowScorer(
    baselineModel(),
    snapshot,
    (scores) => {
      for (const { entity, minute, lnP } of scores) {
        if (entity.kind !== 'subject') continue;
        const [host, exe, user] = [entity.host, entity.exe, entity.user].map((p) => hashes.get(`${p?.hi}:${p?.lo}`));
        minuteOf(host, exe, user, minute).signatures.set('window', lnP);
      }
    },
    roles,
  );
  for (const { part, task } of feeder.batches(rows)) {
    const result = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum });
    roles.observe(result.roles);
    const { parts, has, origins } = result.windows;
    for (let i = 0; i < has.length; i++) {
      if (has[i] === 1) hashes.set(`${parts[2 * i + 1]}:${parts[2 * i]}`, feeder.table.value(origins[i])?.whole);
    }
    windows.take(result.windows);
    const { signature, lnP } = result.fifteen;
    part.forEach((row, i) => {
      const minute = Number(row.ts / MINUTE_US);
      const name = `${signature[2 * i + 1]}:${signature[2 * i]}`;
      minuteOf(row.host, row.exe, row.user, minute).signatures.set(name, lnP[i]);
    });
  }
  windows.finish();
  for (const of of subjects.values()) {
    const all = [...of.signatures.values()];
    of.lnP = Math.min(0, Math.min(...all) + Math.log(all.length));
    of.byWindow = (of.signatures.get('window') ?? 0) <= Math.min(...all);
  }
  return [...subjects.values()];
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

/** Attacks of one row stand two minutes apart, those of many rows two hours, for windows go on to the end of their hour. */
const minuteOf = (k, attacks) => {
  const single = attacks.filter(({ rows }) => rows.length === 1).length;
  return 120 + (k < single ? 2 * k : 120 * (1 + k - single));
};

/** Attack rows on a host, each attack in a minute of its own, behind the day's normal work of its first hour. */
export function placed(attacks, { host, saddr }, role, day) {
  return attacks.flatMap(({ rows }, k) =>
    rows.map((row, i) => ({
      ...row,
      host,
      ...(row.saddr === undefined ? {} : { saddr }),
      ...(role === undefined ? {} : { role }),
      proc: (BigInt(1_000_000 + k) * 0x9e3779b97f4a7c15n) & ((1n << 64n) - 1n),
      pid: 20_000 + k,
      ts: day + BigInt(minuteOf(k, attacks)) * MINUTE_US + BigInt(i * 150_000),
    })),
  );
}

export function measure({ seed, days, processes, hosts: count, withRoles }) {
  const world = simulateFleet({
    seed,
    roles: [
      ['web', count],
      ['db', count],
    ],
    days: days + 1,
    processes,
  });
  const roleOf = new Map(world.hosts.map(({ host, role }) => [host, role]));
  const all = world.rows.map((row) => (withRoles ? { ...row, role: roleOf.get(row.host) } : row));
  const cut = startUs + BigInt(days) * DAY_US;
  const known = all.filter(({ ts }) => ts < cut);
  const test = all.filter(({ ts }) => ts >= cut);
  const cold = ['web', 'db'].map((role) => world.hosts.filter((h) => h.role === role).at(-1));
  const coldNames = new Set(cold.map(({ host }) => host));
  const feeder = new Feeder();
  const learned = learn(feeder, known);
  const leftOut = learn(
    feeder,
    known.filter(({ host }) => !coldNames.has(host)),
  );
  const minutesADay = new Set(test.map((r) => `${r.host} ${r.exe} ${r.user} ${r.ts / MINUTE_US}`)).size;
  const byHost = cold.map((host) => {
    const peers = new Set(world.hosts.filter((h) => h.role === host.role && h !== host).map((h) => h.host));
    const attacks = makeAttacks(known, peers);
    const rows = placed(attacks, host, withRoles ? host.role : undefined, cut);
    const normal = test.filter((r) => r.host === host.host && r.ts < cut + 60n * MINUTE_US);
    const of = (snapshot) => {
      const scored = judge(feeder, [...normal, ...rows], snapshot);
      const from = Number(cut / MINUTE_US) + 120;
      const lnP = attacks.map((_, k) =>
        Math.min(0, ...scored.filter(({ minute }) => minute === from - 120 + minuteOf(k, attacks)).map((s) => s.lnP)),
      );
      const work = scored.filter(({ minute }) => minute < from - 60);
      return {
        lnP,
        above: lnP.map((p) => isAbove(p, minutesADay)),
        minutes: work.length,
        alerts: new Set(work.filter((s) => isAbove(s.lnP, minutesADay)).map((s) => s.exe)).size,
        below: work.filter((s) => s.lnP <= Math.log(0.01)).length / Math.max(1, work.length),
        belowByWindow: work.filter((s) => s.byWindow && s.lnP <= Math.log(0.01)).length / Math.max(1, work.length),
      };
    };
    return { host: host.host, attacks, warm: of(learned), cold: of(leftOut) };
  });
  return { seed, minutesADay, byHost };
}

const sum = (list) => list.reduce((a, b) => a + b, 0);

export function summarise(results) {
  const all = results.flatMap(({ byHost }) => byHost);
  const kept = all.map(({ warm, cold }) => [warm.above.filter((a, i) => a && cold.above[i]).length, sum(warm.above)]);
  return {
    attacks: all[0].attacks.length,
    hosts: all.length,
    spearman: all.map(({ warm, cold }) => spearman(warm.lnP, cold.lnP)),
    warmAbove: sum(all.map(({ warm }) => sum(warm.above))),
    coldAbove: sum(all.map(({ cold }) => sum(cold.above))),
    kept: sum(kept.map(([k]) => k)),
    warmAlerts: sum(all.map(({ warm }) => warm.alerts)),
    coldAlerts: sum(all.map(({ cold }) => cold.alerts)),
    warmBelow: sum(all.map(({ warm }) => warm.below)) / all.length,
    coldBelow: sum(all.map(({ cold }) => cold.below)) / all.length,
    coldByWindow: sum(all.map(({ cold }) => cold.belowByWindow)) / all.length,
  };
}

function main() {
  const own = { 'no-roles': { type: 'boolean', default: false }, verbose: { type: 'boolean', default: false } };
  const { seed: first, seeds, days, processes, hosts, ...values } = fleetOptions({ processes: 40, hosts: 5 }, own);
  const withRoles = !values['no-roles'];
  const results = Array.from({ length: seeds }, (_, i) =>
    measure({ seed: first + i, days, processes, hosts, withRoles }),
  );
  const s = summarise(results);
  const percent = (x) => `${(100 * x).toFixed(2)} %`;
  const out = (line) => process.stdout.write(`${line}\n`);
  out(`${s.hosts} hosts left out, ${s.attacks} attacks each, ${withRoles ? 'roles told' : 'no roles'}`);
  out(`Spearman of ln p, learned against left out: ${s.spearman.map((r) => r.toFixed(3)).join(' ')}`);
  out(`above the level of one alert a day: learned ${s.warmAbove}, left out ${s.coldAbove}, both ${s.kept}`);
  out(`first hour, subjects above the level: learned ${s.warmAlerts}, left out ${s.coldAlerts} on ${s.hosts} hosts`);
  out(
    `first hour, subject-minutes with p < 0.01: learned ${percent(s.warmBelow)}, left out ${percent(s.coldBelow)} (${percent(s.coldByWindow)} by windows)`,
  );
  if (!values.verbose) return;
  for (const { byHost } of results) {
    for (const { host, attacks, warm, cold } of byHost) {
      attacks.forEach(({ name }, k) => {
        out(`${host} ${name.padEnd(38)} ${warm.lnP[k].toFixed(1).padStart(7)} ${cold.lnP[k].toFixed(1).padStart(7)}`);
      });
    }
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
