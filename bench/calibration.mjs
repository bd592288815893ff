/**
 * Are the p-values honest? Scores simulated worlds in which all is normal, on laws that no part of the model assumes, and
 * counts by kind of score how much falls below 0.01, 0.001 and 0.0001, and how far the randomised p is from uniform.
 *
 *   node bench/calibration.mjs [--full] [--seed N] [--worlds N] [--kind NAME …] [--json]
 *
 * Kinds: `events` (ten minutes learned, ten scored: calibration leaves process instances out), `days` (single events
 * prequentially, and minutes of windows with a cross-fitted and a prequential history) and `rhythms` (pairs that keep none).
 * --full takes so many worlds that each kind has 100,000 units. Intervals: cluster bootstrap, 95 %, clusters being process
 * instances, hours of subjects, or pairs. Everything but the simulation is the code that ships.
 */
import { parseArgs } from 'node:util';
import { rhythmWorld } from './calibration-rhythms.mjs';
import { HEAD, PValues, rowOf } from './calibration-shares.mjs';
import { daysWorld, minutesWorld } from './calibration-worlds.mjs';

const SHORT = {
  events: { worlds: 4, processes: 600 },
  days: { worlds: 2, processes: 300, days: 8 },
  rhythms: { worlds: 2, learned: 500, scored: 1000 },
};
const FULL = {
  events: { worlds: 12, processes: 2500 },
  days: { worlds: 6, processes: 1200, days: 10 },
  rhythms: { worlds: 10, learned: 1500, scored: 11_500 },
};

const NAMES = {
  units: 'events, leave-out',
  instances: 'process instances (smallest p × units), leave-out',
  prequential: 'events, prequential',
  crossFitted: 'minutes, cross-fitted',
  longMinutes: 'minutes, prequential',
  ranks: 'rhythms, rank of regularity',
  gates: "rhythms, the gate's p (conservative)",
};

/** What each kind of world fills. */
const WORLDS = {
  events: {
    of: ['units', 'instances'],
    run: (seed, { processes }, into) => minutesWorld(seed, processes, into),
  },
  days: { of: ['prequential', 'crossFitted', 'longMinutes'], run: (seed, size, into) => daysWorld(seed, size, into) },
  rhythms: { of: ['ranks', 'gates'], run: (seed, size, into) => rhythmWorld(seed, size, into) },
};

/** p-values by kind of score of some worlds. */
export function measure(kind, size, firstSeed = 1) {
  const { of, run } = WORLDS[kind];
  const into = Object.fromEntries(of.map((name) => [name, new PValues()]));
  for (let i = 0; i < size.worlds; i++) run(firstSeed + i, size, into);
  return into;
}

/** One row a kind of score, as the pages show it. */
export const rowsOf = (results) => Object.entries(results).map(([name, result]) => rowOf(NAMES[name], result));

function main() {
  const { values } = parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      worlds: { type: 'string' },
      kind: { type: 'string', multiple: true, default: Object.keys(WORLDS) },
      json: { type: 'boolean', default: false },
    },
  });
  const results = {};
  for (const kind of values.kind) {
    const size = { ...(values.full ? FULL : SHORT)[kind] };
    if (values.worlds !== undefined) size.worlds = Number(values.worlds);
    for (const [name, p] of Object.entries(measure(kind, size, Number(values.seed)))) results[name] = p.result();
  }
  if (values.json) console.log(JSON.stringify(results));
  else
    for (const row of [HEAD, ...rowsOf(results)])
      console.log(row.map((x, i) => x.padEnd(i === 0 ? 52 : 14)).join('  '));
}

if (import.meta.filename === process.argv[1]) main();
