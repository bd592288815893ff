import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, Workload, whyNotLive } from './perf-rig.js';

const missing = ['nmap', 'nft', 'unshare'].filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
const reason =
  whyNotLive() ?? (missing.length > 0 ? `requires nmap, nft and unshare, got no ${missing.join(', ')}` : undefined);
const PORT = 18_461;
const ports = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

/** 200 ports closed, 50 that drop what comes, 20 that listen, all in a network namespace of its own. */
const SCAN = `
ip link set lo up
nft 'add table inet t; add chain inet t in { type filter hook input priority 0; }; add rule inet t in tcp dport 3000-3049 drop'
mkfifo open
"$1" listen 4000 20 < open > ready &
exec 3> open
while [ ! -s ready ]; do sleep 0.05; done
nmap -sT -Pn -n --max-retries 0 -p 2000-2199,3000-3049,4000-4019 127.0.0.1`;

describe.skipIf(reason !== undefined)(`a scan and what is carried${reason === undefined ? '' : ` (${reason})`}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'quince-scan-'));
  const exe = join(dir, 'socket-work');
  let workload: Workload;

  beforeAll(() => {
    workload = new Workload();
    execFileSync('gcc', ['-O1', '-Wall', fileURLToPath(new URL('workload/sockets.c', import.meta.url)), '-o', exe]);
    writeFileSync(join(dir, 'scan.sh'), SCAN);
  });
  afterAll(() => {
    workload[Symbol.dispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  test('nmap: 200 refused, 50 unanswered and 20 established connects, each port once', {
    timeout: 60_000,
  }, async () => {
    const recording = new Recording((path) => path?.endsWith('/nmap') === true);
    const scan = spawn('unshare', ['-n', 'sh', '-e', 'scan.sh', exe], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let report = '';
    scan.stdout.on('data', (data) => {
      report += data;
    });
    const code = await new Promise((resolve) => scan.on('close', resolve));
    await recording.stop();
    expect([code, /1 host up/.test(report)]).toEqual([0, true]);
    const scanned = recording.rows.filter((row) => row.ppid === scan.pid);
    const to = (syscall: string, ret: number) =>
      scanned
        .filter((row) => row.syscall === syscall && row.proto === 'tcp' && row.ret === ret)
        .map((row) => Number(row.dport))
        .sort((a, b) => a - b);
    expect(to('connect', -111)).toEqual(ports(2000, 200));
    expect(to('connect', -115)).toEqual(ports(3000, 50));
    expect(to('connect', 0)).toEqual(ports(4000, 20));
    const tcp = scanned.filter((row) => row.proto === 'tcp');
    expect(tcp.filter((row) => row.syscall === 'connect')).toHaveLength(270);
    expect(tcp.filter((row) => row.syscall === 'close')).toHaveLength(270);
  });

  test('payload from nothing to ten million bytes, half-closed and reset: exact on both sides', {
    timeout: 60_000,
  }, async () => {
    const server = await workload.serve(PORT);
    const recording = new Recording((path) => path === workload.exe);
    const sizes = [0, 1, 1000, 10_000_000];
    // The client shuts its side and reads on while the server answers: a half-close.
    for (const bytes of sizes) await workload.run(workload.exe, 'transfer', PORT, bytes, 0);
    for (const bytes of [0, 1, 1000]) await workload.run(workload.exe, 'transfer', PORT, bytes, 1);
    await recording.stop();
    server.kill('SIGKILL');
    const closed = recording.rows.filter((row) => row.syscall === 'close');
    const figures = (rows: Row[]) => rows.map((row) => [Number(row.bytes_out), Number(row.bytes_in)]);
    const both = sizes.map((n) => [n, n]);
    expect(figures(closed.filter((row) => row.dport === PORT))).toEqual([...both, [0, 0], [1, 0], [1000, 0]]);
    expect(figures(closed.filter((row) => row.sport === PORT))).toEqual([...both, [0, 0], [0, 1], [0, 1000]]);
  });
});
