import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { RowExplainer } from '../../pipeline/explain.js';
import { findingOfRow } from '../../pipeline/finding-of-row.js';
import { type VerdictBehind, verdictsBehind } from '../../pipeline/verdict-list.js';
import type { Store } from '../../store/store.js';
import { numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { explanationLines, shortText } from './explanation-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { wholeNumber } from './whole-number.js';

interface ExplainFlags extends SharedOptions, DatabaseOptions {
  readonly run?: number;
  readonly event?: number;
}

export function defineExplain(program: Command): Command {
  return withDatabase(program.command('explain'))
    .description('say why a row has the score that it has, also why it was not a finding')
    .argument('[row]', 'the row as score prints it', wholeNumber(0))
    .option('--run <n>', 'run of the row (default: the newest finished one that scored rows)', wholeNumber(1))
    .option('--event <id>', 'global id of the event, in place of a row', wholeNumber(0))
    .action(runExplain);
}

async function runExplain(row: number | undefined, flags: ExplainFlags): Promise<void> {
  const terminal = new Terminal(flags);
  await withStore(flags.db, 'read', async (store) => {
    const event = await chosenEvent(store, row, flags, 'explain');
    const explanation = await (await RowExplainer.load(store)).explain(event);
    const finding = await findingOfRow(store, explanation);
    const verdicts = await verdictsBehind(store, event);
    if (terminal.json) return terminal.out.json({ ...explanation, finding, verdicts });
    const lines = [...explanationLines(explanation, finding, terminal), ...verdicts.map(behindLine)];
    for (const line of lines) await terminal.out.line(line);
  });
}

/** Global id of the event that a row of a run, or `--event`, names. @param what is asked for */
export async function chosenEvent(
  store: Store,
  row: number | undefined,
  { run, event }: { readonly run?: number; readonly event?: number },
  what: string,
): Promise<number> {
  if ((row === undefined) === (event === undefined)) {
    const got = row === undefined ? 'none' : 'both';
    throw new QuinceError('BAD_ARGUMENT', `${what} requires a row or --event, got ${got}`);
  }
  return event ?? eventOf(store, row!, run, what);
}

function behindLine({ verdict, scope, by, why, until }: VerdictBehind): string {
  return `verdict ${verdict} of ${shortText(by)} stands behind this score (${scope}, until ${until}): ${shortText(why, 200)}`;
}

/** Global id of a row of a run. @throws BAD_ARGUMENT when the run has no such row, or is none that scored */
async function eventOf(store: Store, row: number, given: number | undefined, asked: string): Promise<number> {
  const runs = await readRuns(store);
  const run = given === undefined ? newestScored(runs) : runs.find((r) => r.run === given);
  if (run === undefined || run.kind !== 'score') {
    const what = run === undefined ? (given === undefined ? 'none' : `run ${given}`) : `run ${runText(run)}`;
    const known = runs.length === 0 ? 'there are no runs' : `there are ${runs.map(runText).join(', ')}`;
    const rule = given === undefined ? 'a finished score run with rows' : 'a score run';
    throw new QuinceError('BAD_ARGUMENT', `${asked} requires ${rule}, got ${what}: ${known}; run score first`);
  }
  const sql = 'SELECT event::DOUBLE AS event FROM event_rows WHERE run = ? AND "row" = ?';
  for await (const found of store.rows(sql, [run.run, row])) return Number(found.event);
  const rule = run.stored === 0 ? `a run with rows` : `0 to ${run.stored - 1} in run ${run.run}`;
  throw new QuinceError('BAD_ARGUMENT', `row requires ${rule}, got ${row}: there are ${runs.map(runText).join(', ')}`);
}

interface RunRow {
  readonly run: number;
  readonly kind: string;
  readonly finished: boolean;
  /** Rows in the database. */
  readonly stored: number;
}

/** All runs, oldest first. */
async function readRuns(store: Store): Promise<RunRow[]> {
  const runs: RunRow[] = [];
  const sql = `SELECT r.run, r.kind, r.finished IS NOT NULL AS finished, coalesce(sum(b."rows"), 0)::DOUBLE AS stored
    FROM runs AS r LEFT JOIN batches AS b USING (run) GROUP BY r.run, r.kind, r.finished ORDER BY r.run`;
  for await (const { run, kind, finished, stored } of store.rows(sql)) {
    runs.push({ run: Number(run), kind: String(kind), finished: finished === true, stored: Number(stored) });
  }
  return runs;
}

function newestScored(runs: readonly RunRow[]): RunRow | undefined {
  return runs.findLast((run) => run.kind === 'score' && run.finished && run.stored > 0);
}

/** "2 (score, 1,200 rows, unfinished)" */
function runText({ run, kind, stored, finished }: RunRow): string {
  return `${run} (${kind}, ${numberText(stored)} rows${finished ? '' : ', unfinished'})`;
}
