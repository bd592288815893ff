/**
 * Do clusters of hosts find the roles of a simulated fleet, do they stay from day to day, and what are they worth? Learns the fleet
 * without roles day by day, and scores a last day and attacks on learned hosts: with learned roles, with roles told, with none.
 *
 *   node bench/roles.mjs [--seed N] [--seeds N] [--days N] [--processes N] [--hosts N] [--cut X]
 */
import { Baseline } from '../dist/baseline/baseline.js';
import { wordHashes } from '../dist/baseline/hash-key.js';
import { baselineModel } from '../dist/baseline/model.js';
import { Roles } from '../dist/baseline/roles.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run from '../dist/pipeline/worker.js';
import { isAbove, judge, placed } from './cold-start.mjs';
import { makeAttacks } from './cold-start-attacks.mjs';
import { fleetOptions } from './fleet-options.mjs';
import { simulateFleet } from './fleet-world.mjs';
import { Feeder, KEY } from './simulated-feed.mjs';
import { startUs } from './simulated-world.mjs';

const DAY_US = 86_400_000_000n;
const ROLES = ['web', 'db', 'ci'];

/** The model, with other constants of roles. */
const modelWith = (constants) => {
  const model = baselineModel();
  return { ...model, roles: { ...model.roles, constants: { ...model.roles.constants, ...constants } } };
};
const NO_ROLES = { least_cells: 1e9 };

/** @returns the last snapshot, and after each day the role of each host, as text of the hash */
function learn(rows, days, constants, hosts) {
  const feeder = new Feeder();
  const baseline = new Baseline(modelWith(constants), KEY);
  const trainer = new Trainer(baseline);
  const history = [];
  let snapshot;
  for (let day = 0; day < days; day++) {
    const from = startUs + BigInt(day) * DAY_US;
    const part = rows.filter(({ ts }) => ts >= from && ts < from + DAY_US);
    for (const { task } of feeder.batches(part)) {
      trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
    }
    snapshot = baseline.freeze();
    const roles = Roles.read(snapshot);
    history.push(
      hosts.map(({ host }) => {
        const [lo, hi] = wordHashes(KEY, [host]);
        const role = roles.get({ lo, hi });
        return role && `${role.hi}:${role.lo}`;
      }),
    );
  }
  return { snapshot, feeder, history };
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

function detect({ snapshot, feeder }, rows, world, test, cut, told) {
  const minutesADay = new Set(test.map((r) => `${r.host} ${r.exe} ${r.user} ${r.ts / 60_000_000n}`)).size;
  const normal = judge(feeder, test, snapshot);
  let [above, attacks] = [0, 0];
  for (const role of ROLES) {
    const host = world.hosts.find((h) => h.role === role);
    const peers = new Set(world.hosts.filter((h) => h.role === role).map((h) => h.host));
    const made = makeAttacks(rows, peers).filter((attack) => attack.rows.length === 1);
    const scored = judge(feeder, placed(made, host, told ? role : undefined, cut), snapshot);
    above += scored.filter(({ lnP }) => isAbove(lnP, minutesADay)).length;
    attacks += made.length;
  }
  const share = (level) => normal.filter(({ lnP }) => lnP <= Math.log(level)).length / normal.length;
  return { above, attacks, below01: share(0.01), below001: share(0.001) };
}

function main() {
  const own = { cut: { type: 'string', default: '' }, quick: { type: 'boolean', default: false } };
  const { seed: first, seeds, days, processes, hosts, ...values } = fleetOptions({ processes: 30, hosts: 6 }, own);
  const constants = values.cut === '' ? {} : { cut: +values.cut };
  const out = (line) => process.stdout.write(`${line}\n`);
  for (let seed = first; seed < first + seeds; seed++) {
    const world = simulateFleet({ seed, roles: ROLES.map((role) => [role, hosts]), days: days + 1, processes });
    const cut = startUs + BigInt(days) * DAY_US;
    const known = world.rows.filter(({ ts }) => ts < cut);
    const test = world.rows.filter(({ ts }) => ts >= cut);
    const learned = learn(known, days, constants, world.hosts);
    learned.history.forEach((found, day) => {
      const p = purity(found, world.hosts);
      const stays =
        day === 0 ? '' : `, Jaccard with the day before ${stability(found, learned.history[day - 1]).toFixed(3)}`;
      out(
        `seed ${seed} day ${day + 1}: ${p.hosts} of ${world.hosts.length} hosts in ${p.roles} roles, purity ${p.purity.toFixed(3)}${stays}`,
      );
    });
    if (values.quick) continue;
    const roleOf = new Map(world.hosts.map(({ host, role }) => [host, role]));
    const withRole = (rows) => rows.map((row) => ({ ...row, role: roleOf.get(row.host) }));
    const arms = {
      learned: detect(learned, known, world, test, cut, false),
      told: detect(learn(withRole(known), days, {}, world.hosts), known, world, withRole(test), cut, true),
      none: detect(learn(known, days, NO_ROLES, world.hosts), known, world, test, cut, false),
    };
    for (const [arm, { above, attacks, below01, below001 }] of Object.entries(arms)) {
      const percent = (x) => `${(100 * x).toFixed(2)} %`;
      out(
        `seed ${seed} roles ${arm.padEnd(8)} ${above} of ${attacks} attacks of one row above the level of one alert a day; ` +
          `normal subject-minutes below 0.01 ${percent(below01)}, below 0.001 ${percent(below001)}`,
      );
    }
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
