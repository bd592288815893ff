import type { BadReason, RowValues } from './cell-value.js';
import { type Line, splitLines, TOO_LONG } from './line-splitter.js';
import type { RowGroup } from './row-group.js';
import { type Fields, fillConnection } from './zeek-connection.js';

/** How the lines behind a header are to be read. */
interface Header {
  readonly separator: string;
  readonly unset: string;
  readonly empty: string;
  /** Position of each field; undefined before a `#fields` line. */
  readonly fields: ReadonlyMap<string, number> | undefined;
  /** Which log it is; undefined where it does not say. */
  readonly log: string | undefined;
}

const NO_HEADER: Header = { separator: '\t', unset: '-', empty: '(empty)', fields: undefined, log: undefined };
const ESCAPE = /\\x([0-9a-fA-F]{2})/g;
const BYTE_ORDER_MARK = '\ufeff';

const unescaped = (text: string) => text.replace(ESCAPE, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

/** The header behind one more of its lines; lines that say nothing about the reading leave it as it is. */
function readHeader(header: Header, line: string): Header {
  // The separator is announced behind a space, for it is not known before.
  const space = line.indexOf(' ');
  if (line.startsWith('#separator') && space > 0) {
    return { ...NO_HEADER, separator: unescaped(line.slice(space + 1)) || NO_HEADER.separator };
  }
  const [name, ...rest] = line.split(header.separator);
  if (name === '#unset_field') return { ...header, unset: rest[0] ?? header.unset };
  if (name === '#empty_field') return { ...header, empty: rest[0] ?? header.empty };
  if (name === '#path') return { ...header, log: rest[0] };
  if (name === '#fields') return { ...header, fields: new Map(rest.map((field, i) => [field, i])) };
  return header;
}

interface Entry {
  readonly line: Line;
  readonly number: number;
  readonly header: Header;
}

class ZeekLines implements RowGroup {
  constructor(
    private readonly records: readonly Entry[],
    private readonly network: string,
  ) {}

  get rows(): number {
    return this.records.length;
  }

  line(row: number): number {
    return this.records[row]!.number;
  }

  fill(row: number, into: RowValues): BadReason | undefined {
    const { line, header } = this.records[row]!;
    if (line === TOO_LONG) return 'too_long';
    const fields = line.startsWith('{') ? jsonFields(line) : tabFields(line, header);
    return typeof fields === 'string' ? fields : fillConnection(fields, this.network, into);
  }
}

function tabFields(line: string, { separator, unset, empty, fields, log }: Header): Fields | BadReason {
  if (fields === undefined) return 'no_fields';
  if (log !== undefined && log !== 'conn') return 'not_conn';
  const values = line.split(separator);
  if (values.length !== fields.size) return 'bad_fields';
  return (name) => {
    const at = fields.get(name);
    const text = at === undefined ? unset : values[at]!;
    if (text === unset || text === empty) return undefined;
    return text.includes('\\x') ? unescaped(text) : text;
  };
}

function jsonFields(line: string): Fields | BadReason {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return 'not_json';
  }
  const values = new Map(Object.entries(record as object));
  return (name) => values.get(name) ?? undefined;
}

/**
 * Reads Zeek's conn logs, TSV or JSON lines: one row a connection (zeek-connection.ts says which columns it fills). The
 * separator, the marks of unset and empty fields and the order of fields come from the file's own header lines; a header
 * in the middle, of logs that were joined, holds from there on. About 4 µs a row.
 *
 * @param network `host` of the connections that no local address made
 */
export async function* readZeek(input: AsyncIterable<Uint8Array>, network: string): AsyncGenerator<RowGroup> {
  let header = NO_HEADER;
  let first = true;
  for await (const { lines, numbers } of splitLines(input)) {
    const records: Entry[] = [];
    for (const [i, raw] of lines.entries()) {
      const line = raw === TOO_LONG ? raw : plain(raw, first);
      first = false;
      if (line !== TOO_LONG && line.startsWith('#')) header = readHeader(header, line);
      else records.push({ line, number: numbers[i]!, header });
    }
    if (records.length > 0) yield new ZeekLines(records, network);
  }
}

function plain(line: string, first: boolean): string {
  const text = first && line.startsWith(BYTE_ORDER_MARK) ? line.slice(1) : line;
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
