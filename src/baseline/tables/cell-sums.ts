import { QuinceError } from '../../errors/quince-error.js';
import { H, mix } from '../../tuple/hash.js';
import type { CellColumns, LearnedTables, Pair } from '../../tuple/learned.js';
import { DAY_MS } from '../../tuple/time.js';
import { CellTable, KIND, type Kind, pairAt } from '../cells.js';
import { ContextTable } from '../contexts.js';
import { MAX_BIN } from '../factor/calibration.js';
import { strangeRank } from '../factor/watched-ranks.js';
import { Names } from '../names.js';
import { PairTable } from '../pair-table.js';
import { Segments } from '../segments.js';
import { windowModel } from '../window/spec.js';
import { strangeWindow } from '../window/window-cells.js';
import { segmentText } from './segment-text.js';

const PRESENCES: readonly number[] = [KIND.presence15, KIND.presence5];
const CALIBRATIONS: readonly number[] = [
  KIND.calibration15,
  KIND.calibration5,
  KIND.windowScore,
  KIND.windowHeldScore,
  KIND.jointScore,
  KIND.minuteScore,
];
/** Samples: what was learned later pushes out what was kept before. */
const SAMPLES: readonly number[] = [KIND.rhythm, KIND.joint];
/** Their value is a bin, and above it the mask of known dimensions. */
const HELD: readonly number[] = [KIND.held15, KIND.held5];
/** Their value is a bin, and above it 1 for what is odder than the others. */
const MARKED: readonly number[] = [KIND.windowHeldScore, KIND.jointScore, KIND.minuteScore];

/**
 * Both together, learn(A) ⊕ learn(B), when what they learned does not overlap. Tables must be under one key.
 * @throws BAD_MODEL when both hold the same hour of a process, or the same day of a host whose hours one has forgotten
 */
export function mergeTables(a: LearnedTables, b: LearnedTables): LearnedTables {
  const hours = new PairTable();
  const bits: number[] = [];
  for (const { cells } of [a, b]) {
    for (let i = 0; i < cells.length; i++) {
      if (!PRESENCES.includes(cells.kind[i]!)) continue;
      keyOf(cells, i);
      const at = hours.insert(H.lo, H.hi);
      const both = (bits[at] ?? 0) & cells.s[i]!;
      if (both !== 0) {
        const where = segmentText(pairAt(cells.segment, i), [a, b]);
        throw new QuinceError(
          'BAD_MODEL',
          `merging requires models of other hours, got one hour of a process in both: ${where}, ${firstHour(both)} h UTC`,
        );
      }
      bits[at] = (bits[at] ?? 0) | cells.s[i]!;
    }
  }
  const [first, second] = [hostDays(a.cells), hostDays(b.cells)];
  for (const [segment, hasHours] of first) {
    if (!second.has(segment) || (hasHours && second.get(segment))) continue;
    throw new QuinceError(
      'BAD_MODEL',
      `merging requires models of other days, got a day of one host in both, whose hours are no longer known: ${segmentText(pairOf(segment), [a, b])}`,
    );
  }
  return together(a, b, 1);
}

/**
 * What is left of `a` without `b`, which was merged into it: exact when their closed periods were disjoint. Beats and
 * vectors that others pushed out of `a` may be in `b` alone.
 * @throws BAD_MODEL when `b` holds more of a cell than `a`
 */
export function subtractTables(a: LearnedTables, b: LearnedTables): LearnedTables {
  const rest = together(a, b, -1);
  const { kind, n, s, length } = rest.cells;
  for (let i = 0; i < length; i++) {
    if (SAMPLES.includes(kind[i]!)) n[i] = Math.max(0, n[i]!);
    if (n[i]! >= 0 && s[i]! >= 0) continue;
    throw new QuinceError('BAD_MODEL', 'subtracting requires a part of the model, got a cell with more than the whole');
  }
  return { ...rest, cells: pick(rest.cells, (i) => n[i] !== 0 || s[i] !== 0) };
}

/** Of a key of `hostDays`. */
function pairOf(key: string): Pair {
  const [hi, lo] = key.split(':').map(Number) as [number, number];
  return { lo, hi };
}

/** The first of the hours in a mask of them. */
function firstHour(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** Segments that hold counts, and whether their presences are still there. */
function hostDays({ length, kind, segment }: CellColumns): Map<string, boolean> {
  const days = new Map<string, boolean>();
  for (let i = 0; i < length; i++) {
    if (kind[i] === KIND.rhythm) continue;
    const key = `${segment[2 * i + 1]}:${segment[2 * i]}`;
    days.set(key, (days.get(key) ?? false) || PRESENCES.includes(kind[i]!));
  }
  return days;
}

function together(a: LearnedTables, b: LearnedTables, sign: 1 | -1): LearnedTables {
  const cells = new CellTable();
  cells.addAll(a.cells);
  cells.addAll(sign === 1 ? b.cells : negated(b.cells));
  const contexts = new ContextTable();
  const segments = new Segments();
  const names = new Names();
  for (const part of [a, b]) {
    contexts.addAll(part.contexts);
    for (const { segment, host, day } of part.segments) segments.add(segment, host, day);
    for (const { value, text } of part.names) names.add(value, text);
  }
  return { cells: cells.sorted(), contexts: contexts.sorted(), segments: segments.rows, names: names.takeNew() };
}

function negated(cells: CellColumns): CellColumns {
  return { ...cells, n: cells.n.map((n) => -n), s: cells.s.map((s) => -s) };
}

/** The cells for whose position `keep` is true, in their order. */
export function pick(cells: CellColumns, keep: (i: number) => boolean): CellColumns {
  const kept = new Uint32Array(cells.length);
  let length = 0;
  for (let i = 0; i < cells.length; i++) if (keep(i)) kept[length++] = i;
  if (length === cells.length) return cells;
  const rows = kept.subarray(0, length);
  const pairs = (from: Uint32Array) => {
    const out = new Uint32Array(2 * rows.length);
    rows.forEach((row, i) => {
      out[2 * i] = from[2 * row]!;
      out[2 * i + 1] = from[2 * row + 1]!;
    });
    return out;
  };
  return {
    length,
    kind: Uint8Array.from(rows, (i) => cells.kind[i]!),
    segment: pairs(cells.segment),
    context: pairs(cells.context),
    value: pairs(cells.value),
    n: Float64Array.from(rows, (i) => cells.n[i]!),
    s: Float64Array.from(rows, (i) => cells.s[i]!),
  };
}

function keyOf(cells: CellColumns, i: number): void {
  const [segment, context, value] = [cells.segment, cells.context, cells.value].map((w) => pairAt(w, i)) as [
    ReturnType<typeof pairAt>,
    ReturnType<typeof pairAt>,
    ReturnType<typeof pairAt>,
  ];
  mix(cells.kind[i]!, 0, segment.lo, segment.hi);
  mix(H.lo, H.hi, context.lo, context.hi);
  mix(H.lo, H.hi, value.lo, value.hi);
}

/** How two models differ, kind by kind. */
export interface CellDifference {
  readonly kind: number;
  /** Cells that only one has, and those that both have with other numbers. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly changed: number;
  readonly same: number;
}

/** Tables must be under one key. */
export function diffCells(a: CellColumns, b: CellColumns): CellDifference[] {
  const keys = new PairTable();
  const first: number[] = [];
  for (let i = 0; i < a.length; i++) {
    keyOf(a, i);
    first[keys.insert(H.lo, H.hi)] = i;
  }
  const by = new Map<number, { onlyFirst: number; onlySecond: number; changed: number; same: number }>();
  const of = (kind: number) => {
    const counts = by.get(kind) ?? { onlyFirst: 0, onlySecond: 0, changed: 0, same: 0 };
    by.set(kind, counts);
    return counts;
  };
  const met = new Uint8Array(a.length);
  for (let i = 0; i < b.length; i++) {
    keyOf(b, i);
    const at = keys.find(H.lo, H.hi);
    const counts = of(b.kind[i]!);
    if (at < 0) {
      counts.onlySecond++;
      continue;
    }
    const j = first[at]!;
    met[j] = 1;
    if (a.n[j] === b.n[i] && a.s[j] === b.s[i]) counts.same++;
    else counts.changed++;
  }
  for (let i = 0; i < a.length; i++) if (met[i] === 0) of(a.kind[i]!).onlyFirst++;
  return [...by].sort(([x], [y]) => x - y).map(([kind, counts]) => ({ kind, ...counts }));
}

function hoursIn(bits: number): number {
  let hours = 0;
  for (let rest = bits; rest > 0; rest &= rest - 1) hours++;
  return hours;
}

/** @throws BAD_MODEL for counts that no learning gives */
export function checkCells(cells: CellColumns): void {
  const kinds = new Set<Kind>(Object.values(KIND));
  for (let i = 0; i < cells.length; i++) {
    if (!kinds.has(cells.kind[i] as Kind)) throw unsound('a known kind', cells.kind[i]!);
    const [n, s] = [cells.n[i]!, cells.s[i]!];
    if (!Number.isSafeInteger(n) || n <= 0) throw unsound('a count from 1 to 2^53', n);
    if (!Number.isSafeInteger(s) || s < 0) throw unsound('a sum from 0 to 2^53', s);
    if (PRESENCES.includes(cells.kind[i]!) && (s >= 2 ** 24 || n !== hoursIn(s)))
      throw unsound('the hours of a day', s);
    if (CALIBRATIONS.includes(cells.kind[i]!) || HELD.includes(cells.kind[i]!)) {
      const [bin, hi] = [cells.value[2 * i]!, cells.value[2 * i + 1]!];
      const most = MARKED.includes(cells.kind[i]!) ? 1 : HELD.includes(cells.kind[i]!) ? 2 ** 32 : 0;
      if (hi > most || bin > MAX_BIN) throw unsound(`a bin from 0 to ${MAX_BIN}`, bin);
    }
    if (cells.kind[i] === KIND.calibrationRank && strangeRank(pairAt(cells.value, i)))
      throw unsound('a rank of a level', cells.value[2 * i]!);
    const rule = strangeWindow(cells.kind[i] as Kind, pairAt(cells.value, i), windowModel());
    if (rule !== undefined) throw unsound(rule, cells.value[2 * i]!);
    if (cells.kind[i] === KIND.rhythm) checkBeat(pairAt(cells.value, i), s);
  }
}

function checkBeat({ lo, hi }: Pair, s: number): void {
  if (hi !== 0 || lo >= DAY_MS) throw unsound('a time of the day in ms', lo);
  if (s !== 0) throw unsound('no sum beside a beat', s);
}

function unsound(rule: string, got: number): QuinceError {
  return new QuinceError('BAD_MODEL', `cell of a model requires ${rule}, got ${got}`);
}
