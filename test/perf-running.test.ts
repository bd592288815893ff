import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, Workload, whyNotLive } from './perf-rig.js';
import { enterable, mounted, OPEN_ROOT } from './socket-rig.js';

const reason = whyNotLive();
const CROWD = 13;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Prints the opens under FOLDER as JSON lines until its standard input ends, then the counters. */
const OPENS = `
  const [root, folder] = process.argv.slice(1);
  const { PerfSource } = await import(root + '/source/perf-source.js');
  const { StringTable } = await import(root + '/columnar/string-table.js');
  const { SlotView } = await import(root + '/columnar/slot-view.js');
  const { COLUMNS } = await import(root + '/tuple/columns.js');
  const { SLOT_BYTES } = await import(root + '/tuple/slot.js');
  const slots = [1, 2, 3, 4].map(() => new SharedArrayBuffer(SLOT_BYTES));
  const source = new PerfSource({ slots, makeTable: (epoch) => new StringTable(epoch) });
  source.start();
  process.stdin.on('end', () => source.stop()).resume();
  console.log('ready');
  for await (const batch of source.batches()) {
    const view = new SlotView(batch.slot);
    for (let row = 0; row < batch.rows; row++) {
      const out = {};
      COLUMNS.forEach((column, i) => {
        const value = view.value(i, row);
        if (value !== undefined) out[column.name] = column.type === 'dict' ? batch.strings.text(value) : String(value);
      });
      if (String(out.path).startsWith(folder)) console.log(JSON.stringify(out));
    }
    batch.release();
  }`;

describe.skipIf(reason !== undefined)(`start in the middle${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  let exe = '';
  let folder = '';
  const started: ChildProcess[] = [];

  const start = (...args: string[]): ChildProcess => {
    const child = spawn(exe, args, { cwd: folder, stdio: ['pipe', 'ignore', 'inherit'] });
    started.push(child);
    return child;
  };
  const opened = (rows: readonly Row[], name: string) =>
    rows.filter((row) => row.syscall === 'open' && row.path === join(folder, name));

  beforeAll(() => {
    workload = new Workload();
    exe = join(workload.dir, 'running-work');
    const source = fileURLToPath(new URL('workload/process.c', import.meta.url));
    execFileSync('gcc', ['-O1', '-Wall', '-no-pie', source, '-o', exe, '-pthread']);
    folder = join(realpathSync(workload.dir), 'running');
    mkdirSync(folder);
  });
  afterAll(() => {
    for (const child of started) if (child.exitCode === null) child.kill('SIGKILL');
    workload?.[Symbol.dispose]();
  });

  test('with CAP_BPF and CAP_PERFMON alone, an older process of root has program, arguments, user and parent', {
    timeout: 60_000,
  }, async () => {
    const older = start('wait-touch', 'by-older');
    await sleep(200);
    const privileges = ['--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all,+bpf,+perfmon'];
    const capabilities = ['--inh-caps=-all,+bpf,+perfmon', '--ambient-caps=-all,+bpf,+perfmon'];
    const node = [process.execPath, '--input-type=module', '-e', OPENS, join(OPEN_ROOT, 'dist'), folder];
    // A /proc of its own, in which others' processes are hidden: what is known of them comes from the kernel.
    const hidden = [...enterable, ...mounted('mount -t proc -o hidepid=2 proc /proc'), 'setpriv'];
    const [file, ...rest] = [...hidden, ...privileges, ...capabilities, ...node];
    const sensor = spawn(file!, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    started.push(sensor);
    let out = '';
    const ready = new Promise((resolve) => {
      sensor.stdout.on('data', (data) => {
        out += data;
        if (out.startsWith('ready')) resolve(undefined);
      });
      sensor.on('close', resolve);
    });
    await ready;
    older.stdin!.end();
    await sleep(1500);
    sensor.stdin.end();
    await new Promise((resolve) => sensor.on('close', resolve));
    const rows = out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as Row);
    expect(rows).toHaveLength(20);
    expect(rows[0]).toMatchObject({
      pid: String(older.pid),
      exe,
      args: `${exe} wait-touch by-older`,
      user: 'root',
      comm: 'running-work',
      cwd: folder,
      stdio: expect.stringMatching(/^socket,null,/),
      parent_exe: realpathSync(process.execPath),
      ppid: String(process.pid),
    });
    expect(rows[0]!.ancestors).toContain(realpathSync(process.execPath));
  });

  test('forks and execs that were lost: who acts later has its own program and arguments', {
    timeout: 60_000,
  }, async () => {
    const recording = new Recording((program) => program === undefined || program === exe, { ringPages: 16 });
    const swapped = start('swap', 'swapped');
    await sleep(300);
    recording.source.stall(5000);
    await sleep(100);
    // On each processor, for each has a ring.
    const noise = Promise.all(
      cpus().map((_, cpu) => workload.run('taskset', '-c', cpu, workload.noiseExe, 'noise', 10_000, 3)),
    );
    await sleep(2000);
    const crowd = start('crowd', String(CROWD));
    swapped.stdin!.write('x');
    await noise;
    // The reader looks at what runs a moment after the last loss.
    const lost = () => recording.source.sensorCounters()!.lost.ring_full!;
    for (let i = 0, before = 0; i < 20 && (lost() === 0 || lost() !== before); i++) {
      before = lost();
      await sleep(700);
    }
    crowd.stdin!.end();
    swapped.stdin!.end();
    const ended = (child: ChildProcess) => child.exitCode !== null;
    for (let i = 0; i < 100 && !(ended(crowd) && ended(swapped)); i++) await sleep(100);
    await recording.stop();

    // Otherwise nothing was to repair. A full ring may still take the small event of a fork.
    const counters = recording.source.sensorCounters()!;
    expect(counters.lost.ring_full).toBeGreaterThan(1000);
    expect(recording.rows.filter((row) => row.syscall === 'exec' && row.args === `${exe} wait-touch swapped`)).toEqual(
      [],
    );
    const forks = recording.rows.filter((row) => row.syscall === 'fork' && row.ppid === crowd.pid);
    expect(forks.length).toBeLessThan(CROWD / 2);

    const distinct = (name: string) => {
      const told = opened(recording.rows, name).map((row) => JSON.stringify([row.exe, row.args, row.parent_exe]));
      return [...new Set(told)].map((text) => JSON.parse(text) as string[]);
    };
    const node = realpathSync(process.execPath);
    expect(distinct('swapped')).toEqual([[exe, `${exe} wait-touch swapped`, node]]);
    for (let i = 0; i < CROWD; i++) {
      const args = i % 2 ? `${exe} wait-touch crowd-${i}` : `${exe} crowd ${CROWD}`;
      expect(distinct(`crowd-${i}`)).toEqual([[exe, args, exe]]);
    }
    const nameless = recording.rows.filter((row) => row.exe === undefined && row.syscall !== 'lost').length;
    expect(counters.rows_without_exe).toBe(nameless);
    console.log(`rows without exe: ${nameless} of ${counters.delivered}; lost ${counters.lost.ring_full}`);
  });
});
