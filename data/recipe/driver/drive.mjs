// Runs a plan inside the world: starts the services and the data of web1, waits for the mark `go`, starts every step at
// its time, and logs when labelled steps began and ended (boot time). Usage: drive.mjs --plan P --seed N --seconds S
import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SERVICES } from './normal-work.mjs';
import { makePlan } from './plan.mjs';
import { startWorldServices } from './world-services.mjs';

const share = '/range/share';
const { values } = parseArgs({
  options: { plan: { type: 'string' }, seed: { type: 'string' }, seconds: { type: 'string' } },
});
const jobs = openSync('/range/jobs', 'w');

/** Nanoseconds of boot time: the monotonic clock plus what the machine slept, which is sampled once (to 10 ms). */
const slept = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e9 - Number(process.hrtime.bigint());
const bootNs = () => Math.round(Number(process.hrtime.bigint()) + (slept > 1e9 ? slept : 0));

const startOnHost = (id, user, argv) => writeSync(jobs, `${[id, user, ...argv].join('\t')}\n`);

function runInWorld(argv) {
  return new Promise((resolve) => {
    const [file, ...args] = argv;
    const child = spawn('/bin/bash', [`/range/recipe/world/${file}`, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('exit', (code) => resolve(code));
  });
}

async function portOpen(port) {
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '10.20.0.5', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(200);
  }
  throw new Error(`port ${port} of web1 requires a listener, got none in 20 s`);
}

async function startHost() {
  for (const [i, [user, ...argv]] of SERVICES.entries()) startOnHost(`service-${i}`, user, argv);
  for (const port of [5432, 6379, 80, 22]) await portOpen(port);
  startOnHost('schema', 'postgres', ['psql', '-q', '-f', '/var/lib/postgresql/schema.sql']);
  await sleep(4000);
}

async function runStep(step) {
  if (step.where === 'host') return startOnHost(step.id, step.user, step.argv);
  const note = (line) => {
    if (step.label) appendFileSync(`${share}/steps.jsonl`, `${JSON.stringify({ id: step.id, ...line })}\n`);
  };
  note({ started_ns: bootNs() });
  const status = await runInWorld(step.argv);
  note({ ended_ns: bootNs(), status });
  if (status !== 0) console.error(`${step.id} ended with ${status}`);
}

startWorldServices();
const plan = makePlan(values.plan, Number(values.seed), Number(values.seconds));
await startHost();
writeFileSync(`${share}/ready`, '');
while (!existsSync(`${share}/go`)) await sleep(50);
const zero = performance.now();
const running = [];
for (const step of plan) {
  await sleep(Math.max(0, step.at * 1000 - (performance.now() - zero)));
  running.push(runStep(step));
}
const late = (performance.now() - zero) / 1000 - plan.at(-1).at;
if (late > 5) console.error(`the machine was too busy: the plan ended ${late.toFixed(0)} s late`);
await Promise.race([Promise.all(running), sleep(20000)]);
closeSync(jobs);
process.exit(0);
