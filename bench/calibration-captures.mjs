/**
 * Are the p-values honest on real normal work? Learns one capture, scores another, and counts what carries no label, per
 * unit (first occurrence of process instance and signature) and per process tree; intervals by cluster bootstrap over trees.
 *
 *   node bench/calibration-captures.mjs [--learn FILE] [--score FILE … [--labels FILE …]] [--json]
 *
 * By default the captures of data/: `train` learned and `score` scored, and the first half of `train` learned and its second
 * half scored, there only process instances that were not in the first. With --score: each file in turn, its labels beside
 * it (`NAME.labels.json`) unless named.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Baseline } from '../dist/baseline/baseline.js';
import { baselineModel } from '../dist/baseline/model.js';
import { SlotView } from '../dist/columnar/slot-view.js';
import { LabelMatch } from '../dist/pipeline/label-match.js';
import { readLabels } from '../dist/pipeline/labels.js';
import { openSources } from '../dist/pipeline/open-sources.js';
import { ProcessTrees } from '../dist/pipeline/process-trees.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run, { workerWords } from '../dist/pipeline/worker.js';
import { FLAG } from '../dist/score/calibrated-p.js';
import { col } from '../dist/tuple/columns.js';
import { HEAD, PValues, rowOf } from './calibration-shares.mjs';
import { root } from './report.mjs';
import { KEY, signatureOf } from './simulated-feed.mjs';

const ALL = 1n << 62n;

async function eachBatch(file, each) {
  const [source] = await openSources([file], { hashKey: KEY, workers: 1 });
  const words = workerWords(KEY);
  for await (const batch of source.batches()) {
    each(batch, { slot: batch.slot, rows: batch.rows, hashes: batch.strings.hashes, ...words });
    batch.release();
  }
}

/** @param endUs only rows before it are learned */
async function learn(file, endUs = ALL) {
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline);
  await eachBatch(file, (batch, task) => {
    trainer.take(run({ task: 'learn', ...task, endUs }), (code) => batch.strings.value(code));
  });
  return baseline.freeze();
}

/** Time half way between the first and the last row, and the process instances before it. */
async function halves(file) {
  const rows = [];
  await eachBatch(file, (batch) => {
    const view = new SlotView(batch.slot);
    const [times, procs] = [view.values[col('ts')], view.values[col('proc')]];
    for (let row = 0; row < batch.rows; row++) rows.push([times[row], procs[row]]);
  });
  rows.sort(([a], [b]) => (a < b ? -1 : 1));
  const [first, last] = [rows[0][0], rows.at(-1)[0]];
  const middle = (first + last) / 2n;
  return { middle, known: new Set(rows.filter(([ts]) => ts < middle).map(([, proc]) => proc)) };
}

/** Shares of what carries no label. @param keep (proc, ts) of the rows that count */
async function measure(snapshot, file, labels, keep) {
  const match = new LabelMatch(labels);
  const trees = new ProcessTrees();
  const units = [];
  const seen = new Set();
  await eachBatch(file, (batch, task) => {
    trees.observe(batch);
    const { fifteen } = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum });
    const ruled = match.owners(batch);
    const view = new SlotView(batch.slot);
    const [times, procs] = [view.values[col('ts')], view.values[col('proc')]];
    for (let row = 0; row < batch.rows; row++) {
      if ((fifteen.flags[row] & FLAG.unscored) !== 0 || ruled(row) !== undefined) continue;
      if (!keep(procs[row], times[row])) continue;
      const [lo, hi] = [fifteen.instance[2 * row], fifteen.instance[2 * row + 1]];
      const name = `${hi}:${lo} ${signatureOf(fifteen, row)}`;
      if (seen.has(name)) continue;
      seen.add(name);
      units.push({ lo, hi, lnP: fifteen.lnP[row], randomised: fifteen.randomised[row] });
    }
  });
  return count(
    units.filter(({ lo, hi }) => match.labelOf(trees, lo, hi) < 0),
    ({ lo, hi }) => trees.root(lo, hi, match.cut),
  );
}

function count(units, rootOf) {
  const [single, trees] = [new PValues(), new PValues()];
  const best = new Map();
  for (const unit of units) {
    const { lo, hi } = rootOf(unit);
    const tree = `${hi}:${lo}`;
    single.add(unit.lnP, unit.randomised, tree, 0);
    const { n, lnP } = best.get(tree) ?? { n: 0, lnP: 0 };
    best.set(tree, { n: n + 1, lnP: Math.min(lnP, unit.lnP) });
  }
  for (const [tree, { n, lnP }] of best) trees.add(Math.min(0, lnP + Math.log(n)), undefined, tree, 0);
  const instances = new Set(units.map(({ lo, hi }) => `${hi}:${lo}`)).size;
  return { instances, units: single.result(), trees: trees.result() };
}

/** Two rows a capture, as the pages show it. */
export const rowsOfCaptures = (results) =>
  Object.entries(results).flatMap(([name, { instances, units, trees }]) => [
    rowOf(`${name}: units of ${instances} instances`, units),
    rowOf(`${name}: trees (smallest p × units)`, trees),
  ]);

async function main() {
  const { values } = parseArgs({
    options: {
      learn: { type: 'string', default: `${root}data/train.arrow.gz` },
      score: { type: 'string', multiple: true },
      labels: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const results = {};
  const snapshot = await learn(values.learn);
  for (const [i, file] of (values.score ?? [`${root}data/score.arrow.gz`]).entries()) {
    const labels = values.labels[i] ?? file.replace(/\.arrow(\.gz)?$/, '.labels.json');
    const known = existsSync(labels) ? readLabels(labels) : [];
    results[file.split('/').at(-1)] = await measure(snapshot, file, known, () => true);
  }
  if (values.score === undefined) {
    const { middle, known } = await halves(values.learn);
    const isNew = (proc, ts) => ts >= middle && !known.has(proc);
    results['second half'] = await measure(await learn(values.learn, middle), values.learn, [], isNew);
  }
  if (values.json) {
    console.log(JSON.stringify(results));
    return;
  }
  for (const row of [HEAD, ...rowsOfCaptures(results)])
    console.log(row.map((x, i) => x.padEnd(i === 0 ? 48 : 14)).join('  '));
}

if (import.meta.filename === process.argv[1]) await main();
