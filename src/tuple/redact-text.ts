import { isHarmlessValue, isSecretHeader, isSecretName, REDACTED } from './redact-names.js';

/**
 * Secrets inside a text, whatever surrounds them: private keys, tokens known by their form, passwords in URLs, named
 * values ("password=…", '"token": "…"'), headers, SQL. Every expression starts behind a boundary or at a fixed text
 * and reads forward only: linear time.
 */

const TOKEN = new RegExp(
  `(?<![A-Za-z0-9_-])(?:${[
    'eyJ[\\w-]{4,}\\.[\\w-]+(?:\\.[\\w-]*)?', // JSON Web Token
    'gh[pousr]_[A-Za-z0-9]{16,}',
    'github_pat_\\w{20,}',
    'gl(?:pat|ptt|dt|rt|cbt|soat)-[\\w-]{16,}',
    'xox[a-z]-[\\w-]{8,}',
    'xapp-[\\w-]{16,}',
    '(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}', // AWS
    'AIza[\\w-]{30,}', // Google
    'ya29\\.[\\w-]{16,}',
    '[sr]k_(?:live|test)_[A-Za-z0-9]{12,}', // Stripe
    'sk-[\\w-]{20,}',
    'npm_[A-Za-z0-9]{30,}',
    'pypi-[\\w-]{20,}',
    'hf_[A-Za-z0-9]{20,}',
    'hv[sbr]\\.[\\w-]{20,}', // Vault
    'dop_v1_[a-f0-9]{20,}',
    'SG\\.[\\w-]{10,}\\.[\\w-]{10,}',
    'AGE-SECRET-KEY-[A-Z0-9]{20,}',
  ].join('|')})`,
  'g',
);
const URL_PASSWORD = /:\/\/([^\s/:@'"<>]*):([^\s/'"]+)@/g;
const URL_TOKEN = /:\/\/[^\s/:@'"<>]{20,}@/g;
const SQL_PASSWORD = /(?<![A-Za-z])(by|password)(\s{1,4})(['"])[^'"]*\3/gi;
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const NAME = /[A-Za-z0-9_.-]+/g;
const ASSIGN = /(["']?)[ \t]{0,4}(={1,3}>?|!={1,2}|:(?!\/\/)|%3[Dd])([ \t]{0,4})/y;
const VALUE_END = /[\s&;|,'"`]/g;
const SCHEME = /^(?:Bearer|Basic|Digest|Token|Negotiate|ApiKey|AWS4-HMAC-SHA256)[ \t]+/i;

/** Secrets known by their form. */
export function redactForms(text: string): string {
  return redactKeys(text)
    .replace(TOKEN, REDACTED)
    .replace(URL_PASSWORD, (_, user: string) => `://${user}:${REDACTED}@`)
    .replace(URL_TOKEN, `://${REDACTED}@`)
    .replace(SQL_PASSWORD, (_, word: string, gap: string, quote: string) => word + gap + quote + REDACTED + quote);
}

/** Private keys in PEM; one whose end is missing (a truncated text) goes to the end. */
function redactKeys(text: string): string {
  const out: string[] = [];
  let from = 0;
  KEY_BEGIN.lastIndex = 0;
  for (let begin = KEY_BEGIN.exec(text); begin !== null; begin = KEY_BEGIN.exec(text)) {
    out.push(text.slice(from, begin.index), REDACTED);
    KEY_END.lastIndex = begin.index;
    from = KEY_END.exec(text) === null ? text.length : KEY_END.lastIndex;
    KEY_BEGIN.lastIndex = from;
  }
  return out.length === 0 ? text : out.join('') + text.slice(from);
}

/** Values whose name says it. @param code the text is program code, where $NAME is a reference and not a secret. */
export function redactNamed(text: string, code: boolean): string {
  const out: string[] = [];
  let from = 0;
  NAME.lastIndex = 0;
  for (let match = NAME.exec(text); match !== null; match = NAME.exec(text)) {
    const span = secretAfter(text, match[0], match.index, code);
    if (span === undefined) continue;
    out.push(text.slice(from, span.start), REDACTED);
    from = span.end;
    NAME.lastIndex = span.end;
  }
  return out.length === 0 ? text : out.join('') + text.slice(from);
}

/** Where the secret is that this name announces, or undefined. */
function secretAfter(
  text: string,
  name: string,
  at: number,
  code: boolean,
): { start: number; end: number } | undefined {
  ASSIGN.lastIndex = at + name.length;
  const assign = ASSIGN.exec(text);
  if (assign === null) return undefined;
  const header = isSecretHeader(name);
  if (!header && !isSecretName(name)) return undefined;
  const colon = assign[2] === ':';
  let start = ASSIGN.lastIndex;
  const opening = text[start];
  const quoted = opening === "'" || opening === '"';
  // "registry/token:latest" is an image: a bare colon assigns only in headers and behind or before a quote or blank.
  if (colon && !quoted && assign[1] === '' && assign[3] === '' && !header && !/^x-/i.test(name)) return undefined;
  let end: number;
  if (quoted) {
    start++;
    end = endOf(text, start, opening);
  } else if (colon) {
    const before = text[at - 1];
    end = before === "'" || before === '"' ? endOf(text, start, before) : endOf(text, start, '\n');
    if (!header && !/^x-/i.test(name) && !(before === "'" || before === '"')) end = Math.min(end, wordEnd(text, start));
  } else {
    end = wordEnd(text, start);
  }
  if (header) start += SCHEME.exec(text.slice(start, Math.min(end, start + 64)))?.[0].length ?? 0;
  return isHarmlessValue(name, text.slice(start, end), code) ? undefined : { start, end };
}

function endOf(text: string, from: number, closing: string): number {
  const end = text.indexOf(closing, from);
  return end < 0 ? text.length : end;
}

function wordEnd(text: string, from: number): number {
  VALUE_END.lastIndex = from;
  return VALUE_END.exec(text)?.index ?? text.length;
}
