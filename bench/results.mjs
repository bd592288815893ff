/**
 * Runs what can be shown in a few minutes and writes the figures where they are read: bench/results/*.json,
 * bench/RESULTS.md and the marked parts of README.md. Nothing in those parts is written by hand.
 *
 *   npm run bench            detection on data/, calibration on simulated worlds
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { max, mean, min, sampleStandardDeviation } from 'simple-statistics';
import { ERROR_CODES } from '../dist/errors/quince-error.js';

const root = fileURLToPath(new URL('..', import.meta.url));
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

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const machine = {
  node: process.version,
  processor: cpus()[0].model.trim(),
  processors: cpus().length,
  memory_gib: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src', 'native', 'models') ? '+' : ''),
};

function detection() {
  const text = run(['dist/app/demo/main.js']);
  const findings = text.indexOf('\n 1. ');
  const verdicts = text.indexOf('Labelled attacks');
  const end = text.indexOf('\n\n', text.indexOf('Everything else'));
  const first = text.slice(findings, text.indexOf('\n\n', findings + 1)).trimEnd();
  return { first: first.replace(/^\n/, ''), verdicts: text.slice(verdicts, end).trimEnd() };
}

const percent = (x) => `${(100 * x).toFixed(2)} %`;

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
      rows.push(
        `| ${name}: ${what} | ${label} | ${n} | ${percent(mean(below01))} | ${percent(sampleStandardDeviation(below01))} ` +
          `| ${percent(min(below01))} to ${percent(max(below01))} | ${percent(mean(below001))} |`,
      );
    }
  }
  const head = '| learned, scored | counted by | count a world | p < 0.01 | sd | worlds from, to | p < 0.001 |';
  return { raw, table: [head, '|---|---|---|---|---|---|---|', ...rows].join('\n') };
}

function exitCodes() {
  const source = readFileSync(`${root}src/errors/quince-error.ts`, 'utf8');
  const docs = new Map([...source.matchAll(/\/\*\* (.*?) \*\/\s+([A-Z_]+):/g)].map((m) => [m[2], m[1]]));
  const rows = Object.entries(ERROR_CODES).map(([code, status]) => `| ${status} | \`${code}\` | ${docs.get(code)} |`);
  return [
    '| status | code | |',
    '|---|---|---|',
    '| 0 | | all is well |',
    '| 1 | | an unexpected fault |',
    ...rows,
  ].join('\n');
}

function fill(file, parts) {
  let text = readFileSync(root + file, 'utf8');
  for (const [name, content] of Object.entries(parts)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(open), text.indexOf(close)];
    if (from < 0 || to < from) throw new Error(`${file} requires the marks of ${name}, got none`);
    text = `${text.slice(0, from + open.length)}\n${content}\n${text.slice(to)}`;
  }
  writeFileSync(root + file, text);
}

const fence = (text) => `\`\`\`\n${text}\n\`\`\``;
const { first, verdicts } = detection();
const { raw, table } = calibration();
mkdirSync(`${root}bench/results`, { recursive: true });
writeFileSync(`${root}bench/results/calibration.json`, `${JSON.stringify({ machine, cases: raw })}\n`);
writeFileSync(
  `${root}bench/results/detection.json`,
  `${JSON.stringify({ machine, verdicts: verdicts.split('\n') })}\n`,
);
const told = `Node ${machine.node}, ${machine.processors} × ${machine.processor}, ${machine.memory_gib} GiB, kernel ${machine.kernel}, commit ${machine.commit}`;
fill('bench/RESULTS.md', { machine: told, verdicts: fence(verdicts), calibration: table });
fill('README.md', {
  'demo:finding': fence(first),
  'demo:verdicts': fence(verdicts),
  calibration: table,
  'exit-codes': exitCodes(),
});
