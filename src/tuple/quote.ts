/**
 * Command lines as one text, by the quoting of a POSIX shell, so that `splitArgs(quoteArgs(args))` gives the arguments
 * back and an analyst can paste the text. Only quoting is read: operators and expansions are plain characters.
 */

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
const PLAIN_OR_MARK = /^[A-Za-z0-9_@%+=:,./<>-]+$/;

/** One argument: as it is when no shell would touch it, else in single quotes. NUL cannot be in argv and is dropped. */
export function quoteArg(arg: string): string {
  const text = arg.includes('\0') ? arg.replaceAll('\0', '') : arg;
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function quoteArgs(args: readonly string[]): string {
  return args.map(quoteArg).join(' ');
}

/**
 * As `quoteArgs`, but marks like <n> and <redacted> stay bare, for reading: such a line is not for pasting any more.
 * `splitArgs` gives the arguments back all the same.
 */
export function quoteMarked(args: readonly string[]): string {
  return args.map(quoteMarkedArg).join(' ');
}

export function quoteMarkedArg(arg: string): string {
  return PLAIN_OR_MARK.test(arg) ? arg : quoteArg(arg);
}

/** A word of a text, with its place in it. */
export interface Word {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const isBlank = (c: string | undefined) => c === ' ' || c === '\t' || c === '\n' || c === '\r';

/**
 * Words of a text, quotes removed. Total: a quote left open (a truncated command line) ends at the end of the text.
 * O(length).
 */
export function lexWords(text: string): Word[] {
  const words: Word[] = [];
  let i = 0;
  while (i < text.length) {
    if (isBlank(text[i])) {
      i++;
      continue;
    }
    const start = i;
    const pieces: string[] = [];
    while (i < text.length && !isBlank(text[i])) i = takePiece(text, i, pieces);
    words.push({ value: pieces.join(''), start, end: i });
  }
  return words;
}

export function splitArgs(text: string): string[] {
  return lexWords(text).map((word) => word.value);
}

/** Takes a quoted or a bare piece of a word; returns where the next one starts. */
function takePiece(text: string, at: number, pieces: string[]): number {
  const c = text[at];
  if (c === "'") {
    const close = text.indexOf("'", at + 1);
    const end = close < 0 ? text.length : close;
    pieces.push(text.slice(at + 1, end));
    return Math.min(end + 1, text.length);
  }
  if (c === '"') return takeDouble(text, at + 1, pieces);
  if (c === '\\') {
    pieces.push(text.slice(at + 1, at + 2));
    return Math.min(at + 2, text.length);
  }
  let end = at + 1;
  while (end < text.length && !isBlank(text[end]) && text[end] !== "'" && text[end] !== '"' && text[end] !== '\\')
    end++;
  pieces.push(text.slice(at, end));
  return end;
}

function takeDouble(text: string, at: number, pieces: string[]): number {
  let from = at;
  let i = at;
  while (i < text.length && text[i] !== '"') {
    if (text[i] === '\\' && i + 1 < text.length && '$`"\\\n'.includes(text[i + 1]!)) {
      pieces.push(text.slice(from, i));
      from = i + 1;
      i++;
    }
    i++;
  }
  pieces.push(text.slice(from, i));
  return Math.min(i + 1, text.length);
}
