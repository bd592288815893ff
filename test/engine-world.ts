import fc from 'fast-check';
import { Baseline } from '../dist/baseline/baseline.js';
import { CellTable, type Pair } from '../dist/baseline/cells.js';
import { AtomReader, AtomVector } from '../dist/baseline/factor/atoms.js';
import { hourOfWeek } from '../dist/baseline/factor/hours.js';
import { type LearnedState, VIEWS, type ViewName } from '../dist/baseline/learned-state.js';
import { baselineModel } from '../dist/baseline/model.js';
import { openSnapshot, type Snapshot } from '../dist/baseline/snapshot.js';
import { RowWriter } from '../dist/columnar/row-writer.js';
import { StringTable } from '../dist/columnar/string-table.js';
import run, { type LearnResult, type ScoreResult, workerWords } from '../dist/pipeline/worker.js';
import { type ColumnName, col } from '../dist/tuple/columns.js';
import { SLOT_BYTES } from '../dist/tuple/slot.js';

/** One event as a test writes it: times in microseconds, absent = null. */
export type Event = Partial<Record<ColumnName, string | number | bigint>>;

/** No event is from the future. */
const FAR_US = 1n << 62n;
export const HOUR_US = 3_600_000_000n;
/** Monday 2026-06-01, 0 h UTC. */
export const MONDAY = BigInt(Date.UTC(2026, 5, 1)) * 1000n;
export const KEY = new Uint8Array(32).fill(7);
export const MODEL = baselineModel();

const TEXT = new Set<string>(
  'saddr daddr proto host syscall comm exe args user group parent_exe ancestors role path flags'.split(' '),
);

/** Takes events the way a source does (slot, string table) and gives them to the code that workers run. */
export class Engine {
  readonly table: StringTable;
  private readonly slot = new SharedArrayBuffer(SLOT_BYTES);
  private readonly words: ReturnType<typeof workerWords>;

  constructor(key = KEY) {
    this.table = new StringTable(0, key);
    this.words = workerWords(key);
  }

  private batch(events: readonly Event[]) {
    const writer = new RowWriter(this.slot, this.table);
    events.forEach((event, row) => {
      for (const [name, value] of Object.entries(event)) {
        if (TEXT.has(name)) writer.setText(col(name as ColumnName), row, value as string);
        else writer.setNumber(col(name as ColumnName), row, value as number | bigint);
      }
    });
    writer.finish(events.length);
    return { slot: this.slot, rows: events.length, hashes: this.table.hashes, ...this.words };
  }

  learn(events: readonly Event[], endUs = FAR_US): LearnResult {
    return run({ task: 'learn', ...this.batch(events), endUs }) as LearnResult;
  }

  score(events: readonly Event[], snapshot: Snapshot): ScoreResult {
    const { block, checksum } = snapshot;
    return run({ task: 'score', ...this.batch(events), snapshot: block, checksum }) as ScoreResult;
  }

  /** Folds batches into a baseline, closing hours as a run does. */
  teach(baseline: Baseline, batches: readonly (readonly Event[])[], advance = true): void {
    for (const events of batches) {
      const result = this.learn(events);
      const value = (code: number) => this.table.value(code);
      for (const view of VIEWS) baseline.merge(view, result[view], value);
      baseline.roles.observe(result.roles, value);
      baseline.rhythms.merge(result.rhythm, value);
      baseline.windows.merge(result.windows, (code) => value(code)?.whole);
      if (advance) baseline.advance();
    }
  }

  vectors(events: readonly Event[]): AtomVector[] {
    this.batch(events);
    const reader = new AtomReader(this.slot, this.table.hashes);
    return events.map((event, row) => {
      const v = new AtomVector();
      reader.read(row, v);
      if (event.ts !== undefined) v.setHour(hourOfWeek(Number(BigInt(event.ts) / HOUR_US), 'UTC'));
      return v;
    });
  }
}

export const newBaseline = (state?: LearnedState, key = KEY): Baseline => new Baseline(MODEL, key, state);

/** Closes every hour, so that all that was learned is in the delta's cells. */
export function closeAll(baseline: Baseline): void {
  for (const view of VIEWS) baseline.learners[view].closeThrough(Number.POSITIVE_INFINITY);
  baseline.windows.open.closeThrough(Number.POSITIVE_INFINITY);
}

/** What the store would give back after it took `delta` on top of `before`. */
export function stored(delta: LearnedState, before?: LearnedState): LearnedState {
  const cells = new CellTable();
  for (const part of [...(before?.cells ?? []), ...delta.cells]) cells.addAll(part);
  if (before === undefined) return { ...delta, cells: [cells.sorted()] };
  return {
    cells: [cells.sorted()],
    contexts: joinContexts(before, delta),
    segments: [...before.segments, ...delta.segments],
    names: [...before.names, ...delta.names],
    open: delta.open,
    openWindows: delta.openWindows,
  };
}

function joinContexts(a: LearnedState, b: LearnedState): LearnedState['contexts'] {
  const u32 = (x: Uint32Array, y: Uint32Array) => Uint32Array.from([...x, ...y]);
  const i16 = (x: Int16Array, y: Int16Array) => Int16Array.from([...x, ...y]);
  const [p, q] = [a.contexts, b.contexts];
  return {
    length: p.length + q.length,
    context: u32(p.context, q.context),
    factor: i16(p.factor, q.factor),
    rung: i16(p.rung, q.rung),
    parent: u32(p.parent, q.parent),
    value: u32(p.value, q.value),
  };
}

const hex = ({ lo, hi }: Pair) => hi.toString(16).padStart(8, '0') + lo.toString(16).padStart(8, '0');
const at = (words: Uint32Array, i: number) => hex({ lo: words[2 * i]!, hi: words[2 * i + 1]! });

/** Learned state as sorted lines, for comparing. Cells of several parts are summed; sums of nothing are left out. */
export function linesOf(state: LearnedState): Record<'cells' | 'contexts' | 'segments' | 'open', string[]> {
  const table = new CellTable();
  for (const part of state.cells) table.addAll(part);
  const cells = table.sorted();
  const { contexts } = state;
  return {
    cells: indices(cells).flatMap((i) => {
      if (cells.n[i] === 0 && cells.s[i] === 0) return [];
      const { kind, segment, context, value, n, s } = cells;
      return [`${kind[i]} ${at(segment, i)} ${at(context, i)} ${at(value, i)} ${n[i]} ${s[i]}`];
    }),
    contexts: indices(contexts)
      .map((i) => {
        const { context, factor, rung, parent, value } = contexts;
        return `${at(context, i)} ${factor[i]} ${rung[i]} ${at(parent, i)} ${at(value, i)}`;
      })
      .sort(),
    segments: state.segments.map((s) => `${hex(s.segment)} ${hex(s.host)} ${s.day}`).sort(),
    open: [
      ...state.open.map((o) => `${o.dims} ${o.hour} ${hex(o.signature)} ${hex(o.proc)}`),
      ...(state.openWindows ?? []).map((o) => `${o.hour} ${hex(o.entity)} ${o.place} ${hex(o.value)} ${o.n}`),
    ].sort(),
  };
}

const indices = ({ length }: { length: number }) => Array.from({ length }, (_, i) => i);

/** 64-bit identity of a small number, as spread as real ones. */
export const procOf = (host: number, i: number): bigint =>
  BigInt.asUintN(64, BigInt(host * 1000 + i + 1) * 0x9e3779b97f4a7c15n) ^ 0x5bd1e9955bd1e995n;

const pick = <T>(values: readonly T[]) => fc.constantFrom(...values);
const maybe = <T>(values: readonly T[]) => fc.option(pick(values), { nil: undefined, freq: 6 });

interface Draw {
  readonly host: number;
  readonly proc: number;
  readonly hour: number;
  readonly fields: Event;
}

const fields: fc.Arbitrary<Event> = fc.record({
  syscall: pick(['exec', 'connect', 'open', 'fork']),
  exe: maybe(['/usr/bin/ls', '/bin/sh', '/usr/sbin/sshd']),
  parent_exe: maybe(['/bin/sh', '/sbin/init']),
  ancestors: maybe(['/bin/sh>/sbin/init', '/sbin/init']),
  comm: maybe(['ls', 'sh', 'odd']),
  user: maybe(['root', 'www']),
  group: maybe(['root', 'www']),
  args: maybe(['ls -l', 'sh -c id', 'sshd -D', 'ls /etc']),
  proto: maybe(['tcp', 'udp']),
  sport: maybe([22, 40_000, 50_000]),
  dport: maybe([22, 80, 443, 60_000]),
  saddr: maybe(['10.0.0.1', '127.0.0.1', '::1']),
  daddr: maybe(['10.0.0.1', '10.0.9.9', '192.168.1.7', '127.0.0.1', '2001:db8::1', '2001:db8:1::2']),
  path: maybe(['/etc/passwd', '/etc/ssh/sshd_config', '/a/b/c/d/e/f/g', '/a/b/c/d/e/f/g/h/i', '/']),
}) as fc.Arbitrary<Event>;

/**
 * Small worlds whose process instances crowd: up to 14 in a place that counts eight, over a few hours of one day, two
 * hosts (one with a role) and every column sometimes null.
 */
export function world(options: { hours: number; maxEvents?: number; firstHour?: number }): fc.Arbitrary<Event[]> {
  const draw: fc.Arbitrary<Draw> = fc.record({
    host: fc.nat(1),
    proc: fc.nat(13),
    hour: fc.nat(options.hours - 1),
    fields,
  });
  return fc
    .array(draw, { minLength: 1, maxLength: options.maxEvents ?? 60 })
    .map((draws) => draws.map((d) => eventOf(d, options.firstHour ?? 8)));
}

function eventOf({ host, proc, hour, fields }: Draw, firstHour: number): Event {
  const event: Event = {
    host: `host-${host === 0 ? 'a' : 'b'}`,
    proc: procOf(host, proc),
    pid: 100 + proc,
    ts: MONDAY + BigInt(firstHour + hour) * HOUR_US,
  };
  if (host === 0) event.role = 'web';
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) event[name as ColumnName] = value;
  return event;
}

const SYLLABLES = 'ba ke li mo nu ra se ti vo zu da fe'.split(' ');
/** One of 144 made-up words. */
export const word = (i: number): string => SYLLABLES[i % 12]! + SYLLABLES[Math.floor(i / 12) % 12]!;

/** A world, and a way to cut and order its rows into batches. */
export function splits(events: readonly Event[]): fc.Arbitrary<Event[][]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...events], { minLength: events.length }),
      fc.array(fc.nat(events.length), { maxLength: 6 }),
    )
    .map(([shuffled, cuts]) => {
      const ends = [...new Set([...cuts, shuffled.length])].sort((a, b) => a - b);
      let from = 0;
      return ends
        .map((end) => {
          const part = shuffled.slice(from, end);
          from = end;
          return part;
        })
        .filter((part) => part.length > 0);
    });
}

export const frozen = (baseline: Baseline): Snapshot => baseline.freeze()!;
export const bytesOf = (snapshot: Snapshot): Uint8Array => new Uint8Array(snapshot.block).slice();
export const reopened = (snapshot: Snapshot): Snapshot => openSnapshot(bytesOf(snapshot));
export type { ViewName };
