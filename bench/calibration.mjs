/**
 * Are the p-values honest? Learns the first part of a simulated world, scores what comes after in the same world, and
 * counts how much of it, all of it normal, falls below 0.01, 0.001 and 0.0001.
 *
 *   node bench/calibration.mjs [--seed N] [--seeds N] [--processes N] [--json]
 *
 * Two cases: ten minutes learned and ten scored (calibration leaves process instances out), and five days learned and
 * one scored (prequential). Everything but the simulation is the code that ships.
 */
import { parseArgs } from 'node:util';
import { Baseline } from '../dist/baseline/baseline.js';
import { LEVELS } from '../dist/baseline/factor/calibration.js';
import { baselineModel } from '../dist/baseline/model.js';
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import run, { workerWords } from '../dist/pipeline/worker.js';
import { COLUMNS, col } from '../dist/tuple/columns.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';
import { simulate, startUs } from './simulated-world.mjs';

export const CASES = {
  'leave-out': { learnSeconds: 600, testSeconds: 600, processesPer: 1 },
  prequential: { learnSeconds: 5 * 86_400, testSeconds: 86_400, processesPer: 3 },
};
const LIMITS = [0.01, 0.001, 0.0001];
export const KEY = new Uint8Array(32).fill(11);
const BATCH_ROWS = 4096;
const isText = new Map(COLUMNS.map((c) => [c.name, c.type === 'dict']));

/** Rows to slots, through the string table, redaction and generalisation. */
export class Feeder {
  table = new StringTable(0, KEY);
  slot = new SharedArrayBuffer(SLOT_BYTES);
  words = workerWords(KEY);

  *batches(rows) {
    for (let from = 0; from < rows.length; from += BATCH_ROWS) {
      const part = rows.slice(from, from + BATCH_ROWS);
      const writer = new RowWriter(this.slot, this.table);
      part.forEach((row, i) => {
        for (const [name, value] of Object.entries(row)) {
          if (isText.get(name)) writer.setText(col(name), i, value);
          else writer.setNumber(col(name), i, value);
        }
      });
      writer.finish(part.length);
      yield { part, task: { slot: this.slot, rows: part.length, hashes: this.table.hashes, ...this.words } };
    }
  }
}

function learn(feeder, rows) {
  const baseline = new Baseline(baselineModel(), KEY);
  const trainer = new Trainer(baseline);
  for (const { task } of feeder.batches(rows)) {
    trainer.take(run({ task: 'learn', ...task, endUs: 1n << 62n }), (code) => feeder.table.value(code));
  }
  return baseline.freeze();
}

/** ln p of each row, with what names its unit. */
function score(feeder, rows, snapshot) {
  const levels = snapshot.array('fifteen.group.rows', 'f64');
  const out = [];
  for (const { part, task } of feeder.batches(rows)) {
    const scores = run({ task: 'score', ...task, snapshot: snapshot.block, checksum: snapshot.checksum }).fifteen;
    part.forEach((row, i) => {
      out.push({
        proc: row.proc,
        signature: `${scores.signature[2 * i + 1]}:${scores.signature[2 * i]}`,
        lnP: scores.lnP[i],
        level: scores.group[i] < 0 ? 'none' : LEVELS[levels[8 * scores.group[i]]],
        exe: row.exe,
      });
    });
  }
  return out;
}

const below = (lnPs) =>
  LIMITS.map((limit) => lnPs.filter((lnP) => lnP < Math.log(limit)).length / Math.max(1, lnPs.length));

function firsts(rows, keyOf) {
  const seen = new Map();
  for (const row of rows) if (!seen.has(keyOf(row))) seen.set(keyOf(row), row);
  return [...seen.values()];
}

/** Smallest p of a process times its units, at most 1. */
function byProcess(units) {
  const found = new Map();
  for (const { proc, lnP } of units) {
    const { n, least } = found.get(proc) ?? { n: 0, least: 0 };
    found.set(proc, { n: n + 1, least: Math.min(least, lnP) });
  }
  return [...found.values()].map(({ n, least }) => Math.min(0, least + Math.log(n)));
}

/** One world: shares below each limit. */
export function measure(name, seed, processes) {
  const { learnSeconds, testSeconds, processesPer } = CASES[name];
  const seconds = learnSeconds + testSeconds;
  const all = simulate({ seed, seconds, processes: 2 * processes * processesPer });
  const cut = startUs + BigInt(learnSeconds) * 1_000_000n;
  const known = all.filter((row) => row.ts < cut);
  const test = all.filter((row) => row.ts >= cut);
  const feeder = new Feeder();
  const snapshot = learn(feeder, known);
  const rows = score(feeder, test, snapshot);
  const instances = firsts(rows, (r) => `${r.proc} ${r.signature}`);
  const units = name === 'leave-out' ? instances : firsts(rows, (r) => r.signature);
  const before = new Set(known.map((row) => row.proc));
  const split = (keep) => ({ n: units.filter(keep).length, below: below(units.filter(keep).map((r) => r.lnP)) });
  const levels = [...new Set(units.map((u) => u.level))].sort();
  return {
    seed,
    calibration: snapshot.card.calibration,
    learned: known.length,
    calibrationUnits: snapshot.card.views.fifteen.units,
    groups: snapshot.card.views.fifteen.groups,
    units: { n: units.length, below: below(units.map((r) => r.lnP)) },
    rows: { n: rows.length, below: below(rows.map((r) => r.lnP)) },
    processes: { n: new Set(rows.map((r) => r.proc)).size, below: below(byProcess(instances)) },
    started: split((u) => !before.has(u.proc)),
    continuing: split((u) => before.has(u.proc)),
    levels: Object.fromEntries(levels.map((level) => [level, split((u) => u.level === level)])),
  };
}

export function summarise(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, sd: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}

const percent = (x) => `${(100 * x).toFixed(3)} %`.padStart(9);

function print(name, results) {
  process.stdout.write(`\n${name}, ${results.length} worlds, ${results[0].calibration} calibration\n`);
  process.stdout.write(
    `${' '.repeat(24)}     count   p < 0.01 (sd, min to max)               p < 0.001 (sd)        p < 0.0001\n`,
  );
  const line = (label, of) => {
    const has = results.filter((r) => of(r) !== undefined && of(r).n > 0);
    if (has.length === 0) return;
    const n = Math.round(summarise(has.map((r) => of(r).n)).mean);
    const [a, b, c] = LIMITS.map((_, i) => summarise(has.map((r) => of(r).below[i])));
    const spread = `(${percent(a.sd)}, ${percent(a.min)} to ${percent(a.max)})`;
    process.stdout.write(
      `${label.padEnd(24)} ${String(n).padStart(9)} ${percent(a.mean)} ${spread} ${percent(b.mean)} (${percent(b.sd)}) ${percent(c.mean)}\n`,
    );
  };
  line('units', (r) => r.units);
  line('rows', (r) => r.rows);
  line('processes (min p × n)', (r) => r.processes);
  line('units of new processes', (r) => r.started);
  line('units of continuing ones', (r) => r.continuing);
  for (const level of [...LEVELS, 'none']) line(`group ${level}`, (r) => r.levels[level]);
}

function main() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '20' },
      processes: { type: 'string', default: '600' },
      case: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [first, count, processes] = [values.seed, values.seeds, values.processes].map(Number);
  const names = values.case === undefined ? Object.keys(CASES) : [values.case];
  for (const name of names) {
    const results = Array.from({ length: count }, (_, i) => measure(name, first + i, processes));
    if (values.json)
      for (const result of results) process.stdout.write(`${JSON.stringify({ case: name, ...result })}\n`);
    else print(name, results);
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) main();
