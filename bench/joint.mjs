/**
 * How well does the joint model rank what others labelled? Fifteen public tables, each fitted and scored whole without its
 * labels, AUROC with ties by half; every row is scored by views that were fitted to other rows. The setting is chosen
 * by leaving one table out: for each table the one with the best mean over the others. IsolationForest by scikit-learn runs on
 * the same arrays, beside a constant and a random score. All figures are means over seeds. Three minutes of one core.
 *
 * node bench/joint.mjs [--json] [--seed n] [--seeds n]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { crossFit, ownSurprises } from '../dist/baseline/joint/cross-fit.js';
import { jointSettings, VIEW_NAMES } from '../dist/baseline/joint/settings.js';
import { auroc } from '../dist/stats/auroc.js';
import { UniformStream } from '../dist/stats/uniform-stream.js';
import { readPublished, readTables, tablesFolder } from './joint-tables.mjs';

/** Rows of a sample and which neighbour: 3 to 4 % of what a sample holds, the last 2 %. */
const NEIGHBOURS = [
  [32, 1],
  [128, 5],
  [256, 5],
];
const TRIM_SHARES = [0.75, 0.5];

/** The variants of each view, as settings that differ from the default. */
const VARIANTS = {
  mahalanobis: TRIM_SHARES.map((trimShare) => ({ trimShare })),
  neighbours: NEIGHBOURS.map(([sampleRows, neighbour]) => ({ sampleRows, neighbour })),
  whitened: NEIGHBOURS.slice(0, 1).map(([sampleRows, whitenedNeighbour]) => ({ sampleRows, whitenedNeighbour })),
  isolation: [{}],
  histogram: [{}],
};

/** Every sum of views, each view with one of its variants. */
export function listSettings() {
  return VIEW_NAMES.reduce(
    (sets, view) => sets.flatMap((set) => [set, ...VARIANTS[view].map((_, variant) => [...set, { view, variant }])]),
    [[]],
  ).filter((set) => set.length > 0);
}

const nameOf = (set) =>
  set.map(({ view, variant }) => [view, ...Object.values(VARIANTS[view][variant])].join(' ')).join(' + ');

/** AUROC of scores against one table's labels. */
function judge(labels) {
  const rows = Array.from(labels.keys());
  const [anomalies, others] = [true, false].map((is) => rows.filter((i) => (labels[i] === 1) === is));
  return (scores) =>
    auroc(
      anomalies.map((i) => scores[i]),
      others.map((i) => scores[i]),
    );
}

/** −ln rank of each row by each variant of each view, and the seconds each took. */
function scoreViewsOf(table, seed) {
  const surprises = {};
  const seconds = {};
  for (const view of VIEW_NAMES) {
    const begun = performance.now();
    surprises[view] = VARIANTS[view].map((variant) =>
      ownSurprises(crossFit(table, { ...jointSettings(), order: 'shuffled', ...variant, seed, views: [view] })[0]),
    );
    seconds[view] = (performance.now() - begun) / 1000 / VARIANTS[view].length;
  }
  return { surprises, seconds };
}

const sumOf = (arrays) => arrays.reduce((sums, array) => sums.map((sum, i) => sum + array[i]));
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

/** For each table the setting with the best mean over the other tables, and what it reaches on that table. */
export function leaveOneOut(byTable) {
  return byTable.map((own, left) => {
    const others = byTable.filter((_, i) => i !== left);
    const means = own.map((_, setting) => mean(others.map((table) => table[setting])));
    const setting = means.indexOf(Math.max(...means));
    return { setting, auroc: own[setting] };
  });
}

/** Mean AUROC of IsolationForest by table; undefined without scikit-learn. */
function runRival(tables, seeds) {
  const script = fileURLToPath(new URL('isolation_forest.py', import.meta.url));
  const head = `${JSON.stringify({ tables: tables.map(({ table }) => [table.rows, table.columns]), seeds })}\n`;
  const input = Buffer.concat([Buffer.from(head), ...tables.map(({ table }) => Buffer.from(table.values.buffer))]);
  const run = spawnSync(process.env.QUINCE_PYTHON ?? '/usr/bin/python3', [script], { input, maxBuffer: 2 ** 30 });
  if (run.status !== 0) return undefined;
  const { version, seconds } = JSON.parse(run.stderr.toString().trim().split('\n').at(-1));
  const bytes = new Uint8Array(run.stdout);
  const all = new Float64Array(bytes.buffer, 0, bytes.length / 8);
  let at = 0;
  const aurocs = tables.map(({ table, labels }) => {
    const aurocOf = judge(labels);
    return mean(
      Array.from({ length: seeds }, () => {
        const scores = all.subarray(at, at + table.rows);
        at += table.rows;
        return aurocOf(scores);
      }),
    );
  });
  return { version, seconds, aurocs };
}

/** Everything as one object. */
function measure(folder, seed, seeds) {
  const published = readPublished(folder);
  const tables = readTables(folder);
  const settings = listSettings();
  const rival = runRival(tables, seeds);
  const rows = tables.map(({ name, table, labels }, i) => {
    const aurocOf = judge(labels);
    const runs = Array.from({ length: seeds }, (_, s) => scoreViewsOf(table, seed + s));
    const reached = (set) => runs.map(({ surprises }) => aurocOf(sumOf(set.map((s) => surprises[s.view][s.variant]))));
    const random = UniformStream.seeded(seed, i);
    return {
      name,
      rows: table.rows,
      columns: table.columns,
      seconds: runs[0].seconds,
      settings: settings.map((set) => mean(reached(set))),
      null: aurocOf(new Float64Array(table.rows)),
      random: aurocOf(Float64Array.from({ length: table.rows }, () => random.next())),
      isolationForest: rival?.aurocs[i],
      isolationForestSeconds: rival?.seconds[i],
      published: published.get(name.toLowerCase())?.IForest,
    };
  });
  const byTable = rows.map((row) => row.settings);
  const means = settings.map((_, i) => mean(byTable.map((table) => table[i])));
  return {
    seed,
    seeds,
    scikitLearn: rival?.version,
    names: settings.map(nameOf),
    means,
    best: means.indexOf(Math.max(...means)),
    chosen: leaveOneOut(byTable),
    rows,
  };
}

const three = (x) => (x === undefined || Number.isNaN(x) ? '-' : x.toFixed(3)).padStart(7);

export function print({ names, means, best, chosen, rows, scikitLearn, seeds, seed }) {
  const say = (line) => process.stdout.write(`${line}\n`);
  const single = VIEW_NAMES.map((view) =>
    names.findIndex((name) => name.split(' ')[0] === view && !name.includes('+')),
  );
  const columns = [
    ...VIEW_NAMES.map((view, i) => [view.slice(0, 7), (row) => row.settings[single[i]]]),
    ['best', (row) => row.settings[best]],
    ['chosen', (_, i) => chosen[i].auroc],
    ['IForest', (row) => row.isolationForest],
    ['publ.', (row) => row.published],
    ['null', (row) => row.null],
    ['random', (row) => row.random],
    ['s', (row) => Object.values(row.seconds).reduce((a, b) => a + b, 0)],
    ['s IF', (row) => row.isolationForestSeconds],
  ];
  say(`${'table'.padEnd(12)}   rows cols${columns.map(([head]) => head.padStart(8)).join('')}`);
  rows.forEach((row, i) => {
    const cells = columns.map(([, of]) => ` ${three(of(row, i))}`).join('');
    say(`${row.name.padEnd(12)} ${String(row.rows).padStart(6)} ${String(row.columns).padStart(4)}${cells}`);
  });
  const known = (of) => rows.map(of).filter((value) => value !== undefined);
  say(`${'mean'.padEnd(24)}${columns.map(([, of]) => ` ${three(mean(known(of)))}`).join('')}`);
  say(
    `\nThe figure, mean of "chosen" (leaving one table out, ${names.length} settings): ${three(mean(chosen.map((c) => c.auroc))).trim()}`,
  );
  const counts = new Map();
  for (const { setting } of chosen) counts.set(setting, (counts.get(setting) ?? 0) + 1);
  for (const [setting, count] of counts)
    say(`  chosen for ${count}: ${names[setting]} (mean over all ${three(means[setting]).trim()})`);
  const order = means.map((m, i) => [m, names[i]]).sort((a, b) => b[0] - a[0]);
  say('Settings by their mean over all tables:');
  for (const [m, name] of order.slice(0, 8)) say(`  ${three(m).trim()}  ${name}`);
  const rival =
    scikitLearn === undefined ? 'not run: no scikit-learn' : `scikit-learn ${scikitLearn}, mean of ${seeds} seeds`;
  say(
    `IsolationForest: ${rival}. Ours: ${seeds} seeds from ${seed}; seconds summed over the five views, eight blocks each.`,
  );
}

function main() {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '2' },
    },
  });
  const folder = tablesFolder();
  if (folder === undefined) {
    process.stdout.write('Skipped: the tables are absent; QUINCE_ODDS names their folder.\n');
    return;
  }
  const result = measure(folder, Number(values.seed), Number(values.seeds));
  if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else print(result);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
