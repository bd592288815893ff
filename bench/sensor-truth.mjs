/**
 * Every kind of event against what the programs that made it say of themselves, while another program makes 20,000 and then
 * 100,000 events a second: the tests of `test/perf-*` that compare, at these rates. Writes the marked part of bench/RESULTS.md.
 *
 *   npm run bench:truth [-- --rates N,N]      as root on a machine that does nothing else
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fill, keep, machineLine, root, table } from './report.mjs';

const { values } = parseArgs({ options: { rates: { type: 'string', default: '20000,100000' } } });
const RATES = values.rates.split(',').map(Number);
const FILES = ['live', 'files', 'process', 'sockets', 'truth', 'uring', 'narrow', 'scan', 'dns'];

const folder = mkdtempSync(join(tmpdir(), 'quince-truth-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Tests of a file at a rate, and the messages of those that failed. */
function run(name, rate) {
  const out = join(folder, `${name}-${rate}.json`);
  const log = join(folder, `${name}-${rate}.log`);
  writeFileSync(log, '');
  const args = ['run', '--reporter=json', `--outputFile=${out}`, `test/perf-${name}.test.ts`];
  spawnSync('node_modules/.bin/vitest', args, {
    cwd: root,
    env: { ...process.env, QUINCE_BACKGROUND: String(rate), QUINCE_BACKGROUND_LOG: log },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const report = JSON.parse(readFileSync(out, 'utf8'));
  const result = {
    name,
    rate,
    title: report.testResults[0].assertionResults[0].ancestorTitles[0],
    passed: report.numPassedTests,
    // Also when something before the tests failed, which then are told as skipped.
    failed: report.success ? 0 : Math.max(1, report.numFailedTests),
    skipped: report.numPendingTests,
    reached: Math.min(
      ...readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map(Number),
    ),
  };
  console.log(`${rate}/s ${name}: ${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`);
  if (!report.success) console.log(`  ${report.testResults[0].message.slice(0, 2000)}`);
  for (const test of report.testResults[0].assertionResults) {
    for (const message of test.failureMessages) console.log(`  ${test.title}: ${message.slice(0, 2000)}`);
  }
  return result;
}

const results = RATES.flatMap((rate) => FILES.map((name) => run(name, rate)));
const cell = ({ passed, failed, skipped, reached }) =>
  `${passed} of ${passed + failed}${skipped > 0 ? ` (${skipped} skipped)` : ''}${Number.isFinite(reached) ? `, at ${Math.round(reached / 100) * 100}/s` : ''}`;
const rows = FILES.map((name) => {
  const of = results.filter((result) => result.name === name);
  return [`\`perf-${name}\``, of[0].title, ...of.map(cell)];
});
keep('sensor-truth', { results });
fill('bench/RESULTS.md', {
  'sensor-truth': `${machineLine}\n\n${table(['tests', 'of', ...RATES.map((rate) => `beside ${rate}/s`)], rows)}`,
});
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
