import { Chance } from '../bench/rhythm-worlds.mjs';
import type { PlainEvent } from './cli-rig.js';

export const HOUR_MS = 3_600_000;
/** Monday 2026-06-01, 6 h UTC. */
export const START_MS = Date.UTC(2026, 5, 1, 6);

const PROGRAMS = [
  { exe: '/usr/bin/curl', user: 'www', dport: 443 },
  { exe: '/usr/bin/git', user: 'alice', dport: 22 },
  { exe: '/usr/bin/psql', user: 'deploy', dport: 5432 },
];

export interface Caller {
  readonly exe: string;
  readonly user: string;
  readonly daddr: string;
  readonly dport: number;
}
export const CRON: Caller = { exe: '/usr/lib/jobs/report', user: 'root', daddr: '10.0.0.50', dport: 8080 };
export const BEACON: Caller = { exe: '/usr/bin/perl', user: 'www', daddr: '203.0.113.9', dport: 8443 };

function call(caller: Caller, ms: number, host = 'web1'): PlainEvent {
  const who = `${caller.exe} ${host} ${Math.floor(ms / 60_000)}`;
  let proc = 1;
  for (const letter of who) proc = (Math.imul(proc, 31) + letter.charCodeAt(0)) >>> 0;
  return {
    ts: Math.round(ms) * 1000,
    syscall: 'connect',
    host,
    proto: 'tcp',
    saddr: '10.0.0.5',
    ret: 0,
    proc,
    ...caller,
  };
}

/** What programs of a host do at no pace at all: calls of each to five destinations, 12 an hour each on average. */
export function ordinaryCalls(seed: number, fromMs: number, hours: number, host = 'web1'): PlainEvent[] {
  const chance = new Chance(seed);
  const rows: PlainEvent[] = [];
  for (const program of PROGRAMS) {
    for (let d = 0; d < 5; d++) {
      const caller = { ...program, daddr: `10.0.1.${d}` };
      for (let t = chance.exponential(300_000); t < hours * HOUR_MS; t += chance.exponential(300_000)) {
        rows.push(call(caller, fromMs + t, host));
      }
    }
  }
  return rows;
}

/** A call each period, jittered by so much of it to both sides, some of them missed. */
export function pacedCalls(
  caller: Caller,
  fromMs: number,
  hours: number,
  { periodMs, jitter = 0, missed = 0 }: { periodMs: number; jitter?: number; missed?: number },
): PlainEvent[] {
  const chance = new Chance(7);
  const rows: PlainEvent[] = [];
  for (let t = 0; t < hours * HOUR_MS; t += periodMs) {
    const at = fromMs + t + periodMs * jitter * (2 * chance.uniform() - 1);
    if (chance.uniform() >= missed) rows.push(call(caller, at));
  }
  return rows;
}
