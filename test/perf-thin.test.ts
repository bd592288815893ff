import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { range, sorted } from './known-work.js';
import { Recording, type RecordingOptions, Workload, whyNotLive } from './perf-rig.js';

const reason = whyNotLive();
const RATE = 40_000;
const SHARE = 0.015;
const FILES = 101;
/** Writes files, twenty a second. */
const QUIET = `for i in $(seq 0 ${FILES - 1}); do : > quiet-$i; sleep 0.05; done`;

describe.skipIf(reason !== undefined)(`what is left out${reason === undefined ? '' : ` (${reason})`}`, () => {
  let workload: Workload;
  let folder = '';
  beforeAll(() => {
    workload = new Workload();
    folder = realpathSync(workload.files);
  });
  afterAll(() => workload[Symbol.dispose]());

  /** A flood and a quiet program beside it; shares of the CPU, from when thinning has settled. */
  const flood = async (options: RecordingOptions) => {
    const shell = realpathSync('/bin/sh');
    const recording = new Recording((exe) => exe === shell, options);
    const noise = workload.run(workload.noiseExe, 'noise', RATE, 8);
    const quiet = workload.run('sh', '-c', `cd ${folder}; ${QUIET}`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const shares: number[] = [];
    const look = setInterval(() => shares.push(recording.source.sensorCounters()!.cpu_share), 250);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    clearInterval(look);
    const [sends, opens] = (await noise).trim().split(' ').map(Number) as [number, number];
    await quiet;
    await recording.stop();
    const counters = recording.source.sensorCounters()!;
    const seen = Object.values(counters.seen_by_kind).reduce((a, b) => a + b, 0);
    const lost = Object.values(counters.lost).reduce((a, b) => a + b, 0);
    expect(seen).toBe(counters.delivered + lost);
    const quietFiles = recording.rows
      .filter((row) => row.syscall === 'open' && String(row.path).startsWith(join(folder, 'quiet-')))
      .map((row) => Number(String(row.path).split('-').at(-1)));
    expect(sorted(quietFiles)).toEqual(range(FILES));
    const count = (syscall: string) => recording.counts.get(`${workload.noiseExe} ${syscall}`) ?? 0;
    return { recording, counters, lost, sends, opens, count, share: shares.reduce((a, b) => a + b) / shares.length };
  };

  test('under a CPU share the loud process pays: a quiet one loses nothing, and what is shed is told', {
    timeout: 60_000,
    // The share holds no forks and execs of other tests, which are never thinned.
    retry: 3,
  }, async () => {
    const { recording, counters, lost, opens, count, share } = await flood({ cpuShare: SHARE });
    expect(counters.lost.shed).toBeGreaterThan(20_000);
    expect(lost).toBe(counters.lost.shed);
    const told = recording.rows.filter((row) => row.syscall === 'lost' && row.reason === 'shed');
    expect(told.reduce((sum, row) => sum + Number(row.count), 0)).toBe(lost);
    expect(count('open')).toBeLessThan(opens);
    expect(count('open')).toBeGreaterThan(opens / 20);
    expect(share).toBeLessThan(1.3 * SHARE);
    expect(share).toBeGreaterThan(0.5 * SHARE);
  });

  test('under a share that is enough nothing is shed', { timeout: 60_000 }, async () => {
    const { lost, sends, opens, count, share } = await flood({ cpuShare: 2 });
    expect([lost, count('open'), count('send')]).toEqual([0, opens, sends]);
    expect(share).toBeGreaterThan(2 * SHARE);
  });

  test('declared noise: folders that are written, ports; counted, and no loss', { timeout: 60_000 }, async () => {
    const unreported = { reads: [], writes: ['dev'], ports: [9] };
    const { counters, lost, sends, opens, count } = await flood({ unreported });
    expect([lost, count('open'), count('send')]).toEqual([0, 0, 0]);
    // Others write below /dev meanwhile.
    expect(counters.unreported).toBeGreaterThanOrEqual(sends + opens);
  });

  test('of a folder whose writes are noise, sensitive files that are opened for both keep their row', {
    timeout: 30_000,
  }, async () => {
    const shell = realpathSync('/bin/sh');
    const unreported = { reads: [], writes: [folder.split('/')[1]!], ports: [] };
    const recording = new Recording((exe) => exe === shell, { unreported });
    await workload.run('sh', '-c', `cd ${folder}; : > plain; : <> both; : <> id_rsa; : > id_dsa.key; : < id_rsa`);
    await recording.stop();
    const opened = recording.rows.filter((row) => row.syscall === 'open' && String(row.path).startsWith(folder));
    expect(opened.map((row) => [row.path, String(row.flags).split('|')[0]])).toEqual([
      [join(folder, 'id_rsa'), 'RDWR'],
      [join(folder, 'id_rsa'), 'RDONLY'],
    ]);
    expect(recording.source.sensorCounters()!.unreported).toBeGreaterThanOrEqual(3);
  });
});
