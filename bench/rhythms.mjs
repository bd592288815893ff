/**
 * Does the gate of rhythms keep its p, and what does it see? Five kinds of pairs without a rhythm, beacons with jitter and
 * missed beats bare and buried in bursts, beside RITA's closed form on the same times; then a public data set.
 *
 *   node bench/rhythms.mjs [--json] [--seeds N] [--data FOLDER]
 *
 * The constants (models/rhythms.yaml) were fixed on other seeds of these worlds before the data set was looked at. RITA's score has
 * no p: its threshold is the value that one in a thousand of its worst null exceeds, of the same number of events. It
 * knows a data set's range: here every pair's own, the best case for a beacon (the whole of its duration part).
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gate } from '../dist/baseline/rhythm/gate.js';
import { rhythmModel } from '../dist/baseline/rhythm/spec.js';
import { beacon, Chance, deadTime, intermittent, logNormal, NULLS } from './rhythm-worlds.mjs';
import { examine } from './rhythms-data.mjs';
import { ritaScore } from './rita-score.mjs';

export const LEVEL = 0.001;
const COUNTS = [20, 50, 200];
const JITTERS = [0, 0.1, 0.25, 0.5];
const MISSED = [0, 0.15, 0.3];
const { constants } = rhythmModel();

/** Seeds of a null, and of a beacon; fewer where there are more events: a pair costs the square of them. */
const nullSeeds = (seeds, n) => Math.max(20, n > 200 ? Math.round(seeds / 10) : seeds);
const beaconSeeds = (seeds, n) => Math.max(20, Math.round((seeds / 10) * Math.min(1, 50 / n)));

function draw(world, n, seeds) {
  const found = { lnP: [], rita: [], us: 0 };
  for (let seed = 0; seed < seeds; seed++) {
    const times = world(new Chance(32_452_843 * (seed + 1) + 17 * n), n);
    const start = process.cpuUsage();
    found.lnP.push(gate(times, { lo: seed, hi: n }, constants)?.lnP ?? 0);
    const { user, system } = process.cpuUsage(start);
    found.us += (user + system) / seeds;
    found.rita.push(ritaScore(times, [times[0], times.at(-1)]));
  }
  return found;
}

const share = (values, keep) => values.filter(keep).length / values.length;
const below = ({ lnP }) => share(lnP, (x) => x < Math.log(LEVEL));

/** The value that one in a thousand exceeds. */
function upper(scores) {
  return scores.toSorted((a, b) => b - a)[Math.floor(LEVEL * scores.length)];
}

export function measureNulls(seeds) {
  return [...COUNTS, 1000].map((n) => {
    const count = nullSeeds(seeds, n);
    const nulls = Object.entries(NULLS).map(([name, world]) => {
      const found = draw(world, n, count);
      return { name, below: below(found), rita: upper(found.rita), us: found.us };
    });
    return { n, seeds: count, nulls, ritaThreshold: Math.max(...nulls.map(({ rita }) => rita)) };
  });
}

export function measurePower(seeds, nulls) {
  const worlds = JITTERS.flatMap((jitter) =>
    MISSED.map((missed) => ({ jitter, missed, world: beacon, options: { jitter, missed } })),
  );
  for (const jitter of JITTERS) worlds.push({ jitter, missed: 'silences', world: intermittent, options: { jitter } });
  return worlds.map(({ jitter, missed, world, options }) => ({
    jitter,
    missed,
    cells: [false, true].flatMap((buried) =>
      COUNTS.map((n) => {
        const found = draw((chance) => world(chance, n, { ...options, buried }), n, beaconSeeds(seeds, n));
        const { ritaThreshold } = nulls.find((one) => one.n === n);
        return { buried, n, quince: below(found), rita: share(found.rita, (x) => x > ritaThreshold) };
      }),
    ),
  }));
}

/** Where the nulls end: dead times and paces that come to count as rhythms. */
export function measureLimits(seeds) {
  const worlds = [
    ...[0.05, 0.1, 0.125, 0.15, 0.2, 0.3].map((x) => [`dead time ${x} of the mean gap`, (c, n) => deadTime(c, n, x)]),
    ...[1, 0.85, 0.7, 0.5].map((x) => [`log-normal σ ${x}`, (c, n) => logNormal(c, n, x)]),
  ];
  return worlds.map(([name, world]) => ({
    name,
    below: COUNTS.map((n) => ({ n, share: below(draw(world, n, nullSeeds(seeds / 2, n))) })),
  }));
}

const write = (text) => process.stdout.write(`${text}\n`);
const cell = (x) => x.toFixed(2).padStart(6);

function print({ nulls, power, limits, data }) {
  write(`False positives at p < ${LEVEL}, and RITA's score that one in a thousand exceeds\n`);
  write(`${''.padEnd(12)}${nulls.map(({ n, seeds }) => `n = ${n} (${seeds})`.padStart(18)).join('')}`);
  for (const name of Object.keys(NULLS)) {
    const cells = nulls.map((one) => one.nulls.find((x) => x.name === name));
    write(name.padEnd(12) + cells.map((x) => `${x.below.toFixed(5)} ${x.rita.toFixed(3)}`.padStart(18)).join(''));
  }
  write(
    `\nRITA's thresholds: ${nulls.map(({ n, ritaThreshold }) => `n = ${n}: ${ritaThreshold.toFixed(3)}`).join(', ')}`,
  );
  write(
    `ms of processor a pair: ${nulls.map((x) => `n = ${x.n}: ${(Math.max(...x.nulls.map(({ us }) => us)) / 1000).toFixed(2)}`).join(', ')}`,
  );
  write(`\nPower at ${LEVEL}: Quince, RITA's closed form at its threshold\n`);
  const heads = power[0].cells.map(({ buried, n }) => `${buried ? 'buried' : 'bare'} ${n}`.padStart(14));
  write(`${'jitter  missed'.padEnd(18)}${heads.join('')}`);
  for (const { jitter, missed, cells } of power) {
    const label = `± ${100 * jitter} %`.padEnd(8) + (missed === 'silences' ? missed : `${100 * missed} %`);
    write(label.padEnd(18) + cells.map((x) => `  ${cell(x.quince)}${cell(x.rita)}`).join(''));
  }
  write(`\nWhere dead times and paces come to count as rhythms: share at p < ${LEVEL}\n`);
  for (const { name, below: shares } of limits) {
    write(name.padEnd(32) + shares.map(({ n, share: x }) => `  n = ${n} ${x.toFixed(4)}`).join(''));
  }
  write(`\n${data ?? 'no data set: its part is left out'}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, seeds: { type: 'string', default: '2000' }, data: { type: 'string' } },
  });
  const seeds = Number(values.seeds);
  const folder =
    values.data ??
    process.env.QUINCE_RITA_DATA ??
    fileURLToPath(new URL('../../shared/data/rita-missing-host', import.meta.url));
  const nulls = measureNulls(seeds);
  const results = { nulls, power: measurePower(seeds, nulls), limits: measureLimits(seeds) };
  const data = existsSync(folder) ? await examine(folder, constants, LEVEL) : undefined;
  if (values.json) write(JSON.stringify({ ...results, data }));
  else print({ ...results, data: data?.text });
}
