/**
 * Runs what can be shown in a few minutes and writes the figures where they are read: bench/results/*.json,
 * bench/RESULTS.md and the marked parts of README.md. Nothing in those parts is written by hand.
 *
 *   npm run bench                     detection on data/, calibration on simulated worlds
 *   npm run bench -- --detection      detection alone, half a minute
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { max, mean, min, sampleStandardDeviation } from 'simple-statistics';
import { ERROR_CODES } from '../dist/errors/quince-error.js';
import { fence, fill, keep, machineLine, percent, root, table } from './report.mjs';

const CALIBRATION = [
  { case: 'leave-out', processes: 2500, seeds: 20, what: '10 minutes learned, 10 scored' },
  { case: 'prequential', processes: 600, seeds: 20, what: '5 days learned, 1 scored' },
];
const KINDS = [
  ['units', 'units'],
  ['rows', 'rows'],
  ['processes', 'process instances (smallest p × its units)'],
];

function run(args) {
  const { stdout, status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} requires status 0, got ${status}: ${stderr}`);
  return stdout;
}

function detection() {
  const text = run(['dist/app/demo/main.js']);
  const findings = text.indexOf('\n 1. ');
  const verdicts = text.indexOf('Labelled attacks');
  const end = text.indexOf('\n\n', text.indexOf('Everything else'));
  const first = text.slice(findings, text.indexOf('\n\n', findings + 1)).trimEnd();
  return { first: first.replace(/^\n/, ''), verdicts: text.slice(verdicts, end).trimEnd() };
}

function calibration() {
  const rows = [];
  const raw = {};
  for (const { case: name, processes, seeds, what } of CALIBRATION) {
    const args = ['bench/calibration.mjs', '--case', name, '--processes', processes, '--seeds', seeds, '--json'];
    const worlds = run(args.map(String))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    raw[name] = worlds;
    for (const [key, label] of KINDS) {
      const [below01, below001] = [0, 1].map((i) => worlds.map((w) => w[key].below[i]));
      const n = Math.round(mean(worlds.map((w) => w[key].n)));
      rows.push([
        `${name}: ${what}`,
        label,
        n,
        percent(mean(below01)),
        percent(sampleStandardDeviation(below01)),
        `${percent(min(below01))} to ${percent(max(below01))}`,
        percent(mean(below001)),
      ]);
    }
  }
  const head = ['learned, scored', 'counted by', 'count a world', 'p < 0.01', 'sd', 'worlds from, to', 'p < 0.001'];
  return { raw, table: table(head, rows) };
}

function exitCodes() {
  const source = readFileSync(`${root}src/errors/quince-error.ts`, 'utf8');
  const docs = new Map([...source.matchAll(/\/\*\* (.*?) \*\/\s+([A-Z_]+):/g)].map((m) => [m[2], m[1]]));
  const rows = Object.entries(ERROR_CODES).map(([code, status]) => [status, `\`${code}\``, docs.get(code)]);
  return table(['status', 'code', ''], [[0, '', 'all is well'], [1, '', 'an unexpected fault'], ...rows]);
}

const { values } = parseArgs({ options: { detection: { type: 'boolean', default: false } } });
const { first, verdicts } = detection();
keep('detection', { verdicts: verdicts.split('\n') });
fill('bench/RESULTS.md', { machine: machineLine, verdicts: fence(verdicts) });
fill('README.md', { 'demo:finding': fence(first), 'demo:verdicts': fence(verdicts), 'exit-codes': exitCodes() });
if (!values.detection) {
  const { raw, table: calibrated } = calibration();
  keep('calibration', { cases: raw });
  for (const page of ['bench/RESULTS.md', 'README.md']) fill(page, { calibration: calibrated });
}
