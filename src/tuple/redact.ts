import { lexWords, quoteMarked, quoteMarkedArg, splitArgs } from './quote.js';
import { isHarmlessValue, isSecretName, REDACTED } from './redact-names.js';
import { redactLogin } from './redact-positions.js';
import { ProgramTracker, type SecretFlag, takesCode } from './redact-programs.js';
import { redactForms, redactNamed } from './redact-text.js';

const MAX_DEPTH = 3;
/** Two do for well-formed lines; where a replaced word ends a quote left open, what follows is read anew. */
const MAX_ROUNDS = 8;
const NAMED = /^(-{0,2}[A-Za-z_][\w.-]*)=/;
const LONG_FLAG = /^--?[A-Za-z][\w.-]+$/;
/** What cannot be a value: another flag. A password that looks like one stays. */
const FLAG = /^--?[A-Za-z][\w-]*(?:=|$)/;
const CONFIGURE = /^config(?:ure)?$/i;
const OPENSSL_SOURCE = /^pass:(?!<redacted>)[\s\S]/;

/**
 * Replaces the secrets in a command line by <redacted>; a line without any comes back as it is, character by
 * character. It goes by the form of each argument (names of flags and variables, tokens known by their form, headers,
 * URLs), by the program only for short flags (`redact-programs.ts`), and into inline code. A secret without form or
 * name (`script.sh hunter2`) cannot be seen. Redacting again changes nothing. O(length).
 */
export function redactArgs(text: string): string {
  let line = text;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const args = splitArgs(line);
    const clean = redactWords(args, 0);
    if (args.every((arg, i) => arg === clean[i])) break;
    line = quoteMarked(clean);
  }
  return line;
}

function redactWords(args: readonly string[], depth: number): string[] {
  const tracker = new ProgramTracker();
  const out: string[] = [];
  let pending: { name: string; after?: string } | undefined;
  let configured = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    tracker.see(arg);
    if (pending !== undefined) {
      out.push(redactValue(arg, pending, depth > 0));
      pending = undefined;
      continue;
    }
    const login = tracker.secretByPosition ? REDACTED : redactLogin(tracker.program, arg);
    if (login !== undefined) {
      out.push(login);
      continue;
    }
    const found = tracker.match(arg, args);
    if (found?.attached) {
      out.push(redactAttached(arg, found.rule));
      continue;
    }
    if (found !== undefined)
      pending = { name: '', ...(found.rule.after === undefined ? {} : { after: found.rule.after }) };
    else if (announces(arg, args[i + 1]) || configures(args, i, configured)) pending = { name: arg };
    configured ||= CONFIGURE.test(arg);
    out.push(redactWord(arg, i > 0 && takesCode(tracker.program, args[i - 1]!), depth));
  }
  return out;
}

/** `--password secret`: the flag's name announces the next argument. */
function announces(arg: string, value: string | undefined): boolean {
  return value !== undefined && arg.startsWith('-') && LONG_FLAG.test(arg) && isSecretName(arg) && !FLAG.test(value);
}

/** `configure set NAME secret`, `CONFIG SET NAME secret`. @param configured "configure" or "config" came before */
function configures(args: readonly string[], i: number, configured: boolean): boolean {
  return configured && i + 1 < args.length && /^set$/i.test(args[i - 1] ?? '') && isSecretName(args[i]!);
}

function redactValue(value: string, pending: { name: string; after?: string }, code: boolean): string {
  if (pending.after !== undefined) {
    const at = value.indexOf(pending.after);
    return at < 0 || at === value.length - 1 ? value : value.slice(0, at + 1) + REDACTED;
  }
  return isHarmlessValue(pending.name, value, code) && pending.name !== '' ? value : REDACTED;
}

function redactAttached(arg: string, rule: SecretFlag): string {
  const from = rule.flag.length + (rule.flag.startsWith('--') ? 1 : 0);
  const value = redactValue(
    arg.slice(from),
    { name: '', ...(rule.after === undefined ? {} : { after: rule.after }) },
    false,
  );
  return arg.slice(0, from) + value;
}

function redactWord(arg: string, code: boolean, depth: number): string {
  // Forms and names are looked for in the whole argument, once; words of code inside it are only read as arguments.
  const bare = depth > 0 ? arg : redactForms(arg);
  if (OPENSSL_SOURCE.test(bare)) return `pass:${REDACTED}`;
  const named = code ? undefined : redactNamedArg(bare, depth > 0);
  const inner = named ?? (depth < MAX_DEPTH && /\s/.test(bare) ? redactCode(bare, depth + 1) : bare);
  return depth > 0 ? inner : redactNamed(inner, code);
}

/** `NAME=value` and `--name=value`, where all the rest of the argument is the value; also `--env=NAME=value`. */
function redactNamedArg(arg: string, code: boolean): string | undefined {
  if (!arg.includes('=')) return undefined;
  let from = 0;
  for (let level = 0; level < 3; level++) {
    const name = NAMED.exec(arg.slice(from, from + 128))?.[1];
    if (name === undefined) return undefined;
    from += name.length + 1;
    if (!isSecretName(name)) continue;
    return isHarmlessValue(name, arg.slice(from), code) ? undefined : arg.slice(0, from) + REDACTED;
  }
  return undefined;
}

/** Shell code inside an argument: its commands are command lines too. Unchanged words stay as they are written. */
function redactCode(code: string, depth: number): string {
  const out: string[] = [];
  let from = 0;
  for (const { start, end } of commandsOf(code)) {
    const words = lexWords(code.slice(start, end));
    const values = words.map((word) => word.value);
    const clean = redactWords(values, depth);
    for (let i = 0; i < words.length; i++) {
      if (clean[i] === values[i]) continue;
      out.push(code.slice(from, start + words[i]!.start), quoteMarkedArg(clean[i]!));
      from = start + words[i]!.end;
    }
  }
  return out.length === 0 ? code : out.join('') + code.slice(from);
}

/** The commands of a piece of shell code: what stands between ; | & ( ) and line ends outside quotes. */
function commandsOf(code: string): { start: number; end: number }[] {
  const commands: { start: number; end: number }[] = [];
  let start = 0;
  let quote = '';
  for (let i = 0; i < code.length; i++) {
    const c = code[i]!;
    if (c === '\\' && quote !== "'") i++;
    else if (quote !== '') quote = c === quote ? '' : quote;
    else if (c === "'" || c === '"') quote = c;
    else if (';|&()\n'.includes(c)) {
      commands.push({ start, end: i });
      start = i + 1;
    }
  }
  commands.push({ start, end: code.length });
  return commands;
}
