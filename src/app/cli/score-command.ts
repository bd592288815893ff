import { type Command, InvalidArgumentError } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { describeFindings } from '../../pipeline/describe-findings.js';
import { RowExplainer } from '../../pipeline/explain.js';
import type { StoredInput } from '../../pipeline/run-events.js';
import { type Dims, FINDING_LN_P, type ScoreReport, score } from '../../pipeline/score.js';
import { learnedRows, storedInput, storedSources } from '../../pipeline/stored-input.js';
import type { TreeScore } from '../../pipeline/tree-findings.js';
import { windowFindings } from '../../pipeline/window-findings.js';
import { Workers } from '../../pipeline/workers.js';
import type { Store } from '../../store/store.js';
import { AllRows } from './all-rows.js';
import { warnOfFewUnits, warnOfForeignRows, warnOfUnlearnedHosts } from './baseline-warnings.js';
import { countsText, numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase } from './database.js';
import { findingLines, nearestLine } from './finding-text.js';
import { type FormatFlags, withInputFiles } from './input-format.js';
import { type InputWork, withInput } from './input-work.js';
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

async function runScore(files: string[], flags: ScoreFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const { db, workers, format, network } = flags;
  if (flags.all && flags.limit !== undefined) {
    throw new QuinceError('BAD_ARGUMENT', '--limit requires findings, got --all beside it');
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
    if (flags.all) summarise(report, terminal);
    else {
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
  const found = ranked.filter((tree) => tree.lnP <= FINDING_LN_P);
  const shown = found.slice(0, flags.limit ?? (terminal.json ? found.length : SHOWN));
  if (!terminal.json) {
    await out.line(
      `run ${report.run}: ${numberText(report.rows)} rows, bad: ${countsText(report.bad, report.badAt)}; ` +
        `${numberText(ranked.length)} process trees, ${numberText(found.length)} findings (p at most 0.001)`,
    );
  }
  if (found.length === 0 && !terminal.json) {
    for (const tree of ranked.slice(0, NEAREST)) await out.line(nearestLine(tree, report));
  }
  if (shown.length > 0) await printTrees(store, report, shown, flags, terminal);
  await printWindows(report, flags, terminal);
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
  shown: readonly TreeScore[],
  flags: ScoreFlags,
  terminal: Terminal,
): Promise<void> {
  const { out } = terminal;
  const explainer = await RowExplainer.load(store, flags.dims === 15 ? 'fifteen' : 'five');
  const { run, snapshot, trees } = report;
  const options = { run, snapshot, trees, explainer, five: report.views.five.rank() };
  for await (const finding of describeFindings(shown, options)) {
    if (terminal.json) await out.json(finding);
    else await out.write(`\n${findingLines(finding, terminal, { parts: 6, rows: 3 }).join('\n')}\n`);
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
