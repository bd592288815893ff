import { type Command, InvalidArgumentError, Option } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { DECIDERS, type DeciderOptions } from '../../pipeline/decider.js';
import { type AlertReport, describeAlerts } from '../../pipeline/describe-alerts.js';
import { describeFindings } from '../../pipeline/describe-findings.js';
import { RowExplainer } from '../../pipeline/explain.js';
import { FINDING_LN_P } from '../../pipeline/finding-limit.js';
import { jointFindings } from '../../pipeline/joint-findings.js';
import type { StoredInput } from '../../pipeline/run-events.js';
import { type ScoreReport, score } from '../../pipeline/score.js';
import type { Dims } from '../../pipeline/score-options.js';
import { learnedRows, storedInput, storedSources } from '../../pipeline/stored-input.js';
import type { ToldFinding } from '../../pipeline/told-findings.js';
import { windowFindings } from '../../pipeline/window-findings.js';
import { Workers } from '../../pipeline/workers.js';
import type { Store } from '../../store/store.js';
import { ALERTS_SHOWN, alertLines, alertsHead } from './alert-text.js';
import { AllRows } from './all-rows.js';
import { warnOfBrokenGroups, warnOfFewUnits, warnOfForeignRows, warnOfUnlearnedHosts } from './baseline-warnings.js';
import { countsText, numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase } from './database.js';
import { announcedLines, changeLine, findingLines, nearestLine } from './finding-text.js';
import { type FormatFlags, withInputFiles } from './input-format.js';
import { type InputWork, withInput } from './input-work.js';
import { jointLines, VECTORS_SHOWN } from './joint-text.js';
import { rhythmJson, rhythmLines } from './rhythm-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { timeOption } from './time-option.js';
import { wholeNumber } from './whole-number.js';
import { WINDOWS_SHOWN, windowLines } from './window-text.js';

interface ScoreFlags extends SharedOptions, DatabaseOptions, FormatFlags {
  readonly dims: Dims;
  readonly all?: boolean;
  readonly workers?: number;
  readonly limit?: number;
  readonly alertsPerDay?: number;
  readonly decider: DeciderOptions['decider'];
  readonly stored?: boolean;
  readonly ofRun?: number;
  /** Microseconds since 1970. */
  readonly since?: bigint;
  readonly until?: bigint;
}

/** Findings shown to people when they do not say how many. */
const SHOWN = 20;

export function defineScore(program: Command): Command {
  return withInputFiles(withDatabase(program.command('score')), '[file...]')
    .description('score files of events against the newest baseline, and say what is not normal')
    .option('--stored', 'in place of files: events that runs of score and record stored, which are not stored again')
    .option('--of-run <n>', 'with --stored: those of one run', wholeNumber(1))
    .option('--since <time>', 'with --stored: from then on, RFC 3339 or a day; UTC where it names no zone', timeOption)
    .option('--until <time>', 'with --stored: before then', timeOption)
    .option('--dims <n>', '15, or 5 for the five-tuple alone with its own baseline', dimsOption, 15 as Dims)
    .option('--all', 'one line for every event, in the order of the input, in place of findings')
    .option('--alerts-per-day <n>', 'alerts a day wanted (default: 1)', positive)
    .addOption(new Option('--decider <name>', 'who decides about alerts').choices(DECIDERS).default('budget'))
    .option('--limit <n>', `findings shown (default: ${SHOWN}, with --json all)`, wholeNumber(1))
    .option('--workers <n>', 'threads; the result does not depend on it', wholeNumber(1))
    .action(runScore);
}

/** Process trees named when none is a finding. */
const NEAREST = 3;

function dimsOption(text: string): Dims {
  if (text !== '15' && text !== '5') throw new InvalidArgumentError(`requires 15 or 5, got ${JSON.stringify(text)}.`);
  return Number(text) as Dims;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100_000))
    throw new InvalidArgumentError(`requires a number above 0, at most 100,000, got ${JSON.stringify(text)}.`);
  return value;
}

async function runScore(files: string[], flags: ScoreFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const { db, workers, format, network } = flags;
  if (flags.all && flags.limit !== undefined) {
    throw new QuinceError('BAD_ARGUMENT', '--limit requires findings, got --all beside it');
  }
  if (flags.decider === 'e-lond' && flags.alertsPerDay !== undefined) {
    throw new QuinceError('BAD_ARGUMENT', '--alerts-per-day requires the budget, got --decider e-lond beside it');
  }
  checkInput(files, flags);
  let stored: StoredInput | undefined;
  const open = async (store: Store, size: number, signal: AbortSignal) => {
    stored = await storedInput(store, { ofRun: flags.ofRun, since: flags.since, until: flags.until });
    return storedSources(store, stored, Workers.slotsFor(size), signal);
  };
  const options = { db, access: 'write', files, workers, format, network, what: 'scoring' } as const;
  await withInput(terminal, flags.stored ? { ...options, open } : options, async (input) => {
    terminal.log.info({ files, db }, 'scoring');
    const report = await scoreInput(input, flags, terminal, stored);
    if (stored !== undefined) await warnOfLearned(input.store, stored, terminal);
    input.progress.stop();
    const { run, snapshot, rows, bad } = report;
    terminal.log.info({ run, snapshot, rows, bad }, 'scored');
    warnOfFewUnits(report.card, flags.dims === 15 ? 'fifteen' : 'five', terminal);
    warnOfUnlearnedHosts(report.unlearnedHosts, terminal);
    if (flags.dims === 15) warnOfForeignRows(report.foreign, terminal);
    warnOfBrokenGroups(report.broken, terminal);
    if (flags.all) summarise(report, terminal);
    else {
      await printAlerts(input.store, report, flags, terminal);
      await printFindings(input.store, report, flags, terminal);
      await printRhythms(report, terminal);
    }
  });
}

function checkInput(files: readonly string[], { stored, ofRun, since, until }: ScoreFlags): void {
  const bounds = [ofRun, since, until].some((given) => given !== undefined);
  if (stored ? files.length === 0 : files.length > 0 && !bounds) return;
  const got = stored ? 'both' : files.length > 0 ? 'files with --of-run, --since or --until' : 'neither';
  throw new QuinceError('BAD_ARGUMENT', `score requires files or --stored, got ${got}`);
}

async function warnOfLearned(store: Store, stored: StoredInput, terminal: Terminal): Promise<void> {
  const rows = await learnedRows(store, stored);
  if (rows === 0) return;
  const text = `${numberText(rows)} of these rows are in batches that were learned: they look more usual than they were`;
  terminal.warn(text, { learned: rows });
}

function scoreInput(
  input: InputWork,
  flags: ScoreFlags,
  terminal: Terminal,
  stored: StoredInput | undefined,
): Promise<ScoreReport> {
  const all = flags.all ? new AllRows(flags.dims, terminal.json) : undefined;
  let rows = 0;
  return score({
    ...input,
    ...(stored === undefined ? {} : { stored }),
    dims: flags.dims,
    decision: { decider: flags.decider, ...(flags.alertsPerDay !== undefined && { perDay: flags.alertsPerDay }) },
    onBatch: async (batch, scores, firstRow) => {
      rows += batch.rows;
      terminal.log.debug({ batch: batch.id, rows }, 'batch stored');
      if (all !== undefined) await terminal.out.write(all.text(batch, scores, firstRow));
    },
    progress: (n) => input.progress.update(n),
  });
}

/** Beside the lines of `--all`, on standard error: how much was read, and what was not. */
function summarise({ run, rows, bad, badAt }: ScoreReport, terminal: Terminal): void {
  const text = `run ${run}: ${numberText(rows)} rows, bad: ${countsText(bad, badAt)}`;
  if (terminal.json && Object.keys(bad).length > 0) terminal.warn(text, { run, rows, bad, badAt });
  else terminal.note(text, { run, rows, bad, badAt });
}

/** First what was decided, in a few lines each. */
async function printAlerts(store: Store, report: ScoreReport, flags: ScoreFlags, terminal: Terminal): Promise<void> {
  const { out, json } = terminal;
  const { alerts } = report.decision;
  const described: AlertReport[] = [];
  for await (const alert of describeAlerts(store, alerts.slice(0, json ? flags.limit : undefined), report)) {
    if (json) await out.json(alert);
    else described.push(alert);
  }
  if (json) return;
  await out.line(alertsHead(report, terminal));
  for (const line of alertLines(described, flags.limit ?? ALERTS_SHOWN, terminal)) await out.line(line);
  await out.line();
}

async function printRhythms(report: ScoreReport, terminal: Terminal): Promise<void> {
  if (report.shedPairs > 0) {
    terminal.warn(`${numberText(report.shedPairs)} pairs of few beats were dropped: too many for rhythms`);
  }
  for (const line of terminal.json ? [] : rhythmLines(report, terminal)) await terminal.out.line(line);
  if (!terminal.json) return;
  for (const [i, found] of report.rhythms.entries()) await terminal.out.json(rhythmJson(found, i + 1, report.run));
}

async function printFindings(store: Store, report: ScoreReport, flags: ScoreFlags, terminal: Terminal): Promise<void> {
  const { out } = terminal;
  const ranked = report.findings.rank();
  const found = report.told.filter(({ announced }) => announced === undefined);
  const limit = flags.limit ?? (terminal.json ? report.told.length : SHOWN);
  const shown = found.slice(0, limit);
  const announced = report.told.slice(found.length);
  if (!terminal.json) {
    await out.line(
      `run ${report.run}: ${numberText(report.rows)} rows, bad: ${countsText(report.bad, report.badAt)}; ` +
        `${numberText(ranked.length)} process trees, ${numberText(found.length)} findings (p at most 0.001)`,
    );
  }
  if (found.length === 0 && !terminal.json) {
    for (const tree of ranked.slice(0, NEAREST)) await out.line(nearestLine(tree, report));
  }
  const printed = terminal.json ? report.told.slice(0, limit) : shown;
  if (printed.length > 0) await printTrees(store, report, printed, flags, terminal);
  if (!terminal.json) for (const line of announcedLines(announced, report)) await out.line(line);
  await printWindows(report, flags, terminal);
  await printVectors(report, flags, terminal);
  if (terminal.json || shown.length === 0) return;
  if (found.length > shown.length) await out.line(`\n${found.length - shown.length} more findings: --limit`);
  const row = report.scoredAgain ? '--event ID' : 'ROW';
  await out.line(
    `\nquince explain --db ${flags.db} ${row} --run ${report.run} explains any row; ` +
      `${flags.dims === 15 ? '--finding N, ' : ''}--window N or --pair N in its place what is numbered here`,
  );
}

async function printTrees(
  store: Store,
  report: ScoreReport,
  shown: readonly ToldFinding[],
  flags: ScoreFlags,
  terminal: Terminal,
): Promise<void> {
  const { out } = terminal;
  const explainer = await RowExplainer.load(store, flags.dims === 15 ? 'fifteen' : 'five');
  const { run, snapshot, trees } = report;
  const first = shown.map(({ trees: [tree] }) => tree);
  const options = { run, snapshot, trees, explainer, five: report.views.five.rank() };
  for await (const finding of describeFindings(first, options)) {
    const { hosts, trees: all, announced = null } = shown[finding.rank - 1]!;
    if (terminal.json) {
      await out.json({ ...finding, hosts, trees: all.map(({ tree }) => tree.toString()), announced });
      continue;
    }
    const lines = findingLines(finding, terminal, { parts: 6, rows: 3 });
    if (all.length > 1) lines.splice(1, 0, changeLine(hosts, all.length));
    await out.write(`\n${lines.join('\n')}\n`);
  }
}

/** Subjects that did more, or less, of something than they ever do. */
async function printWindows(report: ScoreReport, flags: ScoreFlags, terminal: Terminal): Promise<void> {
  const { out, json } = terminal;
  const found = windowFindings(report.minutes, FINDING_LN_P);
  const shown = found.slice(0, flags.limit ?? (json ? found.length : WINDOWS_SHOWN));
  if (json) {
    for (const [i, finding] of shown.entries())
      await out.json({ window: { number: i + 1, ...finding }, run: report.run });
    return;
  }
  for (const line of windowLines(report, shown, found.length)) await out.line(line);
}

/** Subjects whose features do not go together as they do otherwise. */
async function printVectors(report: ScoreReport, flags: ScoreFlags, { out, json }: Terminal): Promise<void> {
  const found = jointFindings(report.vectors, FINDING_LN_P);
  const shown = found.slice(0, flags.limit ?? (json ? found.length : VECTORS_SHOWN));
  if (json) {
    for (const finding of shown) await out.json({ joint: finding, run: report.run });
    return;
  }
  for (const line of jointLines(report, shown, found.length)) await out.line(line);
}
