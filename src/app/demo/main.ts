import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { probeSensor } from '../../source/perf-probe.js';
import { reportFailure } from '../cli/failure.js';
import { Terminal } from '../cli/terminal.js';
import { learnAndScore } from './learn-and-score.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** `npm start`: learns one capture, scores another, and says what was found and missed. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: join(ROOT, 'data') },
      db: { type: 'string', default: join(ROOT, '.quince', 'demo.db') },
    },
  });
  const terminal = new Terminal({ logLevel: 'warn' });
  const { data, db } = values;
  mkdirSync(dirname(db), { recursive: true });
  for (const file of [db, `${db}.wal`]) rmSync(file, { force: true });
  const begun = performance.now();
  await learnAndScore({ data, db }, terminal);
  const { out } = terminal;
  await out.line(`\n${((performance.now() - begun) / 1000).toFixed(0)} seconds. Ask the database, for instance:`);
  const shown = relative(process.cwd(), db) || db;
  await out.line(`  npx quince sql --db ${shown} --recipe top-surprise`);
  await out.line(`  npx quince sql --db ${shown} "SELECT exe, count(*) FROM events GROUP BY exe ORDER BY 2 DESC"`);
  const sensor = probeSensor();
  await out.line(
    sensor.ok
      ? 'The sensor runs here. Record this machine for a minute: npx quince record -o live.arrow.gz --seconds 60'
      : `Live recording does not run here (${sensor.reason}); everything else does.`,
  );
}

try {
  await main();
} catch (error) {
  process.exitCode = reportFailure(error, false);
}
