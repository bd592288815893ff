/** A key of 32 bits and a position below this make an exact double. */
const POSITIONS = 2 ** 21;
/** Fewer rows are compared one with another. */
const FEW = 16;

/**
 * Sorts positions by columns of whole numbers below 2^32, the first column first, column by column: a typed array of numbers
 * sorts without a call for each comparison. Positions whose rows are equal keep no order. O(n log n).
 */
export function sortRows(order: Uint32Array, columns: readonly Uint32Array[], depth = 0): void {
  const n = order.length;
  if (n < 2 || depth === columns.length) return;
  if (n <= FEW || n > POSITIONS) {
    order.sort((a, b) => compareRows(columns, depth, a, b));
    return;
  }
  const column = columns[depth]!;
  const keys = new Float64Array(n);
  for (let i = 0; i < n; i++) keys[i] = column[order[i]!]! * POSITIONS + i;
  keys.sort();
  const before = order.slice();
  for (let i = 0; i < n; i++) order[i] = before[keys[i]! % POSITIONS]!;
  for (let from = 0; from < n; ) {
    const key = column[order[from]!]!;
    let to = from + 1;
    while (to < n && column[order[to]!] === key) to++;
    sortRows(order.subarray(from, to), columns, depth + 1);
    from = to;
  }
}

function compareRows(columns: readonly Uint32Array[], depth: number, a: number, b: number): number {
  for (let c = depth; c < columns.length; c++) {
    const d = columns[c]![a]! - columns[c]![b]!;
    if (d !== 0) return d;
  }
  return 0;
}
