import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PerfSource } from '../dist/source/perf-source.js';
import { Recording, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();

/** The first process of a new pid namespace, as this one numbers it; it runs a shell that reads commands. */
async function namespaceInit(shell: ChildProcess): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test.skipIf(reason !== undefined)('one pid namespace alone: what is in it and below, nothing else', async () => {
  using workload = new Workload();
  const shell = spawn('unshare', ['-p', '-f', '--kill-child', 'sh'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const init = await namespaceInit(shell);
    const recording = new Recording(() => true, { namespaceOf: init });
    spawnSync(workload.oddExe, ['nothing', 'outside']);
    const ended = new Promise((resolve) => shell.stdout.once('data', resolve));
    shell.stdin.write(`${workload.oddExe} nothing inside; unshare -p -f ${workload.oddExe} nothing below; echo done\n`);
    await ended;
    await recording.stop();
    const ran = recording.rows.filter((row) => row.syscall === 'exec').map((row) => row.args);
    const below = `${workload.oddExe} nothing below`;
    expect(ran).toEqual([`${workload.oddExe} nothing inside`, `unshare -p -f ${below}`, below]);
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    expect(seen).toBe(counters.delivered);
  } finally {
    shell.kill('SIGKILL');
  }
});

test('a namespace is asked of a process that runs', () => {
  const slots = [new SharedArrayBuffer(8), new SharedArrayBuffer(8)];
  const source = new PerfSource({ slots, makeTable: () => expect.unreachable(), namespaceOf: 4_194_305 });
  expect(() => source.start()).toThrow(/a running process, got 4194305|built addon/);
});
