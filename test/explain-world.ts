import { HOSTILE_EXE, type PlainEvent } from './cli-rig.js';
import { BEACON, CRON, HOUR_MS, ordinaryCalls, pacedCalls, START_MS } from './rhythm-world.js';

/** A day after the training began. */
export const LATER_MS = START_MS + 24 * HOUR_MS;
/** When the scan is. */
export const SCAN_MS = LATER_MS + 90 * 60_000;

export const HOSTS = ['web1', 'web2', 'web3'] as const;
export const SCANNER = { exe: HOSTILE_EXE, user: 'www\u001b[2J' };

const ordinary = (seed: number, fromMs: number, hours: number) =>
  HOSTS.flatMap((host, i) => ordinaryCalls(seed + i, fromMs, hours, host));

/** Eight hours of calls at no pace, and a cron job. */
export const TRAINED: readonly PlainEvent[] = [
  ...ordinary(1, START_MS, 8),
  ...pacedCalls(CRON, START_MS, 8, { periodMs: 300_000 }),
];

/** 300 ports of one server within a minute, by a program with a hostile name. */
function scan(): PlainEvent[] {
  return Array.from({ length: 300 }, (_, i) => ({
    ts: (SCAN_MS + 100 * i) * 1000,
    syscall: 'connect',
    host: 'web1',
    proto: 'tcp',
    saddr: '10.0.0.5',
    daddr: '10.0.1.1',
    dport: 1 + i,
    ret: -111,
    proc: '777777777777',
    parent_proc: '1',
    ppid: 1,
    pid: 4321,
    parent_exe: '/usr/sbin/nginx',
    args: 'nc -z',
    ...SCANNER,
  }));
}

const isSilent = ({ host, exe }: PlainEvent) => host === 'web3' && exe === '/usr/bin/psql';

/** Four hours the day after, with a beacon, a scan, some events lost, and a program that is silent. */
export const SCORED: readonly PlainEvent[] = [
  ...ordinary(11, LATER_MS, 4).filter((row) => !isSilent(row)),
  ...pacedCalls(CRON, LATER_MS, 4, { periodMs: 300_000 }),
  ...pacedCalls(BEACON, LATER_MS, 4, { periodMs: 60_000, jitter: 0.2, missed: 0.15 }),
  ...scan(),
  { ts: (LATER_MS + 150 * 60_000) * 1000, syscall: 'lost', host: 'web1', count: 3, reason: 'ring_full', cpu: 0 },
];

/** A day later still, so that what came before is closed. */
export const NEXT: readonly PlainEvent[] = ordinary(31, LATER_MS + 24 * HOUR_MS, 0.5);
