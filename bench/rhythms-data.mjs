/** The gate on Zeek's logs of a public data set with one labelled beacon (RITA's `missing-host`). */
import { Beats } from '../dist/baseline/rhythm/beats.js';
import { describe, formatPeriod, periodOctave } from '../dist/baseline/rhythm/describe.js';
import { gate } from '../dist/baseline/rhythm/gate.js';
import { lnRegularityRank, regularity } from '../dist/baseline/rhythm/regularity.js';
import { keyedHash } from '../dist/tuple/hash.js';
import { connections } from './zeek-conn.mjs';

const LABELLED = '73.54.23.243 64.225.56.201 80/tcp';
const LEAST_CONNECTIONS = 20;
const SIX_HOURS_MS = 6 * 3_600_000;
const KEY = new Uint8Array(32).fill(11);

/** Pairs (source, destination, port) and what their connections were; `until` cuts in event time from the first one. */
function readPairs(folder, keep, until = Number.POSITIVE_INFINITY) {
  const pairs = new Map();
  let first = Number.POSITIVE_INFINITY;
  for (const c of connections(folder)) {
    first = Math.min(first, c.ms);
    if (c.ms - first > until) continue;
    const name = `${c.source} ${c.destination} ${c.port}/${c.proto}`;
    let pair = pairs.get(name);
    if (pair === undefined) {
      pair = { name, beats: new Beats(keep), connections: 0, states: new Map() };
      pairs.set(name, pair);
    }
    pair.beats.add(c.ms);
    pair.connections++;
    const state = c.service === '-' ? c.state : `${c.service} ${c.state}`;
    pair.states.set(state, (pair.states.get(state) ?? 0) + 1);
  }
  return [...pairs.values()];
}

/** Gates of the pairs with enough connections, the surest first, and what one costs. */
function judge(pairs, constants) {
  const start = process.hrtime.bigint();
  const judged = [];
  for (const pair of pairs) {
    if (pair.connections < LEAST_CONNECTIONS) continue;
    const hash = keyedHash(KEY, pair.name);
    const times = pair.beats.times();
    const found = gate(times, hash, constants);
    if (found === undefined) judged.push({ ...pair, lnP: 0 });
    else judged.push({ ...pair, found, lnP: found.lnP, limit: regularity(times, hash, found, constants) });
  }
  const ms = Number(process.hrtime.bigint() - start) / 1e6 / judged.length;
  return { judged: judged.sort((a, b) => a.lnP - b.lnP), ms };
}

function line({ name, connections: count, beats, found, lnP, limit, states }, constants, limits) {
  const d = describe(beats.times(), found, constants);
  const others = limits.filter((x) => x !== limit);
  const state = [...states].sort((a, b) => b[1] - a[1])[0][0];
  const test = found.blockBeats === found.beats ? found.test : `${found.test}/${found.blockBeats}`;
  return [
    name.padEnd(52),
    `${count}`.padStart(6),
    lnP.toFixed(1).padStart(9),
    test.padEnd(12),
    formatPeriod(d.periodMs).padStart(9),
    `${periodOctave(d.periodMs)}`.padStart(3),
    `${(100 * d.jitterShare).toFixed(0)} %`.padStart(6),
    `${(100 * d.missedShare).toFixed(0)} %`.padStart(6),
    `${d.silences}`.padStart(4),
    lnRegularityRank(limit, others).toFixed(2).padStart(7),
    ` ${state}`,
  ].join(' ');
}

const HEAD = `${'pair'.padEnd(52)}  conns      ln p test            period oct jitter missed  sil ln rank  mostly`;

export function examine(folder, constants, level) {
  const all = judge(readPairs(folder, constants.beats_kept), constants);
  const rank = all.judged.findIndex(({ name }) => name === LABELLED) + 1;
  const six = judge(readPairs(folder, constants.beats_kept, SIX_HOURS_MS), constants);
  const rhythms = six.judged.filter(({ lnP }) => lnP < Math.log(level));
  const limitsOf = (judged) => judged.flatMap(({ limit }) => (limit === undefined ? [] : [limit]));
  const allRhythms = all.judged.filter(({ lnP }) => lnP < Math.log(level)).length;
  const text = [
    `Three days: ${all.judged.length} pairs with ${LEAST_CONNECTIONS} connections or more, ${allRhythms} rhythms at p < ${level}; ` +
      `the labelled pair is number ${rank} by ln p; ${all.ms.toFixed(1)} ms a pair`,
    HEAD,
    ...all.judged.slice(0, 10).map((pair) => line(pair, constants, limitsOf(all.judged))),
    '',
    `The first six hours: ${six.judged.length} pairs, ${rhythms.length} rhythms at p < ${level}`,
    HEAD,
    ...rhythms.map((pair) => line(pair, constants, limitsOf(six.judged))),
  ].join('\n');
  return { pairs: all.judged.length, rhythms: allRhythms, rank, msPair: all.ms, sixPairs: six.judged.length, text };
}
