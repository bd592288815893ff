const NEWLINE = 10;

/** Longest line kept, in bytes. */
export const LINE_MAX_BYTES = 1024 * 1024;

/** A line that was longer than LINE_MAX_BYTES and is not kept. */
export const TOO_LONG = Symbol('line too long');

export type Line = string | typeof TOO_LONG;

/** Some lines of an input, in order; blank ones are left out. */
export interface Lines {
  readonly lines: Line[];
  /** Of each, its number in the input, from 1. */
  readonly numbers: number[];
}

/**
 * Splits bytes into lines, decoded as UTF-8 (what is not becomes U+FFFD), one group a chunk of input. Blank lines are
 * left out. Holds at most one chunk and one line in memory. A last line without a newline counts, unless the input
 * fails before its end.
 */
export async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  let pieces: Buffer[] = [];
  let held = 0;
  let number = 0;
  const push = ({ lines, numbers }: Lines, line: Line): void => {
    number++;
    if (line !== TOO_LONG && line.trim() === '') return;
    lines.push(line);
    numbers.push(number);
  };
  const take = (piece: Buffer): Line => {
    const tooLong = held + piece.length > LINE_MAX_BYTES;
    const line = tooLong ? TOO_LONG : (held === 0 ? piece : Buffer.concat([...pieces, piece])).toString('utf8');
    pieces = [];
    held = 0;
    return line;
  };
  for await (const bytes of input) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const group: Lines = { lines: [], numbers: [] };
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      push(group, take(chunk.subarray(from, end)));
      from = end + 1;
    }
    if (from < chunk.length) {
      // Of a line already too long only the length is kept.
      if (held <= LINE_MAX_BYTES) pieces.push(Buffer.from(chunk.subarray(from)));
      else pieces = [];
      held += chunk.length - from;
    }
    if (group.lines.length > 0) yield group;
  }
  const last: Lines = { lines: [], numbers: [] };
  if (held > 0) push(last, take(Buffer.alloc(0)));
  if (last.lines.length > 0) yield last;
}
