import { join } from 'node:path';
import { expect } from 'vitest';
import type { Row } from './perf-rig.js';

/** One run of `workload work` beside a server. */
export interface KnownWork {
  readonly exe: string;
  /** The folder it writes to. */
  readonly files: string;
  /** Process id of the server. */
  readonly server: number;
  /** Who started it. */
  readonly caller: { readonly pid: number; readonly exe: string };
}

export const range = (n: number) => Array.from({ length: n }, (_, i) => i);
export const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b);

/** The index that is in the last two bytes of an IPv4 address. */
export function tailOf(address: unknown): number {
  const parts = String(address).split('.').map(Number);
  return parts[2]! * 256 + parts[3]!;
}

/** All that test/workload/workload.c does in `work` is there once, with who did it; `rows` are those of its program. */
export function expectKnownWork(rows: readonly Row[], { exe, files, server, caller }: KnownWork): void {
  const work = rows.filter((row) => row.pid !== server);
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
  const written = of('open', (row) => String(row.path).startsWith(join(files, 'write-')));
  expect(sorted(written.map((row) => Number(String(row.path).split('-').at(-1))))).toEqual(range(53));
  expect(of('fork')).toHaveLength(211);
  expect(of('exit')).toHaveLength(212);

  const accepted = rows.filter((row) => row.pid === server && row.syscall === 'accept');
  expect(sorted(accepted.map((row) => tailOf(row.saddr)))).toEqual(range(1009));

  for (const row of work) {
    const whole = JSON.stringify(Object.entries(row).map(([name, value]) => `${name}=${value}`));
    expect(String(row.args), whole).toContain(exe);
    expect(row.user).toBe('root');
    expect(row.parent_exe).toBe(row.ppid === caller.pid ? caller.exe : exe);
    expect(row.ancestors).toContain(caller.exe);
  }
}

/** Bytes that `workload transfer` sends and gets back, one run each; a last run sends 1,000 and ends by a reset. */
export const TRANSFERS = [0, 1, 1000, 100_000];

/** The payload of those runs is exact on both sides; `rows` are theirs and the server's. */
export function expectTransfers(rows: readonly Row[], port: number): void {
  const closed = rows.filter((row) => row.syscall === 'close');
  const figures = (of: Row[]) => of.map((row) => [Number(row.bytes_out), Number(row.bytes_in)]);
  const both = TRANSFERS.map((n) => [n, n]);
  expect(figures(closed.filter((row) => row.dport === port))).toEqual([...both, [1000, 0]]);
  expect(figures(closed.filter((row) => row.sport === port))).toEqual([...both, [0, 1000]]);
  for (const row of closed) expect(Number(row.duration_us)).toBeGreaterThan(0);
}
