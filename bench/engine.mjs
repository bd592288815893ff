/**
 * Runs the benches of the statistics and writes what they print into their marked parts of bench/RESULTS.md.
 *
 *   npm run bench:engine                 all, most of an hour
 *   npm run bench:engine -- budget …     those named
 *
 * What a bench lacks (public data, scikit-learn) it says itself; then its part of the page stays as it was.
 */
import { spawnSync } from 'node:child_process';
import { fence, fill, machineLine, root } from './report.mjs';

const BENCHES = {
  windows: ['bench/windows.mjs', '--seeds', '3'],
  rhythms: ['bench/rhythms.mjs'],
  'rhythms-found': ['bench/rhythms-found.mjs'],
  joint: ['bench/joint.mjs'],
  'joint-windows': ['bench/joint-windows.mjs'],
  budget: ['bench/budget.mjs'],
  alerts: ['bench/alerts.mjs'],
  poisoning: ['bench/poisoning.mjs'],
  ramps: ['bench/ramps.mjs'],
  roles: ['bench/roles.mjs'],
  'cold-start': ['bench/cold-start.mjs'],
  prior: ['bench/cold-start-data.mjs'],
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(`bench:engine requires ${Object.keys(BENCHES).join(', ')}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}
for (const [name, args] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const began = Date.now();
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) {
    process.stderr.write(`${name}: status ${run.status}\n${run.stderr}`);
    process.exitCode = 1;
    continue;
  }
  const seconds = Math.round((Date.now() - began) / 1000);
  fill('bench/RESULTS.md', {
    [name]: `\`node ${args.join(' ')}\`, ${seconds} s; ${machineLine}\n${fence(run.stdout.trim())}`,
  });
  process.stdout.write(`${name}: ${seconds} s\n`);
}
