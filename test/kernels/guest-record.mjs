// guest-record.mjs FOLDER: records into FOLDER until SIGTERM, as `quince record` does, without the database that the whole
// command line loads (minutes in software emulation). FOLDER/started says that events count, FOLDER/report.json how it ended.
import { writeFileSync } from 'node:fs';
import { record } from '../../dist/pipeline/record.js';
import { probeSensor } from '../../dist/source/perf-probe.js';

const folder = process.argv[2];
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const report = { probe: probeSensor() };
try {
  const started = () => writeFileSync(`${folder}/started`, '');
  Object.assign(report, await record({ path: `${folder}/rows.arrow`, signal: stop.signal, started }));
} catch (error) {
  report.error = { name: error.name, code: error.code, message: error.message };
}
writeFileSync(`${folder}/report.json`, JSON.stringify(report));
