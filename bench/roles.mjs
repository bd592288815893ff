/**
 * Do clusters of hosts find the roles of a simulated fleet, do they stay from day to day, and what are they worth? Learns the fleet
 * without roles day by day, and scores a last day and attacks on learned hosts: with learned roles, with roles told, with none.
 *
 *   node bench/roles.mjs [--seed N] [--seeds N] [--days N] [--processes N] [--hosts N] [--cut X] [--quick]
 *
 * Detection is measured in the first world; `--quick` leaves it out.
 */
import { Baseline } from '../dist/baseline/baseline.js';
import { wordHashes } from '../dist/baseline/hash-key.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Roles } from '../dist/baseline/roles.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run from '../dist/pipeline/worker.js';
import { attacked, daysOf, judge, placed } from './cold-start.mjs';
import { makeAttacks } from './cold-start-attacks.mjs';
import { fleetOptions } from './fleet-options.mjs';
import { simulateFleet } from './fleet-world.mjs';
import { Feeder, KEY } from './simulated-feed.mjs';
import { startUs } from './simulated-world.mjs';

const HOUR_US = 3_600_000_000n;
const ROLES = ['web', 'db', 'ci'];

/** The model, with other constants of roles. */
const modelWith = (constants) => {
  const model = baselineModel();
  return { ...model, roles: { ...model.roles, constants: { ...model.roles.constants, ...constants } } };
};
const NO_ROLES = { least_cells: 1e9 };

/** @returns what was learned, and after each day the role of each host, as text of the hash */
function learn(byDay, constants, hosts) {
  const feeder = new Feeder();
  const baseline = new Baseline(modelWith(constants), KEY);
  const trainer = new Trainer(baseline);
  const history = [];
  for (const rows of byDay) {
    for (const { task } of feeder.batches(rows)) {
      trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
    }
    // What is in force on a day knows the days before.
    if (trainer.inForce !== undefined) history.push(rolesOf(trainer.inForce, hosts));
  }
  baseline.advance();
  const learned = { snapshot: baseline.freeze(), names: baseline.tables([]).names };
  return { learned, feeder, history: [...history, rolesOf(learned.snapshot, hosts)] };
}

function rolesOf(snapshot, hosts) {
  const roles = Roles.read(snapshot);
  return hosts.map(({ host }) => {
    const [lo, hi] = wordHashes(KEY, [host]);
    const role = roles.get({ lo, hi });
    return role && `${role.hi}:${role.lo}`;
  });
}

/** Share of the hosts with a role that are of the most frequent kind in theirs. */
function purity(found, hosts) {
  const byRole = new Map();
  found.forEach((role, i) => {
    if (role === undefined) return;
    const kinds = byRole.get(role) ?? new Map();
    byRole.set(role, kinds.set(hosts[i].role, (kinds.get(hosts[i].role) ?? 0) + 1));
  });
  const best = [...byRole.values()].map((kinds) => Math.max(...kinds.values()));
  const all = found.filter((role) => role !== undefined).length;
  return { roles: byRole.size, hosts: all, purity: all === 0 ? Number.NaN : best.reduce((a, b) => a + b, 0) / all };
}

/** Jaccard index of the pairs of hosts that share a role on two days. */
function stability(a, b) {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [a, b].map((of) => of[i] !== undefined && of[i] === of[j]);
      if (x && y) both++;
      if (x || y) either++;
    }
  }
  return either === 0 ? 1 : both / either;
}

async function detect({ learned, feeder }, known, world, test, cut, told) {
  const out = { above: 0, attacks: 0, alerts: 0, minutes: 0, below01: 0, below001: 0 };
  const normal = await judge(feeder, learned, test);
  out.alerts = normal.alerts.length;
  out.minutes = normal.minutes.length;
  for (const { lnP } of normal.minutes) {
    if (lnP <= Math.log(0.01)) out.below01++;
    if (lnP <= Math.log(0.001)) out.below001++;
  }
  for (const role of ROLES) {
    const host = world.hosts.find((h) => h.role === role);
    const peers = new Set(world.hosts.filter((h) => h.role === role).map((h) => h.host));
    const before = test.filter((r) => r.host === host.host && r.ts < cut + 2n * HOUR_US);
    for (const attack of makeAttacks(known, peers)) {
      const rows = placed(attack, host, told ? role : undefined, cut + (3n * HOUR_US) / 2n);
      if ((await attacked(feeder, learned, before, rows)).alert) out.above++;
      out.attacks++;
    }
  }
  return out;
}

async function main() {
  const own = { cut: { type: 'string', default: '' }, quick: { type: 'boolean', default: false } };
  const { seed: first, seeds, days, processes, hosts, ...values } = fleetOptions({ processes: 15, hosts: 3 }, own);
  const constants = values.cut === '' ? {} : { cut: +values.cut };
  const out = (line) => process.stdout.write(`${line}\n`);
  for (let seed = first; seed < first + seeds; seed++) {
    const world = simulateFleet({ seed, roles: ROLES.map((role) => [role, hosts]), days: days + 1, processes });
    const cut = startUs + BigInt(days) * 24n * HOUR_US;
    const byDay = daysOf(world.rows, days);
    const known = byDay.flat();
    const test = world.rows.filter(({ ts }) => ts >= cut);
    const learned = learn(byDay, constants, world.hosts);
    learned.history.forEach((found, day) => {
      const p = purity(found, world.hosts);
      const stays =
        day === 0 ? '' : `, Jaccard with the day before ${stability(found, learned.history[day - 1]).toFixed(3)}`;
      out(
        `seed ${seed} after day ${day + 1}: ${p.hosts} of ${world.hosts.length} hosts in ${p.roles} roles, purity ${p.purity.toFixed(3)}${stays}`,
      );
    });
    if (values.quick || seed > first) continue;
    const roleOfHost = new Map(world.hosts.map(({ host, role }) => [host, role]));
    const withRole = (rows) => rows.map((row) => ({ ...row, role: roleOfHost.get(row.host) }));
    const arms = {
      learned: await detect(learned, known, world, test, cut, false),
      told: await detect(learn(byDay.map(withRole), {}, world.hosts), known, world, withRole(test), cut, true),
      none: await detect(learn(byDay, NO_ROLES, world.hosts), known, world, test, cut, false),
    };
    for (const [arm, { above, attacks, alerts, minutes, below01, below001 }] of Object.entries(arms)) {
      const percent = (x) => `${((100 * x) / minutes).toFixed(2)} %`;
      out(
        `seed ${seed} roles ${arm.padEnd(8)} ${above} of ${attacks} attacks are alerts at one a day; ` +
          `normal day: ${alerts} alerts, minutes below 0.01 ${percent(below01)}, below 0.001 ${percent(below001)}`,
      );
    }
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) await main();
