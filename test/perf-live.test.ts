import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectKnownWork, expectTransfers, TRANSFERS } from './known-work.js';
import { Recording, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const live = describe.skipIf(reason !== undefined);
if (reason !== undefined) console.warn(`live sensor tests skipped: ${reason}`);

const PORT = 18_411;

live(`sensor on a known workload${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  beforeAll(() => {
    workload = new Workload();
  });
  afterAll(() => workload[Symbol.dispose]());

  test('every event is there once, beside 20,000 others a second, with who did it', { timeout: 60_000 }, async () => {
    const server = await workload.serve(PORT);
    const recording = new Recording((exe) => exe === workload.exe, { background: 20_000 });
    await workload.run(workload.exe, 'work', PORT, workload.files);
    await recording.stop();
    server.kill('SIGKILL');

    expectKnownWork(recording.rows, {
      exe: workload.exe,
      files: workload.files,
      server: server.pid!,
      caller: { pid: process.pid, exe: process.execPath },
    });

    const counters = recording.source.sensorCounters()!;
    expect(counters.late).toBe(0);
    expect(recording.disorder).toBe(0);
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    expect(seen).toBe(counters.delivered);
    expect(counters.delivered).toBe(recording.total);
  });

  test('payload bytes of a connection are exact on both sides', { timeout: 30_000 }, async () => {
    const server = await workload.serve(PORT + 1);
    const recording = new Recording((exe) => exe === workload.exe);
    for (const bytes of TRANSFERS) await workload.run(workload.exe, 'transfer', PORT + 1, bytes, 0);
    await workload.run(workload.exe, 'transfer', PORT + 1, 1000, 1);
    await recording.stop();
    server.kill('SIGKILL');
    expectTransfers(recording.rows, PORT + 1);
  });

  test('more strings than a table holds: the next one goes on, and nothing is mixed up', {
    timeout: 60_000,
  }, async () => {
    const recording = new Recording((exe) => exe === workload.exe);
    await workload.run(workload.exe, 'spread', 70_000);
    await recording.stop();
    const sent = recording.rows.filter((row) => row.syscall === 'send');
    expect(sent).toHaveLength(70_000);
    const indices = sent.map((row) => String(row.daddr).split('.').map(Number));
    expect(indices.every(([, b, c, d], i) => b! * 65_536 + c! * 256 + d! === i + 256)).toBe(true);
    expect([...recording.epochs]).toEqual([0, 1]);
    expect(recording.batchIds.size).toBe(recording.source.counters.batches);
  });

  test('a process that ends without stopping the sensor ends cleanly', { timeout: 30_000 }, () => {
    const script = `
      import { PerfSource } from '${new URL('../dist/source/perf-source.js', import.meta.url)}';
      import { StringTable } from '${new URL('../dist/columnar/string-table.js', import.meta.url)}';
      import { SLOT_BYTES } from '${new URL('../dist/tuple/slot.js', import.meta.url)}';
      const slots = [1, 2, 3].map(() => new SharedArrayBuffer(SLOT_BYTES));
      new PerfSource({ slots, flushMs: 1, makeTable: (epoch) => new StringTable(epoch) }).start();
      setTimeout(() => process.exit(7), 200);`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect([run.status, run.signal, run.stderr]).toEqual([7, null, '']);
  });

  test('a stalled reader: seen = delivered + lost, and rows say so', { timeout: 60_000 }, async () => {
    const recording = new Recording(() => false, { ringPages: 8, background: 0 });
    recording.source.stall(1500);
    const noise = workload.run(workload.noiseExe, 'noise', 40_000, 3);
    await noise;
    await recording.stop();
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    const lost = Object.values(counters.lost).reduce((a, b) => a + b, 0);
    expect(counters.lost.ring_full).toBeGreaterThan(1000);
    expect(seen).toBe(counters.delivered + lost);
    expect(counters.delivered).toBe(recording.total);
    const told = recording.rows.filter((row) => row.syscall === 'lost');
    expect(told.reduce((sum, row) => sum + Number(row.count), 0)).toBe(lost);
    expect(told.some((row) => row.reason === 'ring_full' && Number(row.duration_us) > 500_000)).toBe(true);
    expect(recording.disorder).toBe(0);
  });

  test('slots that are not given back: loss with that reason', { timeout: 60_000 }, async () => {
    const recording = new Recording(() => false, { slotCount: 2, flushMs: 50, background: 0 }, 400);
    await workload.run(workload.noiseExe, 'noise', 40_000, 2);
    await recording.stop();
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    const lost = Object.values(counters.lost).reduce((a, b) => a + b, 0);
    expect(counters.lost.no_slot).toBeGreaterThan(0);
    expect(seen).toBe(counters.delivered + lost);
    expect(counters.delivered).toBe(recording.total);
  });
});
