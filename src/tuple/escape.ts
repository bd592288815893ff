/**
 * Shows text that others wrote without letting it act on the terminal. Escaped are: C0 and C1 controls with DEL (so
 * that no ANSI sequence starts), marks that reorder or hide text (CVE-2021-42574), line separators, zero-width and
 * other invisible characters, and halves of surrogate pairs. A backslash stays: the result is for reading, not for
 * parsing back.
 */
const UNSAFE = new RegExp(
  [
    '[\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f',
    '\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb',
    '\\ud800-\\udfff\\u{e0000}-\\u{e0fff}]',
  ].join(''),
  'gu',
);

function shown(character: string): string {
  const point = character.codePointAt(0)!;
  const hex = point.toString(16);
  return point < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex.padStart(4, '0')}}`;
}

/**
 * @param maxLength most code points of the result, the ellipsis counted; an escape is never cut in two. O(length), or
 * O(maxLength) when it is given.
 */
export function escapeControl(text: string, maxLength?: number): string {
  if (maxLength === undefined) return text.replace(UNSAFE, shown);
  const parts: string[] = [];
  let length = 0;
  let fitting = 0;
  for (const character of text) {
    const part = character.replace(UNSAFE, shown);
    length += part === character ? 1 : part.length;
    parts.push(part);
    if (length < maxLength) fitting = parts.length;
    if (length > maxLength) return maxLength < 1 ? '' : `${parts.slice(0, fitting).join('')}…`;
  }
  return parts.join('');
}
