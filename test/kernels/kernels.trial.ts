import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SensorCounters } from '../../dist/source/perf-addon.js';
import type { SensorProbe } from '../../dist/source/perf-probe.js';
import { expectKnownWork, expectTransfers, range, sorted, tailOf } from '../known-work.js';
import type { Row } from '../perf-rig.js';
import { open, readAll } from '../source-rows.js';
import { boot } from './boot.js';

/** Seconds a boot with all its trials may take; in software emulation on two idle cores it takes about one minute. */
const LIMIT = 600;
const PORT = 18_411;

const kernel = process.env.QUINCE_KERNEL;
const initrd = process.env.QUINCE_INITRD;
if (kernel === undefined || initrd === undefined) throw new Error('requires npm run test:kernels, got vitest alone');
const version = basename(kernel).replace('vmlinuz-', '');

/** What guest-record.mjs says of one recording. */
interface Report {
  readonly probe: SensorProbe;
  readonly rows?: number;
  readonly sensor?: SensorCounters;
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
}

const folder = mkdtempSync(join(tmpdir(), 'quince-kernels-'));
const text = (trial: string, file: string) => readFileSync(join(folder, trial, file), 'utf8').trim();
const report = (trial: string) => JSON.parse(text(trial, 'report.json')) as Report;
const pid = (name: string) => Number(text('exact', `${name}.pid`));

async function rowsOf(trial: string): Promise<Row[]> {
  const { error } = report(trial);
  if (error !== undefined) throw new Error(`${trial}: ${error.message}`);
  const { rows, fault } = await readAll(await open(join(folder, trial, 'rows.arrow')));
  expect(fault).toBeUndefined();
  return rows;
}

/** Σ seen = delivered + Σ lost, and each delivered event is a row of the file. */
function expectExactAccount(trial: string, rows: readonly Row[]): void {
  const { sensor } = report(trial);
  const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);
  expect(sum(sensor!.seen_by_kind)).toBe(sensor!.delivered + sum(sensor!.lost));
  expect(rows.filter((row) => row.syscall !== 'lost' && row.syscall !== 'clock')).toHaveLength(sensor!.delivered);
}

/** The recording was refused with one of the codes, and what is said names what is missing. */
function expectRefusal(trial: string, codes: readonly string[], ...missing: readonly string[]): void {
  const { probe, sensor, error } = report(trial);
  expect(sensor).toBeUndefined();
  expect(probe.ok).toBe(false);
  expect(error!.name).toBe('QuinceError');
  expect(codes).toContain(error!.code);
  for (const name of missing) expect(`${error!.message}; ${probe.reason}`).toContain(name);
}

describe(`the sensor on Linux ${version}`, () => {
  let exact: readonly Row[] = [];

  beforeAll(
    async () => {
      const said = await boot(kernel, initrd, folder, LIMIT);
      console.log(said.trim());
      exact = await rowsOf('exact');
      console.log(JSON.stringify(report('exact').sensor));
    },
    LIMIT * 1000 + 60_000,
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const by = (exe: string, syscall: string) => exact.filter((row) => row.exe === exe && row.syscall === syscall);

  test('that kernel was booted, and the programs to record ended well', () => {
    expect(text('.', 'kernel')).toBe(version);
    const names = readdirSync(join(folder, 'exact')).filter((name) => name.endsWith('.status'));
    expect(names).toHaveLength(8);
    for (const name of names) expect(text('exact', name), name).toBe('0');
  });

  test('every event is there once, with who did it', () => {
    const work = pid('work');
    const server = pid('server');
    const rows = exact.filter(
      (row) =>
        row.exe === '/trial/known-work' &&
        (row.pid === work || row.ppid === work || (row.pid === server && row.saddr !== '127.0.0.1')),
    );
    expectKnownWork(rows, {
      exe: '/trial/known-work',
      files: '/trial/files',
      server,
      caller: { pid: 1, exe: '/bin/busybox' },
    });
    for (const row of rows) expect(row.host).toBe('kernel-trial');
  });

  test('payload bytes of a connection are exact on both sides', () => {
    const work = pid('work');
    const rows = exact.filter(
      (row) => row.exe === '/trial/known-work' && row.pid !== work && row.saddr === '127.0.0.1',
    );
    expectTransfers(rows, PORT);
  });

  test('seen = delivered + lost, and delivered is what the file holds', () => {
    expectExactAccount('exact', exact);
  });

  test('what a 32-bit program does has a row, or the receipt counts it', () => {
    const connects = by('/trial/ia32-client', 'connect');
    expect(sorted(connects.map((row) => tailOf(row.daddr)))).toEqual(range(13));
    expect(new Set(connects.map((row) => row.ret))).toEqual(new Set([-111]));
    const opened = sorted(by('/trial/ia32-client', 'open').map((row) => Number(String(row.path).split('-').at(-1))));
    expect(new Set(opened).size).toBe(opened.length);
    expect(opened.length + report('exact').sensor!.unsupported_abi).toBeGreaterThanOrEqual(17);
    for (const row of exact.filter((row) => row.pid === pid('ia32'))) expect(row.user).toBe('root');
  });

  describe('through io_uring', () => {
    const exe = '/trial/uring-client';
    const port = (row: Row) => Number(row.dport) - 21_000;
    const kinds: readonly [string, number, () => number[]][] = [
      ['TCP connects', 19, () => by(exe, 'connect').flatMap((row) => (row.proto === 'tcp' ? [tailOf(row.daddr)] : []))],
      ['UDP connects', 23, () => by(exe, 'connect').flatMap((row) => (row.proto === 'udp' ? [port(row)] : []))],
      ['files opened', 17, () => by(exe, 'open').map((row) => Number(String(row.path).split('-').at(-1)))],
      ['UDP messages', 23, () => by(exe, 'send').map(port)],
    ];

    test.each(kinds)('%s: each once', (kind, count, indices) => {
      expect(sorted(indices()), kind).toEqual(range(count));
    });
  });

  test('CAP_BPF and CAP_PERFMON suffice', async () => {
    const { probe } = report('both-capabilities');
    expect(probe.reason).toBeUndefined();
    const rows = await rowsOf('both-capabilities');
    const executed = rows.filter((row) => row.syscall === 'exec' && row.exe === '/trial/known-work');
    expect(sorted(executed.map((row) => Number(String(row.args).split(' ').at(-1))))).toEqual(range(31));
    for (const row of executed) expect(row).toMatchObject({ user: 'root', ppid: 1, host: 'kernel-trial' });
    expectExactAccount('both-capabilities', rows);
  });

  test("at Debian's level of perf_event_paranoid these two are refused, and the refusal names the level", () => {
    expectRefusal('paranoid', ['PERF_EVENT_PARANOID'], 'kernel.perf_event_paranoid 3');
  });

  test('without a capability it is refused, and the refusal names what is missing', () => {
    expectRefusal('no-capability', ['SENSOR_UNAVAILABLE', 'CAP_BPF_MISSING'], 'CAP_BPF');
    expectRefusal('only-bpf', ['SENSOR_UNAVAILABLE', 'CAP_PERFMON_MISSING'], 'CAP_PERFMON');
    expectRefusal('only-perfmon', ['SENSOR_UNAVAILABLE', 'CAP_BPF_MISSING'], 'CAP_BPF');
  });

  test('with the types of the kernel (BTF) hidden it is refused, and the refusal names them', () => {
    expectRefusal('no-btf', ['SENSOR_UNAVAILABLE', 'BTF_MISSING'], '/sys/kernel/btf/vmlinux');
  });
});
