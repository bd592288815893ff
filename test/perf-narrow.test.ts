import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, whyNotLive } from './perf-rig.js';

let reason = process.arch === 'x64' ? whyNotLive() : `32-bit programs require x64 here, got ${process.arch}`;
const dir = realpathSync(mkdtempSync(join(tmpdir(), 'quince-narrow-')));
const exe = join(dir, 'narrow-work');
const source = fileURLToPath(new URL('workload/narrow.c', import.meta.url));
if (reason === undefined) {
  const flags = '-m32 -O1 -Wall -nostdlib -static -ffreestanding -fno-pie -no-pie -fno-stack-protector'.split(' ');
  execFileSync('gcc', [...flags, source, '-o', exe]);
  // Not called straight: execvp would hand a file that the kernel refuses to a shell.
  const { status, stderr } = spawnSync('bash', ['-c', exe], { cwd: dir, encoding: 'utf8' });
  if (status === 126)
    reason = `32-bit programs require a kernel that runs them, got ${stderr.trim().split(': ').at(-1)}`;
}

/** narrow.c makes each call that i386 has, the older and the newer way in turn. */
describe.skipIf(reason !== undefined)(`32-bit programs${reason === undefined ? '' : ` (${reason})`}`, () => {
  let rows: readonly Row[] = [];
  let folder = '';
  let ended: number | null = null;

  beforeAll(async () => {
    folder = join(dir, 'narrow');
    mkdirSync(folder);
    const recording = new Recording((program) => program === exe);
    const run = spawnSync(exe, { cwd: folder, stdio: 'inherit' });
    ended = run.status;
    await recording.stop();
    rows = recording.rows.filter((row) => row.pid === run.pid);
    expect(recording.source.sensorCounters()!.unsupported_abi).toBe(0);
  }, 30_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const of = (syscall: string) => rows.filter((row) => row.syscall === syscall);

  test('each call has its row, with its arguments', () => {
    expect(ended).toBe(0);
    expect(of('open').map((row) => [row.path, row.flags])).toEqual([
      [join(folder, 'narrow-0'), 'WRONLY|CREAT|TRUNC|CREATED'],
      [join(folder, 'narrow-1'), 'WRONLY|CREAT|CREATED'],
      [join(folder, 'narrow-2'), 'WRONLY|CREAT|CREATED'],
    ]);
    const sent = [0, 1, 2, 3, 4, 5, 6].map((i) => ['127.0.0.1', 20_100 + i, BigInt(i + 1)]);
    expect(of('send').map((row) => [row.daddr, row.dport, row.bytes_out])).toEqual(sent);
    expect(of('connect').map((row) => [row.proto, row.dport, row.ret])).toEqual([
      ['udp', 20_106, 0],
      ['tcp', 18_451, 0],
      ['tcp', 18_451, 0],
    ]);
    expect(of('accept').map((row) => row.sport)).toEqual([18_451, 18_451]);
    expect(of('close')).toHaveLength(4);
    expect(of('exec_failed').map((row) => [row.path, row.ret])).toEqual([
      [join(folder, 'narrow-0'), -13],
      [join(folder, 'narrow-1'), -13],
    ]);
    expect(of('setid').map((row) => row.flags)).toEqual([
      'SETGROUPS|GROUPS=',
      'SETUID|RUID=0>1005|EUID=0>1005|SUID=0>1005|FSUID=0>1005',
    ]);
  });
});
