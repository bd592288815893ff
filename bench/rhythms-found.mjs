/**
 * What `train` and `score` say of rhythms on Zeek's logs of a public data set with one labelled beacon (RITA's
 * `missing-host`): learned on its first day, on that day without the beacon, and on nothing of it.
 *
 *   node bench/rhythms-found.mjs [--data FOLDER] [--json]
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { formatPeriod } from '../dist/baseline/rhythm/describe.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { score } from '../dist/pipeline/score.js';
import { train, workersFor } from '../dist/pipeline/train.js';
import { Store } from '../dist/store/store.js';

const LABELLED = { saddr: '73.54.23.243', daddr: '64.225.56.201', dport: '80' };
const SIX_HOURS_S = 6 * 3600;
const KEY = '0b'.repeat(16);
const LISTED = 10;

const isLabelled = ({ parts }) => Object.entries(LABELLED).every(([name, text]) => parts[name] === text);

/** A log: its lines, and the time of one in seconds. */
function readLog(path) {
  const lines = gunzipSync(readFileSync(path)).toString().split('\n');
  const fields = lines.find((line) => line.startsWith('#fields')).split('\t');
  const column = fields.indexOf('ts') - 1;
  return { lines, secondsOf: (line) => Number(line.split('\t')[column]) };
}

const isRow = (line) => line !== '' && line[0] !== '#';

/** A log of the rows that `keep` takes. */
function cut({ lines, secondsOf }, out, keep) {
  writeFileSync(out, lines.filter((line) => !isRow(line) || keep(secondsOf(line), line)).join('\n'));
  return out;
}

async function withSources(store, files, work) {
  const workers = workersFor(store, 1);
  const sources = await openSources(files, { hashKey: store.hashKey, workers: 1, format: 'zeek' });
  try {
    return await work({ store, sources, workers, dims: 15 });
  } finally {
    await workers.close();
  }
}

/** Rhythms of the scored files over a baseline of the learned ones, and what finding them cost. */
async function found(folder, name, learned, scored) {
  const store = await Store.open(join(folder, `${name}.db`), { key: KEY });
  try {
    const began = process.cpuUsage();
    const { card, rows } = await withSources(store, learned, train);
    const { rhythms, shedPairs, rows: read } = await withSources(store, scored, score);
    const { user, system } = process.cpuUsage(began);
    const sure = rhythms.toSorted((a, b) => a.gate.lnP - b.gate.lnP);
    const at = sure.findIndex(isLabelled);
    const counts = { pairs: card.rhythms.pairs, judged: card.rhythms.judged, learned: card.rhythms.rhythms };
    const fresh = rhythms.filter(({ known }) => !known).length;
    const findings = rhythms.filter(({ finding }) => finding).length;
    const labelled =
      at < 0 ? undefined : { byLnP: at + 1, rank: rhythms.findIndex(isLabelled) + 1, ...brief(sure[at]) };
    const seconds = (user + system) / 1e6;
    return {
      name,
      rows,
      read,
      ...counts,
      rhythms: rhythms.length,
      fresh,
      findings,
      shedPairs,
      labelled,
      seconds,
      sure,
      ranked: rhythms,
    };
  } finally {
    await store.close();
  }
}

function brief({ description, gate, lnRank, bits, score: nats, known, finding }) {
  return { periodMs: description.periodMs, lnP: gate.lnP, lnRank, bits, nats, known, finding };
}

export async function measure(data) {
  const folder = mkdtempSync(join(tmpdir(), 'quince-rhythms-'));
  try {
    const days = readdirSync(data)
      .filter((file) => file.startsWith('conn.'))
      .sort()
      .map((file) => join(data, file));
    const [first, ...rest] = days;
    const log = readLog(first);
    const start = log.lines
      .filter(isRow)
      .reduce((least, line) => Math.min(least, log.secondsOf(line)), Number.POSITIVE_INFINITY);
    const nothing = cut(log, join(folder, 'nothing.log'), (s) => s === start);
    const without = cut(log, join(folder, 'without.log'), (_, line) => !line.includes(LABELLED.saddr));
    const six = cut(log, join(folder, 'six.log'), (s) => s - start <= SIX_HOURS_S);
    return [
      await found(folder, 'first day learned, the others scored', [first], rest),
      await found(folder, 'first day without the beacon learned, the others scored', [without], rest),
      await found(folder, 'one moment learned, three days scored', [nothing], days),
      await found(folder, 'one moment learned, six hours scored', [nothing], [six]),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const write = (text) => process.stdout.write(`${text}\n`);

function line({ parts, description, gate, lnRank, bits, score: nats, known, finding }) {
  const port = parts.dport === null ? '' : `:${parts.dport}`;
  return [
    `${parts.saddr} → ${parts.daddr}${port}`.padEnd(58),
    formatPeriod(description.periodMs).padStart(9),
    `${(100 * description.jitterShare).toFixed(0)} %`.padStart(6),
    `${description.beats}`.padStart(5),
    gate.lnP.toFixed(1).padStart(9),
    lnRank.toFixed(2).padStart(7),
    bits.toFixed(1).padStart(5),
    nats.toFixed(1).padStart(5),
    finding ? ' finding' : known ? ' known' : ' new',
  ].join(' ');
}

const HEAD = `${'pair'.padEnd(58)}    period jitter beats      ln p ln rank  bits  nats`;

function print(results) {
  for (const one of results) {
    const { name, rows, read, pairs, judged, learned, rhythms, fresh, findings, shedPairs, labelled, seconds } = one;
    write(`${name}: ${rows} rows learned (${pairs} pairs, ${judged} judged, ${learned} rhythms), ${read} scored`);
    write(
      `  ${rhythms} rhythms, ${fresh} new, ${findings} findings; ${shedPairs} pairs shed; ${seconds.toFixed(1)} s of processor, all of train and score`,
    );
    write(
      labelled === undefined
        ? '  the labelled pair is none of them'
        : `  the labelled pair: number ${labelled.byLnP} by ln p, ${labelled.rank} as listed, period ${formatPeriod(labelled.periodMs)}`,
    );
    const all = name.includes('six');
    write(`\n${all ? 'All of them' : `The ${LISTED} surest`}\n${HEAD}`);
    for (const pair of all ? one.sure : one.sure.slice(0, LISTED)) write(line(pair));
    if (!all && findings > 0) {
      write(`\nAs listed, the first ${LISTED}\n${HEAD}`);
      for (const pair of one.ranked.slice(0, LISTED)) write(line(pair));
    }
    write('');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, data: { type: 'string' } } });
  const folder =
    values.data ??
    process.env.QUINCE_RITA_DATA ??
    fileURLToPath(new URL('../../shared/data/rita-missing-host', import.meta.url));
  if (!existsSync(folder)) {
    process.stderr.write(`rhythms-found requires RITA's missing-host logs, got no ${folder}\n`);
    process.exit(2);
  }
  const results = await measure(folder);
  if (values.json) write(JSON.stringify(results.map(({ sure: _, ranked: __, ...one }) => one)));
  else print(results);
}
