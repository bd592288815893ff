import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { RowExplainer } from '../../pipeline/explain.js';
import { explainAlert } from '../../pipeline/explain-alert.js';
import { explainFinding } from '../../pipeline/explain-finding.js';
import { explainPair } from '../../pipeline/explain-pair.js';
import { explainWindow } from '../../pipeline/explain-window.js';
import type { Explanation, Judged } from '../../pipeline/explanation.js';
import { judgeRow } from '../../pipeline/finding-of-row.js';
import { type PairAsked, pairByNumber } from '../../pipeline/pair-target.js';
import { eventOfRow, type ScoredRun, scoredRun } from '../../pipeline/scored-runs.js';
import { type VerdictBehind, verdictsBehind } from '../../pipeline/verdict-list.js';
import { windowAt, windowByNumber } from '../../pipeline/window-target.js';
import type { Store } from '../../store/store.js';
import { minuteOf } from '../../tuple/time.js';
import { alertExplanationLines } from './alert-explanation-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { type ExplanationWords, explanationLines, shortText } from './explanation-text.js';
import { findingLines } from './finding-text.js';
import { pairWords } from './rhythm-text.js';
import { rowWords } from './row-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { timeOption } from './time-option.js';
import { wholeNumber } from './whole-number.js';
import { windowWords } from './window-text.js';

interface ExplainFlags extends SharedOptions, DatabaseOptions {
  readonly run?: number;
  readonly event?: number;
  readonly alert?: number;
  readonly finding?: number;
  /** True without a number. */
  readonly window?: number | true;
  readonly pair?: number | true;
  /** Minutes since 1970. */
  readonly at?: number;
  readonly host?: string;
  readonly exe?: string;
  readonly user?: string;
  readonly saddr?: string;
  readonly daddr?: string;
  readonly dport?: string;
}

export function defineExplain(program: Command): Command {
  return withDatabase(program.command('explain'))
    .description(
      'say why a row, alert, process tree, minute or pair has the score that it has, also why it was not a finding',
    )
    .argument('[row]', 'the row as score prints it', wholeNumber(0))
    .option('--run <n>', 'run that scored (default: the newest finished one that scored rows)', wholeNumber(1))
    .option('--event <id>', 'global id of the event, in place of a row', wholeNumber(0))
    .option('--alert <n>', 'an alert, as score numbers it', wholeNumber(1))
    .option('--finding <n>', 'a process tree, as score numbers it', wholeNumber(1))
    .option(
      '--window [n]',
      'a minute, as score numbers what is beyond usual, or any by --at and --host',
      wholeNumber(1),
    )
    .option('--pair [n]', 'a pair, as score numbers rhythms, or any by --host, --exe, --daddr, …', wholeNumber(1))
    .option('--at <time>', 'with --window: when, RFC 3339; UTC where it names no zone', minuteOption)
    .option('--host <name>', 'with --window or --pair: of which host')
    .option('--exe <path>', 'with --window or --pair: of which program')
    .option('--user <name>', 'with --window or --pair: of which user')
    .option('--saddr <address>', 'with --pair: source, of flows without a program')
    .option('--daddr <address>', 'with --pair: who is called')
    .option('--dport <port>', 'with --pair: at which port')
    .action(runExplain);
}

const minuteOption = (text: string): number => minuteOf(timeOption(text));

/** What can be explained, by the option that asks for it. */
const KINDS = ['row', 'event', 'alert', 'finding', 'window', 'pair'] as const;

/** Options that name a minute or a pair, by the kinds that take them. */
const NAMES = {
  window: ['at', 'host', 'exe', 'user'],
  pair: ['host', 'exe', 'user', 'saddr', 'daddr', 'dport'],
} as const;

async function runExplain(row: number | undefined, flags: ExplainFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const given = { ...flags, row };
  const asked = KINDS.filter((kind) => given[kind] !== undefined);
  if (asked.length !== 1) {
    const got = asked.length === 0 ? 'none' : asked.join(' and ');
    throw new QuinceError(
      'BAD_ARGUMENT',
      `explain requires a row, --event, --alert, --finding, --window or --pair, got ${got}`,
    );
  }
  checkNames(asked[0]!, flags);
  await withStore(flags.db, 'read', (store) => explain(store, given, asked[0]!, terminal));
}

function checkNames(kind: (typeof KINDS)[number], flags: ExplainFlags): void {
  const allowed: readonly string[] = kind === 'window' || kind === 'pair' ? NAMES[kind] : [];
  const all = [...new Set([...NAMES.window, ...NAMES.pair])];
  const named = all.filter((name) => flags[name] !== undefined);
  const strange = named.find((name) => !allowed.includes(name));
  if (strange !== undefined) {
    throw new QuinceError(
      'BAD_ARGUMENT',
      `--${strange} requires what it is of, got ${kind === 'row' ? 'a row' : `--${kind}`}`,
    );
  }
  if (kind !== 'window' && kind !== 'pair') return;
  const needed = kind === 'window' ? ['at', 'host'] : [];
  const byName = kind === 'window' ? needed.every((name) => (named as string[]).includes(name)) : named.length > 0;
  const byNumber = flags[kind] !== true;
  if (byNumber ? named.length === 0 : byName) return;
  const rule =
    kind === 'window' ? 'a number, or --at and --host' : 'a number, or what the pair is: --host, --exe, --daddr, …';
  const got =
    named.length === 0 ? 'neither' : `${byNumber ? 'a number and ' : ''}${named.map((name) => `--${name}`).join(', ')}`;
  throw new QuinceError('BAD_ARGUMENT', `--${kind} requires ${rule}, got ${got}`);
}

type Given = ExplainFlags & { readonly row: number | undefined };

async function explain(store: Store, given: Given, kind: (typeof KINDS)[number], terminal: Terminal): Promise<void> {
  if (kind === 'row' || kind === 'event') return explainRow(store, given, terminal);
  const run = await scoredRun(store, given.run);
  if (kind === 'window') {
    const e = await explainWindow(store, run, await windowAsked(store, run, given));
    return print(e, windowWords(e), terminal);
  }
  if (kind === 'pair') {
    const e = await explainPair(store, run, await pairAsked(store, run, given));
    return print(e, pairWords(e), terminal);
  }
  if (kind === 'alert') {
    const e = await explainAlert(store, run, given.alert!);
    if (terminal.json) return terminal.out.json(e);
    for (const line of alertExplanationLines(e, terminal)) await terminal.out.line(line);
    return;
  }
  const e = await explainFinding(store, run, given.finding!);
  if (terminal.json) return terminal.out.json(e);
  for (const line of findingLines(e, terminal, { parts: Number.POSITIVE_INFINITY, rows: Number.POSITIVE_INFINITY })) {
    await terminal.out.line(line);
  }
  await terminal.out.line(`    ${e.conclusion.text}`);
}

async function explainRow(store: Store, given: Given, terminal: Terminal): Promise<void> {
  const run = given.event === undefined ? await scoredRun(store, given.run, { storing: true }) : undefined;
  const event = given.event ?? (await eventOfRow(store, given.row!, run!));
  const e = await judgeRow(store, await (await RowExplainer.load(store)).explain(event, run?.run ?? given.run));
  const verdicts = await verdictsBehind(store, event);
  if (terminal.json) return terminal.out.json({ ...e, verdicts });
  await print(e, rowWords(e), terminal);
  for (const behind of verdicts) await terminal.out.line(behindLine(behind));
}

function behindLine({ verdict, scope, by, why, until }: VerdictBehind): string {
  return `verdict ${verdict} of ${shortText(by)} stands behind this score (${scope}, until ${until}): ${shortText(why, 200)}`;
}

function windowAsked(store: Store, { run }: ScoredRun, { window, at, host, exe, user }: Given) {
  if (window !== true) return windowByNumber(store, run, window!);
  return windowAt(store, run, { minute: at!, host: host!, exe, user });
}

function pairAsked(
  store: Store,
  { run }: ScoredRun,
  { pair, host, exe, user, saddr, daddr, dport }: Given,
): Promise<PairAsked> {
  if (pair !== true) return pairByNumber(store, run, pair!);
  return Promise.resolve({ some: { host, exe, user, saddr, daddr, dport } });
}

async function print(e: Judged<Explanation>, words: ExplanationWords, terminal: Terminal): Promise<void> {
  if (terminal.json) return terminal.out.json(e);
  for (const line of explanationLines(e, words, terminal)) await terminal.out.line(line);
}
