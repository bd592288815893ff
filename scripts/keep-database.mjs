/**
 * Makes the kept database of the current schema version: test/fixtures/store-vN.duckdb.gz. Run once when a version is
 * released; the file is then never made again, because a later program must open what this one wrote.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SCHEMA_VERSION } from '../dist/store/migrations/list.js';

const file = fileURLToPath(new URL(`../test/fixtures/store-v${SCHEMA_VERSION}.duckdb.gz`, import.meta.url));
if (existsSync(file) && !process.argv.includes('--again')) {
  console.error(`${file} is kept; --again replaces it while the version is not released`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'quince-keep-'));
const database = join(folder, 'kept.duckdb');
const child = fileURLToPath(new URL('../test/store-append-child.mjs', import.meta.url));
execFileSync(process.execPath, [child, database, '2']);
writeFileSync(file, gzipSync(readFileSync(database), { level: 9 }));
rmSync(folder, { recursive: true });
