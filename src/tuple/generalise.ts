import { canonicalAddress, compress, parseGroups } from './address.js';
import type { StringClass } from './columns.js';
import { generaliseText } from './generalise-text.js';
import { quoteMarked, splitArgs } from './quote.js';
import { MAX_PARTS } from './string-layout.js';

/** Part of every model: counts made under another version do not compare. */
export const GENERALISER_VERSION = 3;

export interface Generalised {
  /** The value that is counted. Generalising it again gives the same. */
  readonly whole: string;
  /** Cumulative prefixes of addresses and paths, coarse to fine, the last one the whole; of flags the first one; else empty. */
  readonly prefixes: readonly string[];
}

const MAX_ARGS = 16;
const MAX_ARG = 160;
const MAX_CODE = 512;
const MAX_PATH = 1024;
const MAX_ANCESTORS = 8;
const DELETED = ' (deleted)';

/** O(length), whatever the text; about 10 µs for a usual command line. */
export function generalise(cls: StringClass, text: string): Generalised {
  switch (cls) {
    case 'address':
      return generaliseAddress(text);
    case 'path':
      return generalisePath(text);
    case 'args':
      return { whole: generaliseArgs(text), prefixes: [] };
    case 'lineage':
      return { whole: generaliseLineage(text), prefixes: [] };
    case 'word':
      return { whole: generaliseWord(text), prefixes: [] };
    case 'flags':
      return generaliseFlags(text);
  }
}

function generaliseAddress(text: string): Generalised {
  const whole = canonicalAddress(text);
  if (whole === undefined) return { whole: text, prefixes: [] };
  if (!whole.includes(':')) {
    const [a, b, c] = whole.split('.');
    return { whole, prefixes: [`${a}.`, `${a}.${b}.`, `${a}.${b}.${c}.`, whole] };
  }
  const groups = parseGroups(whole)!;
  const network = (kept: number) => compress(groups.map((g, i) => (i < kept ? g : 0)));
  return { whole, prefixes: [`${network(2)}/32`, `${network(3)}/48`, `${network(4)}/64`, whole] };
}

/** Doubled and trailing slashes and "." go; ".." stays, since what it means depends on links. */
function generalisePath(text: string): Generalised {
  const root = text.startsWith('/') ? '/' : '';
  const named = text.split('/').filter((part) => part !== '' && part !== '.');
  const joined = root + named.join('/');
  const deleted = joined.endsWith(DELETED) && joined.at(-DELETED.length - 1) !== '/' ? DELETED : '';
  const tidy = joined.slice(0, joined.length - deleted.length);
  const general = generaliseText(tidy, MAX_PATH, true);
  const parts = general.slice(root.length).split('/');
  const prefixes: string[] = [];
  let prefix = root;
  for (let i = 0; i < Math.min(parts.length, MAX_PARTS - 1); i++) {
    prefix += i === 0 ? parts[i] : `/${parts[i]}`;
    prefixes.push(prefix);
  }
  const whole = general + deleted;
  if (parts.length < MAX_PARTS) prefixes.pop();
  prefixes.push(whole);
  return { whole, prefixes: whole === '' ? [] : prefixes };
}

/** What the sensor found, not what was asked for. */
const FOUND = new Set(['CREATED', 'UNRESOLVED', '']);

/** The first flag says what kind it is (of an open, how the file is accessed). */
function generaliseFlags(text: string): Generalised {
  const flags = text.split('|').filter((flag) => !FOUND.has(flag));
  return { whole: flags.join('|'), prefixes: flags.slice(0, 1) };
}

/** Argument by argument; flags, words and their order stay. */
function generaliseArgs(text: string): string {
  const args = splitArgs(text.replaceAll('\0', ''));
  const general = args.slice(0, MAX_ARGS).map((arg, i) => generaliseText(arg, isCode(args, i) ? MAX_CODE : MAX_ARG));
  if (args.length > MAX_ARGS) general.push('<more>');
  return quoteMarked(general);
}

/** Inline code keeps more of its words: `bash -c 'curl http://x | sh'` is judged by them. */
function isCode(args: readonly string[], at: number): boolean {
  const arg = args[at]!;
  if (arg.length > 40 && /\s/.test(arg)) return true;
  return at > 0 && /^(?:-[a-zA-Z]{0,8}[cer]|--(?:eval|command|execute))$/.test(args[at - 1]!);
}

/** Splits at ">" but not at the end of a mark. */
function generaliseLineage(text: string): string {
  const ancestors = text.split(/(?<!<[a-z-]{1,12})>/);
  return ancestors
    .slice(0, MAX_ANCESTORS)
    .map((exe) => generalisePath(exe).whole)
    .join('>');
}

/**
 * Words are names and stay (host "web1" is not "web2", user 1001 not 1002), but for container ids and for words with
 * a "/": terminals (pts/3), images (registry/app:1.2.3), kernel threads (kworker/0:1).
 */
function generaliseWord(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return '<hex>';
  return text.includes('/') ? generaliseText(text, MAX_ARG) : text;
}
