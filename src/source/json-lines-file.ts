import { COLUMNS, columnPosition } from '../tuple/columns.js';
import { type BadReason, BadValue, type RowValues, toCell } from './cell-value.js';
import { quoteLongIntegers } from './exact-integers.js';
import { type Lines, splitLines, TOO_LONG } from './line-splitter.js';
import type { RowGroup, UnknownColumns } from './row-group.js';
import { looksLikeConnection } from './zeek-connection.js';

const BYTE_ORDER_MARK = 0xfeff;
const ZEEK_HINT = 'it looks like a Zeek conn log: --format zeek --network NAME';

/** True for a number that lost digits when it was parsed: it stands for a 64-bit integer. */
function isInexact(position: number, value: unknown): boolean {
  const { type } = COLUMNS[position]!;
  return (type === 'u64' || type === 'ts') && Number.isInteger(value) && !Number.isSafeInteger(value);
}

function parseObject(text: string): Record<string, unknown> | BadReason {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not_json';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not_object';
  return value as Record<string, unknown>;
}

class JsonLines implements RowGroup {
  constructor(
    private readonly group: Lines,
    private readonly unknown: UnknownColumns,
  ) {}

  get rows(): number {
    return this.group.lines.length;
  }

  line(row: number): number {
    return this.group.numbers[row]!;
  }

  fill(row: number, into: RowValues): BadReason | undefined {
    const line = this.group.lines[row]!;
    if (line === TOO_LONG) return 'too_long';
    return this.fillFrom(line, into, false);
  }

  private fillFrom(line: string, into: RowValues, exact: boolean): BadReason | undefined {
    const object = parseObject(exact ? quoteLongIntegers(line) : line);
    if (typeof object === 'string') return object;
    for (const key of Object.keys(object)) {
      const position = columnPosition(key);
      if (position === undefined) {
        this.unknown.add(key);
        continue;
      }
      const value = object[key];
      if (!exact && isInexact(position, value)) return this.fillFrom(line, into, true);
      const cell = toCell(position, value);
      if (cell instanceof BadValue) return cell.reason;
      into[position] = cell;
    }
    return undefined;
  }
}

/**
 * Reads JSON lines: one object a row with the names of the columns, `ts` as RFC 3339 with a zone or integer
 * microseconds, nulls left out. Integers may be numbers or decimal strings; those of 64 bits stay exact in both forms. About 3 µs a row.
 *
 * @param onHint told when the first line is of another format
 */
export async function* readJsonLines(
  input: AsyncIterable<Uint8Array>,
  unknown: UnknownColumns,
  onHint: (hint: string) => void,
): AsyncGenerator<RowGroup> {
  let first = true;
  for await (const group of splitLines(input)) {
    const head = group.lines[0]!;
    if (first && head !== TOO_LONG) {
      if (head.charCodeAt(0) === BYTE_ORDER_MARK) group.lines[0] = head.slice(1);
      const object = parseObject(group.lines[0] as string);
      if (typeof object === 'object' && looksLikeConnection(object)) onHint(ZEEK_HINT);
    }
    first = false;
    yield new JsonLines(group, unknown);
  }
}
