import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const live = describe.skipIf(reason !== undefined);
if (reason !== undefined) console.warn(`live sensor tests skipped: ${reason}`);

const PORT = 18_411;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b);
const tailOf = (address: unknown) => {
  const parts = String(address).split('.').map(Number);
  return parts[2]! * 256 + parts[3]!;
};

live(`sensor on a known workload${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  beforeAll(() => {
    workload = new Workload();
  });
  afterAll(() => workload[Symbol.dispose]());

  test('every event is there once, beside 20,000 others a second, with who did it', { timeout: 60_000 }, async () => {
    const server = await workload.serve(PORT);
    const recording = new Recording((exe) => exe === workload.exe);
    const noise = workload.run(workload.noiseExe, 'noise', 20_000, 4);
    await workload.run(workload.exe, 'work', PORT, workload.files);
    const [sends, opens] = (await noise).trim().split(' ').map(Number);
    await recording.stop();
    server.kill('SIGKILL');

    const work = recording.rows.filter((row) => row.pid !== server.pid);
    const of = (syscall: string, which: (row: Row) => boolean = () => true) =>
      work.filter((row) => row.syscall === syscall && which(row));
    const to = (net: number) => (row: Row) => String(row.daddr).startsWith(`127.${net}.`);

    expect(sorted(of('connect', to(1)).map((row) => tailOf(row.daddr)))).toEqual(range(1009));
    expect(sorted(of('close', to(1)).map((row) => tailOf(row.daddr)))).toEqual(range(1009));
    expect(new Set(of('connect', to(1)).map((row) => row.ret))).toEqual(new Set([0]));
    expect(sorted(of('connect', to(2)).map((row) => tailOf(row.daddr)))).toEqual(range(64));
    expect(new Set(of('connect', to(2)).map((row) => row.ret))).toEqual(new Set([-111]));
    expect(sorted(of('close', to(2)).map((row) => tailOf(row.daddr)))).toEqual(range(64));
    const executed = of('exec', (row) => String(row.args).includes(' nothing '));
    expect(sorted(executed.map((row) => Number(String(row.args).split(' ').at(-1))))).toEqual(range(211));
    expect(sorted(of('send').map((row) => Number(row.dport) - 20_000))).toEqual(range(97));
    expect(new Set(of('send').map((row) => row.bytes_out))).toEqual(new Set([8n]));
    const written = of('open', (row) => String(row.path).startsWith(join(workload.files, 'write-')));
    expect(sorted(written.map((row) => Number(String(row.path).split('-').at(-1))))).toEqual(range(53));
    expect(of('fork')).toHaveLength(211);
    expect(of('exit')).toHaveLength(212);

    const accepted = recording.rows.filter((row) => row.pid === server.pid && row.syscall === 'accept');
    expect(sorted(accepted.map((row) => tailOf(row.saddr)))).toEqual(range(1009));

    expect(recording.counts.get(`${workload.noiseExe} send`)).toBe(sends);
    expect(recording.counts.get(`${workload.noiseExe} open`)).toBe(opens);
    expect(sends! + opens!).toBeGreaterThan(60_000);

    for (const row of work) {
      expect(
        row.args,
        JSON.stringify(row, (_, v) => String(v)),
      ).toContain(workload.exe);
      expect(row.user).toBe('root');
      expect(row.parent_exe).toBe(row.ppid === process.pid ? process.execPath : workload.exe);
      expect(row.ancestors).toContain(process.execPath);
    }
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
    const sizes = [0, 1, 1000, 100_000];
    for (const bytes of sizes) await workload.run(workload.exe, 'transfer', PORT + 1, bytes, 0);
    await workload.run(workload.exe, 'transfer', PORT + 1, 1000, 1);
    await recording.stop();
    server.kill('SIGKILL');
    const closed = recording.rows.filter((row) => row.syscall === 'close');
    const client = closed.filter((row) => row.dport === PORT + 1);
    const served = closed.filter((row) => row.sport === PORT + 1);
    const figures = (rows: Row[]) => rows.map((row) => [Number(row.bytes_out), Number(row.bytes_in)]);
    expect(figures(client)).toEqual([...sizes.map((n) => [n, n]), [1000, 0]]);
    expect(figures(served)).toEqual([...sizes.map((n) => [n, n]), [0, 1000]]);
    for (const row of closed) expect(Number(row.duration_us)).toBeGreaterThan(0);
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
    const recording = new Recording(() => false, { ringPages: 8 });
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
    const recording = new Recording(() => false, { slotCount: 2, flushMs: 50 }, 400);
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
