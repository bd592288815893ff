// Writes the files that are made from src/tuple (built first: they import dist/). `--check` writes nothing and exits 1
// naming each stale file.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderEventColumns } from './generate/event-columns.mjs';
import { renderEventsMd } from './generate/events-md.mjs';

/** Every generated file, by its path from the root of the project. */
const GENERATED = [
  { file: 'native/event_columns.h', render: renderEventColumns },
  { file: 'EVENTS.md', render: renderEventsMd },
];

const root = new URL('../', import.meta.url);
const check = process.argv.includes('--check');
let stale = 0;

for (const { file, render } of GENERATED) {
  const path = fileURLToPath(new URL(file, root));
  const wanted = await render();
  let found = '';
  try {
    found = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (found === wanted) continue;
  if (check) {
    console.error(`stale: ${file} (run: npm run build && npm run generate)`);
    stale++;
  } else {
    writeFileSync(path, wanted);
    console.log(`wrote ${file}`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
