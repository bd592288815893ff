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
import { ERROR_CODES } from '../dist/errors/quince-error.js';
import { rowsOf } from './calibration.mjs';
import { rowsOfCaptures } from './calibration-captures.mjs';
import { HEAD } from './calibration-shares.mjs';
import { fence, fill, keep, machineLine, root, table } from './report.mjs';

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
  const json = (...args) => JSON.parse(run([...args, '--json']));
  const simulated = json('bench/calibration.mjs', '--full');
  const captures = json('bench/calibration-captures.mjs');
  const rows = { simulated: rowsOf(simulated), captures: rowsOfCaptures(captures) };
  return { raw: { simulated, captures }, simulated: table(HEAD, rows.simulated), captures: table(HEAD, rows.captures) };
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
  const { raw, simulated, captures } = calibration();
  keep('calibration', raw);
  fill('bench/RESULTS.md', { calibration: simulated, 'calibration-captures': captures });
  fill('README.md', { calibration: simulated });
}
