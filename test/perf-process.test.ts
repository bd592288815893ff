import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const MODES = ['failed', 'silent', 'searches', 'ids', 'thread-ids', 'trace', 'trace-inside', 'setuid', 'reuse'];
const MORE = ['double-fork', 'clone-parent', 'vfork', 'names', 'headless', 'written'];

/** Processes that end one after the other while the recording ends. */
const ENDING = 60;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What process.c prints about itself. */
type Told = Record<string, string | number>;

/** Each mode of process.c runs once under one recording; rows are compared with what the program tells. */
describe.skipIf(reason !== undefined)(`processes${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  let exe = '';
  let folder = '';
  let rows: readonly Row[] = [];
  let before: ChildProcess;
  const told = new Map<string, readonly Told[]>();
  const pids = new Map<string, number>();

  // Not spawnSync: the sensor's slots are given back meanwhile, whatever else the machine does.
  const run = async (mode: string, command: string, ...args: string[]) => {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (data) => {
      out += data;
    });
    const status = await new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
    expect(status, mode).toBe(0);
    await sleep(20);
    pids.set(mode, child.pid!);
    const lines = out.split('\n').filter((line) => line.startsWith('{'));
    told.set(
      mode,
      lines.map((line) => JSON.parse(line) as Told),
    );
  };

  beforeAll(async () => {
    workload = new Workload();
    exe = join(workload.dir, 'process-work');
    const source = fileURLToPath(new URL('workload/process.c', import.meta.url));
    execFileSync('gcc', ['-O1', '-Wall', '-no-pie', source, '-o', exe, '-pthread']);
    execFileSync('chmod', ['-R', 'a+rwX', workload.dir]);
    folder = join(realpathSync(workload.dir), 'process');
    mkdirSync(folder, { mode: 0o777 });
    execFileSync('chmod', ['a+rwx', folder]);
    // Its leader has ended when the sensor starts.
    before = spawn(exe, ['headless'], { cwd: folder, stdio: 'ignore' });
    await sleep(100);
    const recording = new Recording(() => true);
    writeFileSync(join(folder, 'go'), '');
    for (const mode of [...MODES, ...MORE]) await run(mode, exe, mode);
    await run('chain', exe, 'chain', '6');
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
    await run('user-namespace', 'setpriv', ...nobody, 'unshare', '-Ur', exe, 'touch', 'by-inside');
    await run('uts', 'unshare', '-u', 'sh', '-c', `hostname elsewhere; exec ${exe} touch by-elsewhere`);
    await sleep(3000);
    await run('silent to the end', exe, 'silent');
    // All at once: the reader takes what is older than two seconds anyway.
    await Promise.all(Array.from({ length: ENDING }, (_, i) => run(`ending ${i}`, exe, 'silent')));
    const stopped = recording.stop();
    for (let i = 0; i < ENDING; i++) {
      process.kill(Number(told.get(`ending ${i}`)![0]!.pid), 'SIGKILL');
      await sleep(5);
    }
    await stopped;
    rows = recording.rows;
    for (const mode of ['silent', 'silent to the end']) process.kill(Number(told.get(mode)![0]!.pid), 'SIGKILL');
  }, 90_000);
  afterAll(() => {
    before?.kill('SIGKILL');
    workload?.[Symbol.dispose]();
  });

  const of = (mode: string, syscall: string) =>
    rows.filter((row) => row.pid === pids.get(mode) && row.syscall === syscall);
  const touched = (name: string) => rows.filter((row) => row.syscall === 'open' && row.path === join(folder, name));
  const failures = (pid: unknown) =>
    rows
      .filter((row) => row.syscall === 'exec_failed' && row.pid === pid)
      .map((row) => ({ pid: row.pid, path: row.path, ret: row.ret, count: Number(row.count ?? 1) }));

  test('failed execs: each has its path and error', () => {
    const facts = told.get('failed')!;
    expect(facts).toHaveLength(22);
    expect(failures(pids.get('failed'))).toEqual(facts);
    const row = of('failed', 'exec_failed')[0]!;
    expect(row).toMatchObject({ exe, args: `${exe} failed`, user: 'root', comm: 'process-work' });
  });

  test('searches along PATH: one row a second and thread, with the first path and the count', () => {
    const facts = told.get('searches')!;
    expect(facts.map((fact) => Number(fact.count)).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 7, 11]);
    for (const pid of new Set(facts.map((fact) => fact.pid))) {
      // What is left to the reader comes later than what the thread fails at meanwhile.
      const byCount = (a: Told, b: Told) => Number(a.count) - Number(b.count);
      expect(failures(pid).sort(byCount)).toEqual(facts.filter((fact) => fact.pid === pid).sort(byCount));
    }
  });

  test('what was missed by a process that does nothing more is told soon, and at the end of the recording', () => {
    for (const mode of ['silent', 'silent to the end']) {
      expect(failures(told.get(mode)![0]!.pid)).toEqual(told.get(mode));
    }
    const [early] = rows.filter((row) => row.syscall === 'exec_failed' && row.pid === told.get('silent')![0]!.pid);
    expect(Number(early!.ts) - Number(of('silent', 'exec')[0]!.ts)).toBeLessThan(5_000_000);
  });

  test('what was missed by processes that end while the sensor ends is told', () => {
    for (let i = 0; i < ENDING; i++) {
      const facts = told.get(`ending ${i}`)!;
      expect(failures(facts[0]!.pid)).toEqual(facts);
    }
  });

  test('a search that ends in an exec is told before it, as the program that searched', () => {
    const pid = told.get('searches')!.find((fact) => fact.count === 11)!.pid;
    const own = rows.filter((row) => row.pid === pid && ['exec', 'exec_failed'].includes(String(row.syscall)));
    expect(own.map((row) => [row.syscall, row.args])).toEqual([
      ['exec_failed', `${exe} searches`],
      ['exec', `${exe} nothing`],
    ]);
  });

  test('changes of ids: each call that changed one, with what it changed', () => {
    const facts = told.get('ids')!;
    const made = of('ids', 'setid');
    const seen = made.map((row) => [row.pid, String(row.flags).split('|')[0], row.ruid, row.uid, row.gid]);
    expect(seen).toEqual(facts.map((fact) => [fact.pid, fact.call, fact.ruid, fact.uid, fact.gid]));
    const flags = made.map((row) => String(row.flags));
    expect(flags[1]).toMatch(/^CAPSET\|ALL(\|-\w+)*\|-SYS_TIME(\||$)/);
    expect(flags.filter((_, i) => i !== 1)).toEqual([
      'SETGROUPS|GROUPS=4,24,27',
      'SETRESGID|EGID=0>65534|FSGID=0>65534',
      'SETREGID|RGID=0>12|EGID=65534>13|SGID=0>13|FSGID=65534>13',
      'SETGID|RGID=12>14|EGID=13>14|SGID=13>14|FSGID=13>14',
      'SETFSGID|FSGID=14>15',
      'SETFSUID|FSUID=0>16',
      'SETRESUID|RUID=0>1001|EUID=0>1002|FSUID=16>1002',
      'SETREUID|EUID=1002>0|FSUID=1002>0',
      'SETUID|RUID=1001>1003|EUID=0>1003|SUID=0>1003|FSUID=0>1003',
    ]);
    expect(made.map((row) => row.ret)).toEqual([0, 0, 0, 0, 0, 14, 0, 0, 0, 0]);
  });

  test('a change that the C library makes for each of six threads is one row', () => {
    const changes = of('thread-ids', 'setid');
    expect(changes.map((row) => row.uid)).toEqual(Array.from({ length: 101 }, (_, i) => (i % 2 ? 0 : 1004)));
    expect(changes[0]).toMatchObject({ flags: 'SETRESUID|RUID=0>1004|EUID=0>1004', ruid: 1004 });
    expect(changes[1]!.flags).toMatch(/^SETRESUID\|RUID=1004>0\|EUID=1004>0\|/);
  });

  test('taking hold of a process: one row for each request, with the target’s program', () => {
    for (const mode of ['trace', 'trace-inside']) {
      const facts = told.get(mode)!;
      expect(facts).toHaveLength(5);
      const [inside] = rows.filter((row) => row.syscall === 'fork' && row.ppid === pids.get(mode));
      const tracer = mode === 'trace' ? pids.get(mode) : inside!.pid;
      const held = rows.filter((row) => row.syscall === 'ptrace' && (row.pid === tracer || row.ppid === tracer));
      expect(held.map((row) => row.flags).sort()).toEqual(facts.map((fact) => fact.request).sort());
      for (const row of held) expect(row.path).toBe(row.flags === 'TRACEME' ? exe : join(folder, 'target'));
    }
  });

  test('a setuid program: effective and real ids', () => {
    expect(of('setuid', 'exec').at(-1)).toMatchObject({ uid: 0, ruid: 1000, gid: 1000, user: 'root' });
    expect(touched('by-privileged')[0]).toMatchObject({ uid: 0, ruid: 1000, exe: join(folder, 'privileged') });
  });

  test('root of a user namespace is who it is outside; a UTS namespace is no host', () => {
    expect(touched('by-inside')).toHaveLength(1);
    expect(touched('by-inside')[0]).toMatchObject({ uid: 65534, ruid: 65534, user: 'nobody', exe });
    expect(touched('by-elsewhere')[0]).toMatchObject({ host: hostname(), exe });
  });

  test('a process id used again is another process', () => {
    const { first, second } = told.get('reuse')![0]!;
    expect(second).toBe(first);
    const starts = rows.filter((row) => row.syscall === 'exec' && row.pid === first);
    expect(starts.map((row) => row.args)).toEqual([`${exe} nothing first`, `${exe} touch second`]);
    expect(starts[0]!.proc).not.toBe(starts[1]!.proc);
    expect(touched('second')[0]).toMatchObject({ proc: starts[1]!.proc, args: `${exe} touch second` });
  });

  test('double fork: the parent is the one that made it, and its own is known', () => {
    const facts = told.get('double-fork')!;
    const daemon = facts.find((fact) => fact.daemon !== undefined)!;
    const between = facts.find((fact) => fact.between !== undefined)!.between;
    expect(daemon.ppid).not.toBe(between);
    const middle = rows.find((row) => row.syscall === 'fork' && row.pid === between)!;
    expect(middle.ppid).toBe(pids.get('double-fork'));
    expect(touched('by-daemon')[0]).toMatchObject({ pid: daemon.daemon, ppid: between, parent_proc: middle.proc });
  });

  test('CLONE_PARENT: the parent is the one it has, not the one that made it', () => {
    const { sibling, middle, parent } = told.get('clone-parent')![0]!;
    expect(parent).toBe(pids.get('clone-parent'));
    const made = rows.find((row) => row.syscall === 'fork' && row.pid === sibling)!;
    expect(made).toMatchObject({ ppid: parent, parent_proc: of('clone-parent', 'exec')[0]!.proc, exe });
    expect(made.ppid).not.toBe(middle);
    expect(touched('by-sibling')[0]).toMatchObject({ pid: sibling, ppid: parent });
  });

  test('vfork, and an exec of an exec: one process, a row each', () => {
    const { child } = told.get('vfork')![0]!;
    const own = rows.filter((row) => row.pid === child).map((row) => [row.syscall, row.args, row.ppid]);
    const parent = pids.get('vfork');
    expect(own).toEqual([
      ['fork', `${exe} vfork`, parent],
      ['exec', `${exe} nothing after-vfork`, parent],
      ['exit', `${exe} nothing after-vfork`, parent],
    ]);
    const chain = of('chain', 'exec');
    expect(chain.map((row) => row.args)).toEqual([6, 5, 4, 3, 2, 1, 0].map((left) => `${exe} chain ${left}`));
    expect(new Set(chain.map((row) => row.proc)).size).toBe(1);
    expect(of('chain', 'fork')).toHaveLength(1);
    expect(of('chain', 'exit')).toHaveLength(1);
  });

  test('comm is what the process calls itself, not what a thread of it does', () => {
    expect(touched('named-1')[0]!.comm).toBe('another (name)');
    expect(touched('named-2')[0]!.comm).toBe('another (name)');
  });

  test('a process whose first thread has ended acts on, and ends once', () => {
    expect(touched('by-survivor').map((row) => row.pid)).toEqual([before.pid, pids.get('headless')]);
    for (const row of touched('by-survivor')) expect(row).toMatchObject({ exe, args: `${exe} headless`, cwd: folder });
    expect(of('headless', 'exit')).toHaveLength(1);
  });

  test('a program written just before it runs says so', () => {
    const starts = of('written', 'exec');
    expect(starts.map((row) => row.exe)).toEqual([exe, join(folder, 'fresh')]);
    expect(starts[1]!.exe_flags).toBe('just_written');
    const [older] = of('uts', 'exec');
    // On a system installed this minute it was.
    const isNew = older!.ts - BigInt(Math.round(statSync('/usr/bin/unshare').ctimeMs * 1000)) < 600_000_000n;
    expect([older!.exe, older!.exe_flags]).toEqual(['/usr/bin/unshare', isNew ? 'just_written' : undefined]);
  });
});
