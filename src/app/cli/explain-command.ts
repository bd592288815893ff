import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { RowExplainer } from '../../pipeline/explain.js';
import type { Store } from '../../store/store.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { explanationLines } from './explanation-text.js';
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
    .option('--run <n>', 'run of the row (default: the newest that scored)', wholeNumber(1))
    .option('--event <id>', 'global id of the event, in place of a row', wholeNumber(0))
    .action(runExplain);
}

async function runExplain(row: number | undefined, flags: ExplainFlags): Promise<void> {
  const terminal = new Terminal(flags);
  if ((row === undefined) === (flags.event === undefined)) {
    throw new QuinceError(
      'BAD_ARGUMENT',
      `explain requires a row or --event, got ${row === undefined ? 'none' : 'both'}`,
    );
  }
  await withStore(flags.db, 'read', async (store) => {
    const event = flags.event ?? (await eventOf(store, row!, flags.run));
    const explanation = await (await RowExplainer.load(store)).explain(event);
    if (terminal.json) await terminal.out.json(explanation);
    else for (const line of explanationLines(explanation, terminal)) await terminal.out.line(line);
  });
}

/** Global id of a row of a run. @throws BAD_ARGUMENT when the run has no such row */
async function eventOf(store: Store, row: number, given: number | undefined): Promise<number> {
  const run = given ?? (await newestScoreRun(store));
  for await (const found of store.rows('SELECT event::DOUBLE AS event FROM event_rows WHERE run = ? AND "row" = ?', [
    run,
    row,
  ])) {
    return Number(found.event);
  }
  const [rows] = await collect(store, 'SELECT sum("rows")::DOUBLE AS n FROM batches WHERE run = ?', run);
  const last = Number(rows?.n ?? 0) - 1;
  const rule = last < 0 ? `a run with rows, got run ${run}` : `0 to ${last} in run ${run}, got ${row}`;
  throw new QuinceError('BAD_ARGUMENT', `row requires ${rule}`);
}

async function newestScoreRun(store: Store): Promise<number> {
  const [newest] = await collect(store, "SELECT max(run)::DOUBLE AS run FROM runs WHERE kind = 'score'");
  if (newest?.run == null)
    throw new QuinceError('BAD_ARGUMENT', 'explain requires a scored run, got none: run score first');
  return Number(newest.run);
}

async function collect(store: Store, sql: string, parameter?: number): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of store.rows(sql, parameter === undefined ? [] : [parameter])) rows.push(row);
  return rows;
}
