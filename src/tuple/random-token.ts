const DIGIT = 1;
const LOWER = 2;
const UPPER = 4;

function classOf(code: number): number {
  if (code >= 48 && code <= 57) return DIGIT;
  return code >= 97 ? LOWER : UPPER;
}

/** What an alphanumeric run is made of: which classes, and into how many pieces ("Word", "ABC", "42") it falls. */
function shapeOf(run: string): { classes: number; pieces: number } {
  let classes = 0;
  let pieces = 0;
  let last = 0;
  let length = 0;
  for (let i = 0; i < run.length; i++) {
    const now = classOf(run.charCodeAt(i));
    classes |= now;
    const capital = last === UPPER && now === LOWER && length === 1;
    if (now !== last && !capital) {
      pieces++;
      length = 0;
    }
    length++;
    last = now;
  }
  return { classes, pieces };
}

/**
 * Is this run of [A-Za-z0-9] a random token rather than a name? Names fall into few long pieces ("getHttpHeader",
 * "sha256sum"), random base62 and base36 into pieces of about two. The limits were set on both kinds; the rates are
 * in the test. O(length).
 */
export function isRandomToken(run: string): boolean {
  if (run.length < 5) return false;
  const { classes, pieces } = shapeOf(run);
  const mean = run.length / pieces;
  if (pieces < 4) return false;
  if ((classes & DIGIT) === 0) return run.length >= 8 && mean < 2.5;
  if (run.length >= 20) return mean < 4;
  return run.length >= 8 ? mean < 3 : mean < 1.5;
}

/** The letters that replace the X of mktemp: a mix that no ordinary file suffix has. */
export function isMktempSuffix(run: string): boolean {
  if (run.length !== 6 && run.length !== 8 && run.length !== 10) return false;
  const { classes, pieces } = shapeOf(run);
  if (classes === DIGIT || classes === LOWER || classes === UPPER) return false;
  return pieces >= (classes === (LOWER | UPPER) ? 2 : 3);
}

/** Hexadecimal of at least six digits, of which one is a decimal digit and one a letter. */
export function isHexToken(run: string): boolean {
  return run.length >= 6 && /^[0-9a-fA-F]+$/.test(run) && /[0-9]/.test(run) && /[a-fA-F]/.test(run);
}
