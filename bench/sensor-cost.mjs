/**
 * What watching costs, beside perf record, bpftrace and auditd in one run, interleaved; and whether two programs that make
 * 100,000 events a second each lose any. Writes bench/results/sensor-cost.json and the marked part of bench/RESULTS.md.
 *
 *   npm run bench:sensor [-- --rounds N]      as root on a quiet machine; a tool that is not there is said so
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { fill, keep, machineLine, root, table } from './report.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const ROUNDS = Number(values.rounds);
const RATE = { each: 100_000, seconds: 20 };

const folder = mkdtempSync(join(tmpdir(), 'quince-cost-'));
const calls = join(folder, 'calls');
execFileSync('gcc', ['-O1', '-Wall', join(root, 'bench/sensor/calls.c'), '-o', calls, '-pthread']);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const printing = (event, more) =>
  `tracepoint:${event} /comm == "calls"/ { printf("%d %d %s ${more.map(([form]) => form).join(' ')}\\n", pid, uid, comm, ${more.map(([, value]) => value).join(', ')}); }`;

/** The tracepoint of the sensor, for one call of x86-64. */
const SYS_EXIT = (number) => ['-e', 'raw_syscalls:sys_exit', '--filter', `id == ${number}`];

/** Calls; of each the tracepoint that perf and bpftrace watch, what bpftrace prints of it, and auditd's rule. */
const KINDS = {
  tcp_connect: {
    count: 10_000,
    perf: ['-e', 'sock:inet_sock_set_state'],
    bpftrace: printing('sock:inet_sock_set_state', [
      ['%d', 'args->newstate'],
      ['%d', 'args->dport'],
    ]),
    audit: 'connect',
  },
  udp_connect: {
    count: 100_000,
    perf: SYS_EXIT(42),
    bpftrace: printing('syscalls:sys_exit_connect', [['%d', 'args->ret']]),
    audit: 'connect',
  },
  open_write: {
    count: 100_000,
    perf: SYS_EXIT(257),
    bpftrace:
      'tracepoint:syscalls:sys_enter_openat /comm == "calls"/ { @name[tid] = args->filename; } ' +
      'tracepoint:syscalls:sys_exit_openat /@name[tid]/ { printf("%d %d %s %d %s\\n", pid, uid, comm, args->ret, str(@name[tid])); delete(@name[tid]); }',
    audit: 'openat',
  },
  open_read: { count: 100_000 },
  send_flow: { count: 100_000, perf: SYS_EXIT(44), audit: 'sendto' },
  unrelated: { count: 200_000 },
};
const WATCHED = Object.keys(KINDS).filter((kind) => KINDS[kind].audit !== undefined);

/** Runs the calls behind a prefix; what they printed, and the CPU time in µs of the prefix without them. */
function time(kind, prefix = []) {
  const command = [...prefix, calls, kind, String(KINDS[kind].count)];
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const ran = spawnSync('bash', ['-c', script, '-', ...command], { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 30 });
  const told = /^(\d+\.\d) (\d+)$/m.exec(ran.stdout);
  if (told === null) throw new Error(`${command.join(' ')} requires figures, got ${ran.stderr.slice(-500)}`);
  const [user, system] = ran.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { ns: Number(told[1]), others: (user + system) * 1e6 - Number(told[2]), said: ran.stderr + ran.stdout };
}

/** CPU time of a process so far, in µs. */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** `quince record` while `work` runs with its process; resolves with its receipt. */
async function recording(work) {
  const path = join(folder, 'rows.arrow');
  const args = [join(root, 'dist/app/cli/main.js'), 'record', '-o', path, '--json', '--log-level', 'info'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  await new Promise((resolve) => {
    child.stderr.on('data', (data) => String(data).includes('recording into') && resolve());
  });
  await work(child.pid);
  await sleep(300);
  child.kill('SIGINT');
  await new Promise((resolve) => child.on('close', resolve));
  rmSync(path, { force: true });
  return JSON.parse(out.trim().split('\n').at(-1));
}

const results = {};
const note = (tool, kind, figures) => {
  results[tool] ??= {};
  results[tool][kind] ??= [];
  results[tool][kind].push(figures);
};

const TOOLS = {
  bare: () => {
    for (const kind of Object.keys(KINDS)) note('bare', kind, time(kind));
  },
  quince: () =>
    recording(async (pid) => {
      for (const kind of Object.keys(KINDS)) {
        const before = cpuOf(pid);
        const { ns } = time(kind);
        await sleep(200);
        note('quince', kind, { ns, others: cpuOf(pid) - before });
      }
    }),
  perf: () => {
    const data = join(folder, 'perf.data');
    const prefix = (events) => ['perf', 'record', '-a', '-q', '-B', '-N', '-m', '1024', '-o', data, ...events];
    // What it does at its start and end is not the reader's.
    const empty = time('unrelated', prefix(KINDS.udp_connect.perf));
    note('perf', 'unrelated', empty);
    for (const kind of WATCHED) {
      const { ns, others } = time(kind, prefix(KINDS[kind].perf));
      note('perf', kind, { ns, others: others - empty.others });
    }
    rmSync(data, { force: true });
  },
  bpftrace: async () => {
    for (const kind of Object.keys(KINDS)) {
      const program = KINDS[kind].bpftrace ?? (kind === 'unrelated' ? KINDS.udp_connect.bpftrace : undefined);
      if (program === undefined) continue;
      // Into a file: what a pipe's reader cannot take would slow it.
      writeFileSync(join(folder, 'bt'), '');
      const child = spawn('bash', ['-c', 'exec bpftrace -e "$1" >"$2" 2>&1', '-', program, join(folder, 'bt')]);
      const text = () => readFileSync(join(folder, 'bt'), 'utf8');
      for (let i = 0; i < 300 && !text().includes('Attaching'); i++) await sleep(100);
      await sleep(1500);
      const before = cpuOf(child.pid);
      const { ns } = time(kind);
      await sleep(500);
      const others = cpuOf(child.pid) - before;
      // It may not listen yet, or not any more.
      const closed = new Promise((resolve) => child.on('close', resolve));
      const again = setInterval(() => child.kill('SIGINT'), 1000);
      const last = setTimeout(() => child.kill('SIGKILL'), 20_000);
      child.kill('SIGINT');
      await closed;
      clearInterval(again);
      clearTimeout(last);
      const lost = [...text().matchAll(/Lost (\d+) events/g)].reduce((sum, m) => sum + Number(m[1]), 0);
      note('bpftrace', kind, { ns, others, lost });
    }
  },
  auditd: async () => {
    const child = spawn('auditd', ['-n'], { stdio: 'ignore' });
    await sleep(1500);
    try {
      // Debian's default rule keeps every task out.
      execFileSync('auditctl', ['-D']);
      execFileSync('auditctl', ['-e', '1']);
      for (const kind of [...WATCHED, 'unrelated']) {
        const rule = ['always,exit', '-F', 'arch=b64', '-S', KINDS[kind].audit ?? 'connect', '-F', `exe=${calls}`];
        execFileSync('auditctl', ['-a', ...rule]);
        const before = cpuOf(child.pid);
        const { ns } = time(kind);
        await sleep(300);
        note('auditd', kind, { ns, others: cpuOf(child.pid) - before });
        execFileSync('auditctl', ['-d', ...rule]);
      }
    } finally {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.on('close', resolve));
      spawnSync('auditctl', ['-D']);
      spawnSync('auditctl', ['-e', '0']);
    }
  },
};
const PROGRAM = { perf: 'perf', bpftrace: 'bpftrace', auditd: 'auditd' };
const missing = Object.keys(TOOLS).filter((tool) => PROGRAM[tool] !== undefined && !has(PROGRAM[tool]));
// Its rules would be lost, and the records of the trial written among its own.
if (!missing.includes('auditd') && isAudited()) missing.push('auditd');

function isAudited() {
  const ask = (option) => spawnSync('auditctl', [option], { encoding: 'utf8' }).stdout;
  return (
    !/^enabled 0$/m.test(ask('-s')) || !/^pid 0$/m.test(ask('-s')) || !/^(No rules|-a never,task)\s*$/.test(ask('-l'))
  );
}

for (let round = 0; round < ROUNDS; round++) {
  for (const [tool, run] of Object.entries(TOOLS)) {
    if (missing.includes(tool)) continue;
    // Their output is slow to take in; one round tells enough.
    if (tool === 'auditd' && round > 1) continue;
    await run();
    console.error(`round ${round + 1} of ${ROUNDS}: ${tool}`);
  }
}

/** Two programs at once; every event is one that makes a row. */
async function rateTrial() {
  let made = 0;
  let cpu = 0;
  let took = 0;
  const receipt = await recording(async (pid) => {
    const before = cpuOf(pid);
    const started = Date.now();
    const producers = [0, 1].map(
      () =>
        new Promise((resolve) => {
          const child = spawn(calls, ['rate', String(RATE.each), String(RATE.seconds)]);
          child.stdout.on('data', (data) =>
            resolve(
              String(data)
                .trim()
                .split(' ')
                .reduce((a, b) => a + Number(b), 0),
            ),
          );
        }),
    );
    made = (await Promise.all(producers)).reduce((a, b) => a + b, 0);
    took = (Date.now() - started) / 1000;
    await sleep(500);
    cpu = cpuOf(pid) - before;
  });
  return { made, took, cpu, receipt };
}

const us = (ns) => (ns / 1000).toFixed(2);
const ns = (tool, kind) => median(results[tool][kind].map((r) => r.ns));
const spread = (tool, kind) => {
  const all = results[tool][kind].map((r) => r.ns);
  return `${us(Math.min(...all))} to ${us(Math.max(...all))}`;
};
const added = (tool, kind) => (results[tool]?.[kind] === undefined ? undefined : ns(tool, kind) - ns('bare', kind));
const said = (value, form = us) => (value === undefined ? '' : form(value));
const rows = Object.keys(KINDS).map((kind) => [
  kind,
  `${us(ns('bare', kind))} (${spread('bare', kind)})`,
  ...['quince', 'perf', 'bpftrace', 'auditd'].map((tool) => said(added(tool, kind))),
]);
const perEvent = (tool, kind) =>
  results[tool]?.[kind] === undefined
    ? undefined
    : median(results[tool][kind].map((r) => r.others)) / KINDS[kind].count;
const readers = ['tcp_connect', 'udp_connect', 'open_write'].map((kind) => [
  kind,
  ...['quince', 'perf', 'bpftrace', 'auditd'].map((tool) => said(perEvent(tool, kind), (v) => v.toFixed(2))),
]);
const ratio = (kind, tool) => {
  const [own, other] = [added('quince', kind), added(tool, kind)];
  return own === undefined || other === undefined ? 'not run' : (own / other).toFixed(2);
};
const lostBy = (kind) => {
  const runs = results.bpftrace?.[kind];
  return runs === undefined
    ? 'not run'
    : `${((100 * median(runs.map((r) => r.lost ?? 0))) / KINDS[kind].count).toFixed(0)} %`;
};
const { made, took, cpu, receipt } = await rateTrial();
const { seen_by_kind, delivered, late, lost: reasons } = receipt;
const lost = Object.values(reasons).reduce((a, b) => a + Number(b), 0);
const page = [
  `${machineLine}; ${ROUNDS} rounds, interleaved (auditd: at most 2); medians. ${missing.length > 0 ? `Not run, because not installed or in use: ${missing.join(', ')}.` : ''}`.trim(),
  '',
  'Time added to a call, µs (bare: the call itself, from the fastest to the slowest round):',
  '',
  table(['call', 'bare', 'quince record', 'perf record', 'bpftrace', 'auditd'], rows),
  '',
  'CPU time of the reader a call, µs (quince: decoding, process table, rows, the Arrow file; perf: copying to a file; in steps of 10 ms):',
  '',
  table(['call', 'quince record', 'perf record', 'bpftrace', 'auditd'], readers),
  '',
  table(
    ['sought', 'got'],
    [
      ['a TCP connect at most 3 × perf record of inet_sock_set_state', ratio('tcp_connect', 'perf')],
      ['a UDP connect at most 3 × perf record of sys_exit', ratio('udp_connect', 'perf')],
      [
        'a TCP connect at most 0.20 × bpftrace',
        `${ratio('tcp_connect', 'bpftrace')} (bpftrace lost ${lostBy('tcp_connect')})`,
      ],
      [
        'a UDP connect at most 0.20 × bpftrace',
        `${ratio('udp_connect', 'bpftrace')} (bpftrace lost ${lostBy('udp_connect')})`,
      ],
      [
        'an open for writing, with its resolved path, at most 0.20 × bpftrace',
        `${ratio('open_write', 'bpftrace')} (bpftrace lost ${lostBy('open_write')})`,
      ],
      [
        `0 lost of 2 × ${RATE.each} a second`,
        `${lost} lost of ${made} in ${took.toFixed(1)} s (${delivered} rows); ${(cpu / made).toFixed(2)} µs of the reader's CPU an event`,
      ],
    ],
  ),
].join('\n');
keep('sensor-cost', {
  rounds: ROUNDS,
  results: strip(results),
  rate: { made, took, cpu, seen_by_kind, delivered, late, lost: reasons },
});
fill('bench/RESULTS.md', { 'sensor-cost': page });
console.log(page);
rmSync(folder, { recursive: true, force: true });

/** Without what the programs printed. */
function strip(all) {
  return JSON.parse(JSON.stringify(all, (key, value) => (key === 'said' ? undefined : value)));
}
