/** The gate on Zeek's logs of a public data set with one labelled beacon (RITA's `missing-host`). */
import { readdirSync } from 'node:fs';
import { Beats } from '../dist/baseline/rhythm/beats.js';
import { describe, formatPeriod, periodOctave } from '../dist/baseline/rhythm/describe.js';
import { gate } from '../dist/baseline/rhythm/gate.js';
import { lnRegularityRank, regularity } from '../dist/baseline/rhythm/regularity.js';
import { SlotPool } from '../dist/columnar/slot-pool.js';
import { SlotView } from '../dist/columnar/slot-view.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { openFile } from '../dist/source/file-source.js';
import { col } from '../dist/tuple/columns.js';
import { keyedHash } from '../dist/tuple/hash.js';
import { ritaScore } from './rita-score.mjs';

const LABELLED = '73.54.23.243 64.225.56.201 80/tcp';
const LEAST_CONNECTIONS = 20;
const SIX_HOURS_MS = 6 * 3_600_000;
const KEY = new Uint8Array(32).fill(11);

/** What a pair plainly is, by its port and how its connections ended. */
function kindOf({ name, states }) {
  const port = name.split(' ')[2];
  const refused = [...states].every(([state]) => /^(REJ|S0|RSTO|OTH|SH)$/.test(state));
  if (name === LABELLED) return 'the labelled beacon';
  if (port === '123/udp') return 'NTP';
  if (port === '53/udp') return 'DNS';
  if (port === '22/tcp') return 'SSH guessing';
  if (port.endsWith('/icmp')) return port === '134/icmp' || port === '133/icmp' ? 'IPv6 routers' : 'ICMP';
  return refused ? 'a closed port' : 'other';
}

/** Connections of all logs in a folder, in order of file, through the reader that ships. */
async function* connections(folder) {
  const makeTable = (epoch) => new StringTable(epoch);
  for (const file of readdirSync(folder).sort()) {
    if (!file.startsWith('conn.')) continue;
    const source = await openFile(`${folder}/${file}`, { pool: new SlotPool(1), makeTable, format: 'zeek' });
    for await (const batch of source.batches()) {
      const view = new SlotView(batch.slot);
      const text = (name, row) => batch.strings.text(view.value(col(name), row) ?? 0);
      for (let row = 0; row < batch.rows; row++) {
        const [state, service] = (text('flags', row) ?? '').split('|');
        yield {
          ms: Number(view.value(col('ts'), row) / 1000n),
          source: text('saddr', row),
          destination: text('daddr', row),
          port: view.value(col('dport'), row),
          proto: text('proto', row),
          state: service === undefined ? state : `${service} ${state}`,
        };
      }
      batch.release();
    }
  }
}

/** Pairs (source, destination, port) and what their connections were; `until` cuts in event time from the first one. */
async function readPairs(folder, keep, until = Number.POSITIVE_INFINITY) {
  const pairs = new Map();
  let first = Number.POSITIVE_INFINITY;
  for await (const c of connections(folder)) {
    first = Math.min(first, c.ms);
    if (c.ms - first > until) continue;
    const name = `${c.source} ${c.destination} ${c.port}/${c.proto}`;
    let pair = pairs.get(name);
    if (pair === undefined) {
      pair = { name, beats: new Beats(keep), connections: 0, states: new Map(), kind: '' };
      pairs.set(name, pair);
    }
    pair.beats.add(c.ms);
    pair.connections++;
    pair.states.set(c.state, (pair.states.get(c.state) ?? 0) + 1);
  }
  for (const pair of pairs.values()) pair.kind = kindOf(pair);
  return [...pairs.values()];
}

/** Gates of the pairs with enough connections, the surest first, and what one costs. */
function judge(pairs, constants) {
  const start = process.cpuUsage();
  const judged = [];
  for (const pair of pairs) {
    if (pair.connections < LEAST_CONNECTIONS) continue;
    const hash = keyedHash(KEY, pair.name);
    const times = pair.beats.times();
    const found = gate(times, hash, constants);
    if (found === undefined) judged.push({ ...pair, lnP: 0 });
    else judged.push({ ...pair, found, lnP: found.lnP, limit: regularity(times, hash, found, constants) });
  }
  const { user, system } = process.cpuUsage(start);
  const ms = (user + system) / 1000 / judged.length;
  return { judged: judged.sort((a, b) => a.lnP - b.lnP), ms };
}

function line(pair, constants, limits) {
  const { name, connections: count, beats, found, lnP, limit, kind } = pair;
  const d = describe(beats.times(), found, constants);
  const others = limits.toSpliced(limits.indexOf(limit), 1);
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
    ` ${kind}`,
  ].join(' ');
}

const HEAD = `${'pair'.padEnd(52)}  conns      ln p test            period oct jitter missed  sil ln rank  what`;

/** How many pairs of each kind there are, and how many of them are rhythms. */
function byKind(judged, level) {
  const kinds = new Map();
  for (const { kind, lnP } of judged) {
    const counts = kinds.get(kind) ?? { pairs: 0, rhythms: 0 };
    counts.pairs++;
    if (lnP < Math.log(level)) counts.rhythms++;
    kinds.set(kind, counts);
  }
  return [...kinds].sort((a, b) => b[1].pairs - a[1].pairs);
}

const kindsLine = (kinds) => kinds.map(([kind, { pairs, rhythms }]) => `${kind} ${rhythms} of ${pairs}`).join(', ');

/** Place of the labelled pair among the same pairs by RITA's closed form, on the beats kept. */
function ritaRank(judged) {
  const times = judged.map(({ beats }) => beats.times());
  const range = [Math.min(...times.map((t) => t[0])), Math.max(...times.map((t) => t.at(-1)))];
  const scores = times.map((t) => ritaScore(t, range));
  const own = scores[judged.findIndex(({ name }) => name === LABELLED)];
  return { score: own, rank: scores.filter((score) => score > own).length + 1 };
}

export async function examine(folder, constants, level) {
  const all = judge(await readPairs(folder, constants.beats_kept), constants);
  const rank = all.judged.findIndex(({ name }) => name === LABELLED) + 1;
  const rita = ritaRank(all.judged);
  const six = judge(await readPairs(folder, constants.beats_kept, SIX_HOURS_MS), constants);
  const rhythms = six.judged.filter(({ lnP }) => lnP < Math.log(level));
  const limitsOf = (judged) => judged.flatMap(({ limit }) => (limit === undefined ? [] : [limit]));
  const kinds = { threeDays: byKind(all.judged, level), sixHours: byKind(six.judged, level) };
  const text = [
    `Three days: ${all.judged.length} pairs with ${LEAST_CONNECTIONS} connections or more; the labelled pair is number ${rank} by ln p ` +
      `(by RITA's closed form, ${rita.score.toFixed(3)}, number ${rita.rank}); ${all.ms.toFixed(1)} ms of processor a pair`,
    `Rhythms at p < ${level}: ${kindsLine(kinds.threeDays)}`,
    HEAD,
    ...all.judged.slice(0, 10).map((pair) => line(pair, constants, limitsOf(all.judged))),
    '',
    `The first six hours: ${six.judged.length} pairs, ${rhythms.length} rhythms at p < ${level}: ${kindsLine(kinds.sixHours)}`,
    HEAD,
    ...rhythms.map((pair) => line(pair, constants, limitsOf(six.judged))),
  ].join('\n');
  return { pairs: all.judged.length, rank, rita, msPair: all.ms, kinds, text };
}
