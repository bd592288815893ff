import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Recording, type Row, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const PORT = 18_441;
const HELD = 3000;

const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
const tailOf = (row: Row) => {
  const parts = String(row.daddr).split('.').map(Number);
  return parts[2]! * 256 + parts[3]!;
};

describe.skipIf(reason !== undefined)(`floods of connections${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  beforeAll(() => {
    workload = new Workload();
  });
  afterAll(() => workload[Symbol.dispose]());

  test('more connections than are remembered, closed before accept(), leave nothing behind', {
    timeout: 60_000,
  }, async () => {
    const recording = new Recording((exe) => exe === workload.exe, {
      connections: 6000,
    });
    await workload.run(workload.exe, 'unaccepted', PORT, 12_000);
    await recording.stop();
    const of = (syscall: string) => recording.rows.filter((row) => row.syscall === syscall);
    const last = of('connect').filter((row) => String(row.daddr).startsWith('127.3.'));
    expect(last.map((row) => [row.ret, row.dport])).toEqual([[0, PORT]]);
    expect(of('accept').map((row) => row.sport)).toEqual([PORT]);
    expect(of('connect')).toHaveLength(12_001);
    expect(of('close').filter((row) => row.dport === PORT)).toHaveLength(12_001);
    expect(of('close').filter((row) => row.sport === PORT)).toHaveLength(1);
    const counters = recording.source.sensorCounters()!;
    expect(counters.lost.shed).toBe(0);
    expect(sum(Object.values(counters.seen_by_kind))).toBe(counters.delivered + sum(Object.values(counters.lost)));
  });

  test('more open connections than are remembered: each connect is seen, closes are shed and told', {
    timeout: 60_000,
  }, async () => {
    const recording = new Recording((exe) => exe === workload.exe, {
      connections: 1024,
    });
    await workload.run(workload.exe, 'hold', PORT + 1, HELD);
    await recording.stop();
    const counters = recording.source.sensorCounters()!;
    const of = (syscall: string) => recording.rows.filter((row) => row.syscall === syscall);
    expect(of('connect').map(tailOf)).toEqual(Array.from({ length: HELD }, (_, i) => i));
    const shed = counters.lost.shed!;
    expect(shed).toBeGreaterThanOrEqual(HELD - 1024);
    // Others on this machine may have had connections pushed out.
    expect(of('close').length + shed).toBeGreaterThanOrEqual(HELD);
    expect(of('close').length + shed).toBeLessThan(HELD + 100);
    const told = of('lost').filter((row) => row.reason === 'shed');
    expect(sum(told.map((row) => Number(row.count)))).toBe(shed);
    expect(sum(Object.values(counters.seen_by_kind))).toBe(counters.delivered + sum(Object.values(counters.lost)));
    expect(counters.delivered).toBe(recording.total);
  });
});
