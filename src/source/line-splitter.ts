const NEWLINE = 10;

/** Longest line kept, in bytes. */
export const LINE_MAX_BYTES = 1024 * 1024;

/** A line that was longer than LINE_MAX_BYTES and is not kept. */
export const TOO_LONG = Symbol('line too long');

export type Line = string | typeof TOO_LONG;

/**
 * Splits bytes into lines, decoded as UTF-8 (what is not becomes U+FFFD), one group a chunk of input. Blank lines are
 * left out. Holds at most one chunk and one line in memory. A last line without a newline counts, unless the input
 * fails before its end.
 */
export async function* splitLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  let pieces: Buffer[] = [];
  let held = 0;
  const take = (piece: Buffer): Line => {
    const tooLong = held + piece.length > LINE_MAX_BYTES;
    const line = tooLong ? TOO_LONG : (held === 0 ? piece : Buffer.concat([...pieces, piece])).toString('utf8');
    pieces = [];
    held = 0;
    return line;
  };
  for await (const bytes of input) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      push(lines, take(chunk.subarray(from, end)));
      from = end + 1;
    }
    if (from < chunk.length) {
      // Of a line already too long only the length is kept.
      if (held <= LINE_MAX_BYTES) pieces.push(Buffer.from(chunk.subarray(from)));
      else pieces = [];
      held += chunk.length - from;
    }
    if (lines.length > 0) yield lines;
  }
  const last: Line[] = [];
  if (held > 0) push(last, take(Buffer.alloc(0)));
  if (last.length > 0) yield last;
}

function push(lines: Line[], line: Line): void {
  if (line === TOO_LONG || line.trim() !== '') lines.push(line);
}
