import type { PlainEvent } from './cli-rig.js';

/** Monday 2026-06-01. */
const START_US = Date.UTC(2026, 5, 1) * 1000;
const MINUTE_US = 60_000_000;
const DAYS = 4;
const at = (day: number, minute: number): number => START_US + (day * 1440 + minute) * MINUTE_US;
/** When the scan is, and the odd call. */
export const SCAN_US = at(DAYS, 100);
const CALL_US = at(DAYS, 170);
const BURST_US = at(DAYS, 30);

function call(program: 'a' | 'b', day: number, us: number, extra: PlainEvent = {}): PlainEvent {
  return {
    ts: us,
    host: 'web1',
    proc: `${program === 'a' ? 1000 + day : 2000 + day}`,
    parent_proc: '1',
    ppid: 1,
    syscall: 'connect',
    exe: `/bin/${program}`,
    user: 'root',
    proto: 'tcp',
    daddr: '10.0.0.1',
    dport: 443,
    ...extra,
  };
}

/** So many hours of a day, in each of whose minutes one of two programs calls a server once or twice. */
function usual(day: number, hours: number): PlainEvent[] {
  return Array.from({ length: 60 * hours }, (_, n) => n).flatMap((n) =>
    Array.from({ length: 1 + ((n * 7 + day) % 2) }, (_, k) =>
      call(n % 2 === 0 ? 'a' : 'b', day, at(day, n) + k, { daddr: `10.0.0.${1 + ((n + k) % 4)}` }),
    ),
  );
}

/** Three days, and a fourth with enough minutes to rank others among: only from then on they are judged before they are learned. */
export const LEARNED: readonly PlainEvent[] = [...[0, 1, 2].flatMap((day) => usual(day, 3)), ...usual(3, 24)];

/** Three hours in which a known program does what it always does, too often, a hostile one scans, and a known one calls where nobody does. */
export const ATTACKED: readonly PlainEvent[] = [
  ...usual(DAYS, 3),
  ...Array.from({ length: 500 }, (_, i) => call('a', DAYS, BURST_US + 100 * i)),
  ...Array.from({ length: 80 }, (_, i) =>
    call('a', DAYS, SCAN_US + 100 * i, {
      exe: '/tmp/\u001b[2Jx',
      proc: '777777',
      args: 'x \u202e--all',
      dport: 5000 + i,
    }),
  ),
  call('b', DAYS, CALL_US, { daddr: '203.0.113.9', dport: 4444 }),
];
