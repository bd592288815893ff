import type { CellColumns } from '../tuple/learned.js';
import { CellTable } from './cells.js';

/** The sum of tables of cells, sorted and without cells of zero, as `CellTable.sorted` gives it. O(n) where they are sorted. */
export function mergeCells(parts: readonly CellColumns[]): CellColumns {
  const [first, ...others] = parts.map((part) => (isSorted(part) ? part : sortedAnew(part)));
  return first === undefined ? new CellTable().sorted() : others.reduce(mergeTwo, first);
}

function sortedAnew(part: CellColumns): CellColumns {
  const table = new CellTable();
  table.addAll(part);
  return table.sorted();
}

/** Whether each cell comes behind the one before it, and none is zero. */
function isSorted(cells: CellColumns): boolean {
  for (let i = 0; i < cells.length; i++) {
    if (cells.n[i] === 0 && cells.s[i] === 0) return false;
    if (i > 0 && compareCells(cells, i - 1, cells, i) >= 0) return false;
  }
  return true;
}

function mergeTwo(a: CellColumns, b: CellColumns): CellColumns {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const out = new CellWriter(a.length + b.length);
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const order = compareCells(a, i, b, j);
    if (order < 0) out.copy(a, i++, 0, 0);
    else if (order > 0) out.copy(b, j++, 0, 0);
    else {
      out.copy(a, i++, b.n[j]!, b.s[j]!);
      j++;
    }
  }
  while (i < a.length) out.copy(a, i++, 0, 0);
  while (j < b.length) out.copy(b, j++, 0, 0);
  return out.cells();
}

/** Cells in the order in which they are written. */
class CellWriter {
  private length = 0;
  private readonly kind: Uint8Array;
  private readonly pairs: Record<'segment' | 'context' | 'value', Uint32Array>;
  private readonly n: Float64Array;
  private readonly s: Float64Array;

  constructor(most: number) {
    this.kind = new Uint8Array(most);
    const pairs = () => new Uint32Array(2 * most);
    this.pairs = { segment: pairs(), context: pairs(), value: pairs() };
    this.n = new Float64Array(most);
    this.s = new Float64Array(most);
  }

  /** A cell with so much more; left out where that makes it zero. */
  copy(from: CellColumns, i: number, n: number, s: number): void {
    const at = this.length;
    const [newN, newS] = [from.n[i]! + n, from.s[i]! + s];
    if (newN === 0 && newS === 0) return;
    this.length++;
    this.kind[at] = from.kind[i]!;
    const { segment, context, value } = this.pairs;
    for (let w = 0; w < 2; w++) {
      segment[2 * at + w] = from.segment[2 * i + w]!;
      context[2 * at + w] = from.context[2 * i + w]!;
      value[2 * at + w] = from.value[2 * i + w]!;
    }
    this.n[at] = newN;
    this.s[at] = newS;
  }

  cells(): CellColumns {
    const { length, kind, n, s } = this;
    const { segment, context, value } = this.pairs;
    return {
      length,
      kind: kind.slice(0, length),
      segment: segment.slice(0, 2 * length),
      context: context.slice(0, 2 * length),
      value: value.slice(0, 2 * length),
      n: n.slice(0, length),
      s: s.slice(0, length),
    };
  }
}

/** By kind, segment, context, value. */
function compareCells(a: CellColumns, i: number, b: CellColumns, j: number): number {
  return (
    a.kind[i]! - b.kind[j]! ||
    comparePairs(a.segment, i, b.segment, j) ||
    comparePairs(a.context, i, b.context, j) ||
    comparePairs(a.value, i, b.value, j)
  );
}

function comparePairs(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  return a[2 * i + 1]! - b[2 * j + 1]! || a[2 * i]! - b[2 * j]!;
}
