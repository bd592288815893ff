import type { Baseline } from '../dist/baseline/baseline.js';
import type { LearnedDelta, LearnedState } from '../dist/baseline/learned-state.js';
import { Trainer } from '../dist/pipeline/trainer.js';
import type { PresenceRow, QuarantineRow } from '../dist/tuple/learned.js';
import { Engine, type Event, HOUR_US, MONDAY, newBaseline, procOf, stored } from './engine-world.js';

export const engine = new Engine();
export const DAY_US = 24n * HOUR_US;
const HOURS = [1, 9, 17];
const PROGRAMS = 8;

export const at = (day: number, hour: number): bigint => MONDAY + BigInt(day) * DAY_US + BigInt(hour) * HOUR_US;

/** One day of a fleet that does the same every day: each host runs each program at three hours. */
export function quietDay(day: number, hosts: readonly string[]): Event[] {
  return HOURS.flatMap((hour) =>
    hosts.flatMap((host, h) =>
      Array.from({ length: PROGRAMS }, (_, i) => ({
        host,
        role: 'web',
        proc: procOf(h, day * 1000 + hour * 10 + i),
        ts: at(day, hour),
        syscall: 'connect',
        exe: `/bin/${'abcdefgh'[i]}`,
        user: 'root',
        args: `/bin/${'abcdefgh'[i]} run`,
        proto: 'tcp',
        daddr: '10.0.0.1',
        dport: 443,
      })),
    ),
  );
}

export const fleet = (n: number): string[] => Array.from({ length: n }, (_, i) => `web-${'abcdefghijklmnop'[i]}`);

/** A program goes where nobody goes. */
export function oddEvent(day: number, hour: number, host: string, extra: Event = {}): Event {
  return {
    ...quietDay(day, [host])[0]!,
    proc: procOf(900, day * 100 + hour),
    ts: at(day, hour),
    daddr: '203.0.113.9',
    dport: 4444,
    ...extra,
  };
}

export function teach(batches: readonly (readonly Event[])[], baseline = newBaseline(), guards = true): Baseline {
  const trainer = new Trainer(baseline, guards);
  for (const events of batches) trainer.take(engine.learn(events), (code) => engine.table.value(code));
  baseline.advance();
  return baseline;
}

/** What the store would give back after it took `delta` on top of `before`, quarantine included. */
export function storedWithHeld(delta: LearnedDelta, before?: LearnedState): LearnedState {
  const rows = new Map<string, QuarantineRow>();
  for (const row of [...(before?.held?.decisions ?? []), ...delta.held.decisions]) rows.set(nameOf(row), row);
  const held = { decisions: [...rows.values()], waiting: delta.held.waiting };
  return { ...stored(delta, before), presencesFrom: delta.presencesFrom, held };
}

export const nameOf = ({ dims, signature }: { dims: number; signature: QuarantineRow['signature'] }): string =>
  `${dims} ${signature.hi}:${signature.lo}`;

export const waitingLines = (rows: readonly PresenceRow[]): string[] =>
  rows.map((r) => `${nameOf(r)} ${r.hour} ${r.proc.hi}:${r.proc.lo}`).sort();

/** Decisions of the fifteen as text, but for the host's own columns. */
export const states = (baseline: Baseline): string[] =>
  baseline.holding.decisions
    .all()
    .filter((row) => row.dims === 15)
    .map((row) => `${row.state} ${row.reason} ${row.days}d ${row.hosts}h`);
