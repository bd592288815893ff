import { spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteArgs } from '../dist/tuple/quote.js';
import { columnFaults, Recording, type Row, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const MODES = [
  ['arguments'],
  ['long'],
  ['memfd'],
  ['unlinked'],
  ['script'],
  ['user'],
  ['threads'],
  ['orphan'],
  ['killed'],
  ['opens'],
  ['addresses', '18431'],
  ['unanswered', '18432'],
  ['late-accept', '18433'],
  ['forked-server', '18434'],
];

/** Each mode of odd.c runs once under one recording; the tests read what the rows of its process say. */
describe.skipIf(reason !== undefined)(`what rows say${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  const rows = new Map<string, Row[]>();
  const printed = new Map<string, string>();
  let all: readonly Row[] = [];
  let folder = '';
  let started = 0;

  beforeAll(async () => {
    workload = new Workload();
    folder = join(realpathSync(workload.dir), 'odd');
    mkdirSync(folder);
    const recording = new Recording(() => true);
    started = Date.now();
    const pids = new Map<number, string>();
    for (const mode of MODES) {
      const run = spawnSync(workload.oddExe, mode, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
      pids.set(run.pid, mode[0]!);
      printed.set(mode[0]!, String(run.stdout));
    }
    const inNamespace = spawnSync('unshare', [
      '-p',
      '-f',
      '--mount-proc',
      'sh',
      '-c',
      `${workload.oddExe} nothing; true`,
    ]);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await recording.stop();
    all = recording.rows;
    for (const row of recording.rows) {
      const mode = pids.get(Number(row.pid)) ?? pids.get(Number(row.ppid));
      if (mode !== undefined) rows.set(mode, [...(rows.get(mode) ?? []), row]);
      if (inNamespace.status === 0 && (row.ppid === inNamespace.pid || String(row.args).endsWith('odd-work nothing'))) {
        rows.set('namespace', [...(rows.get('namespace') ?? []), row]);
      }
    }
  }, 60_000);
  afterAll(() => workload[Symbol.dispose]());

  const of = (mode: string, syscall: string) => (rows.get(mode) ?? []).filter((row) => row.syscall === syscall);
  const last = (mode: string, syscall: string) => of(mode, syscall).at(-1)!;

  test('arguments keep quotes, empty ones and characters; bytes that are no text become U+FFFD', () => {
    expect(last('arguments', 'exec').args).toBe(
      quoteArgs(['odd name', 'nothing', "it's", '', '\uFFFD\uFFFDcafé', 'tab\there']),
    );
    expect(last('arguments', 'exec').truncated).toBe(0);
  });

  test('long arguments are cut at 8 KiB, and the row says so', () => {
    expect(String(last('long', 'exec').args).length).toBe(8192);
    expect(last('long', 'exec').truncated).toBe(1);
  });

  test('programs without a file: memfd and unlinked', () => {
    expect(last('memfd', 'exec')).toMatchObject({ exe: '/memfd:payload', exe_flags: 'memfd' });
    expect(last('unlinked', 'exec')).toMatchObject({ exe: join(folder, 'gone'), exe_flags: 'unlinked' });
    const script = last('script', 'exec');
    // Of a machine that was installed a moment ago the shell is as new as it says.
    const age = Number(script.ts) / 1e6 - Math.floor(statSync('/bin/sh').ctimeMs / 1000);
    expect(script.exe_flags).toBe(age < 600 ? 'just_written' : undefined);
  });

  test('a script: the interpreter is exe, the file is script', () => {
    const row = last('script', 'exec');
    expect(row).toMatchObject({ exe: realpathSync('/bin/sh'), script: join(folder, 'script.sh'), comm: 'script.sh' });
    expect(row.args).toBe('/bin/sh -e ./script.sh one');
    expect(row.cwd).toBe(folder);
    expect(row.stdio).toMatch(/^null,socket,(file|pipe|socket|tty|null)$/);
  });

  test('ids are the effective ones, beside the real', () => {
    expect(last('user', 'open')).toMatchObject({ uid: 65534, gid: 65534, ruid: 0, user: 'nobody', group: 'nogroup' });
  });

  test('threads are no events, and an exec from one is the process', () => {
    expect(of('threads', 'fork')).toHaveLength(1);
    expect(of('threads', 'exit')).toHaveLength(1);
    expect(String(last('threads', 'exec').args)).toContain('from-a-thread');
    expect(last('threads', 'exec').pid).toBe(of('threads', 'fork')[0]!.pid);
  });

  test('an orphan keeps the parent that made it', () => {
    const row = of('orphan', 'open').find((open) => open.path === join(folder, 'orphan'))!;
    const parent = of('orphan', 'exec')[0]!;
    expect(row).toMatchObject({ ppid: parent.pid, parent_proc: parent.proc, parent_exe: parent.exe });
    expect(row.parent_args).toBe(parent.args);
  });

  test('exit tells the status or the signal', () => {
    expect(of('orphan', 'exit').find((row) => row.pid === of('orphan', 'exec')[0]!.pid)!.ret).toBe(3);
    expect(last('killed', 'exit').ret).toBe(-9);
    expect(Number(last('killed', 'exit').duration_us)).toBeGreaterThan(0);
  });

  test('opens for writing by every call, with the path outside a chroot; others are none', () => {
    const paths = of('opens', 'open').map((row) => [String(row.path).replace(`${folder}/`, ''), row.flags]);
    expect(paths).toEqual([
      ['by-openat', 'WRONLY|CREAT|CREATED'],
      ['by-creat', 'WRONLY|CREAT|TRUNC|CREATED'],
      ['by-syscall-creat', 'WRONLY|CREAT|TRUNC|CREATED'],
      ['by-openat2', 'RDWR|CREATED'],
      ['by-openat', 'WRONLY|APPEND'],
      ['jail/in-jail', 'WRONLY|CREAT|CREATED'],
    ]);
  });

  test('addresses are canonical, IPv4-mapped ones IPv4', () => {
    expect(of('addresses', 'connect').map((row) => [row.proto, row.daddr, row.dport, row.ret])).toEqual([
      ['udp', '::1', 18431, 0],
      ['tcp', '127.0.0.9', 18431, -111],
    ]);
    expect(last('addresses', 'send')).toMatchObject({ saddr: '::1', daddr: '::1', dport: 18431, bytes_out: 4n });
  });

  test('a connection nobody answered ends as -EINPROGRESS and in a close', () => {
    const results = of('unanswered', 'connect').map((row) => row.ret);
    expect(results.filter((ret) => ret === -115).length).toBeGreaterThanOrEqual(2);
    expect(results).toHaveLength(5);
    expect(of('unanswered', 'close')).toHaveLength(5);
  });

  test('a connection reset before it was accepted has its owner and its bytes', () => {
    expect(of('late-accept', 'accept')).toHaveLength(1);
    const served = of('late-accept', 'close').find((row) => row.sport === 18433)!;
    expect(served).toMatchObject({ bytes_in: 5n, bytes_out: 0n, comm: 'odd-work' });
  });

  test('a connection accepted by one process and served by its child is closed by the child', () => {
    const children = printed.get('forked-server')!.trim().split('\n').map(Number);
    const accepted = of('forked-server', 'accept');
    const closed = of('forked-server', 'close').filter((row) => row.sport === 18434);
    expect(new Set(accepted.map((row) => row.pid))).toEqual(new Set([accepted[0]!.pid]));
    expect(closed.map((row) => row.pid)).toEqual(children);
    expect(new Set(closed.map((row) => row.ppid))).toEqual(new Set([accepted[0]!.pid]));
    expect(closed.map((row) => row.dport)).toEqual(accepted.map((row) => row.dport));
  });

  test('ns_ppid is the parent as the process sees it', () => {
    const seen = (rows.get('namespace') ?? []).filter((row) => row.syscall === 'exec');
    expect(seen.map((row) => row.ns_ppid)).toEqual([0, 1]);
  });

  test('every row holds the columns that EVENTS.md promises, and no other', () => {
    // How many rows there are beside the workload's depends on what else the machine does; all kinds must be there.
    const kinds = new Set(all.map((row) => row.syscall));
    for (const kind of ['exec', 'fork', 'exit', 'open', 'connect', 'accept', 'close']) expect(kinds).toContain(kind);
    expect(columnFaults(all)).toEqual([]);
  });

  test('host, source and time are filled', () => {
    for (const row of of('opens', 'open')) {
      expect(row.host).toBe(hostname());
      expect(row.source).toBe('perf');
      expect(Math.abs(Number(row.ts) / 1000 - started)).toBeLessThan(20_000);
    }
  });
});
