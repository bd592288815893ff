/** Longest run of digits that a JavaScript number always holds exactly. */
const EXACT_DIGITS = 15;

const isDigit = (code: number) => code >= 48 && code <= 57;

/** Index behind the string that opens at `from`, or the length of the text. */
function stringEnd(json: string, from: number): number {
  let at = from + 1;
  while (at < json.length && json.charCodeAt(at) !== 34) at += json.charCodeAt(at) === 92 ? 2 : 1;
  return at + 1;
}

/**
 * JSON with every integer of more than 15 digits put in quotes, so that `JSON.parse` keeps 64-bit values exact.
 * Numbers with a fraction or an exponent, and strings, stay as they are. Linear.
 */
export function quoteLongIntegers(json: string): string {
  let out = '';
  let copied = 0;
  let at = 0;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code === 34) {
      at = stringEnd(json, at);
    } else if (code === 45 || isDigit(code)) {
      const from = at++;
      while (isDigit(json.charCodeAt(at))) at++;
      const digits = at - from - (code === 45 ? 1 : 0);
      const integer = at;
      while (at < json.length && '.eE+-0123456789'.includes(json[at]!)) at++;
      if (at !== integer || digits <= EXACT_DIGITS) continue;
      out += `${json.slice(copied, from)}"${json.slice(from, at)}"`;
      copied = at;
    } else {
      at++;
    }
  }
  return copied === 0 ? json : out + json.slice(copied);
}
