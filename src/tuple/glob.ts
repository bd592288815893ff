/**
 * Whether a text matches a pattern of `*` (any characters, also none), `?` (one character) and itself. O(text × pattern) at
 * worst and never more, whatever either holds: both may be an attacker's.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const p = [...pattern];
  const t = [...text];
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < t.length; ) {
    if (p[at] === '*') {
      star = at++;
      resume = i;
    } else if (at < p.length && (p[at] === '?' || p[at] === t[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (p[at] === '*') at++;
  return at === p.length;
}
