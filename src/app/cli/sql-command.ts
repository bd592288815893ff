import { type Command, InvalidArgumentError } from 'commander';
import type { JsonValue } from '../../duck/json-value.js';
import type { UserQuery } from '../../duck/user-sql.js';
import { QuinceError } from '../../errors/quince-error.js';
import { listRecipes } from '../../store/recipes.js';
import { escapeControl } from '../../tuple/escape.js';
import { withStore } from './database.js';
import { emptyRecipeText, openCellsText } from './no-rows-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { TextTable } from './text-table.js';
import { wholeNumber } from './whole-number.js';

interface SqlFlags extends SharedOptions {
  readonly db?: string;
  readonly recipe?: string;
  readonly param: Readonly<Record<string, string>>;
  readonly recipes?: boolean;
  readonly limit?: number;
  readonly timeout?: number;
}

export function defineSql(program: Command): Command {
  return program
    .command('sql')
    .description('ask the database: one SELECT of yours, or a recipe')
    .argument('[statement]', 'one SELECT over events, scores, findings, runs, …')
    .option('--db <file>', 'database')
    .option('--recipe <name>', 'a query that Quince brings')
    .option('--param <name=value>', 'parameter of the recipe; may be repeated', parameter, {})
    .option('--recipes', 'list the recipes')
    .option('--limit <n>', 'rows at most (default: 100,000)', wholeNumber(1))
    .option('--timeout <seconds>', 'time at most (default: 60)', wholeNumber(1))
    .action(runSql);
}

function parameter(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`requires name=value, got ${JSON.stringify(text)}.`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

async function runSql(statement: string | undefined, flags: SqlFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const given = [statement, flags.recipe, flags.recipes].filter((x) => x !== undefined).length;
  if (given !== 1) {
    throw new QuinceError('BAD_ARGUMENT', `sql requires one of a statement, --recipe and --recipes, got ${given}`);
  }
  if (flags.recipes) return printRecipes(terminal);
  if (flags.db === undefined) throw new QuinceError('BAD_ARGUMENT', 'sql requires --db, got none');
  if (flags.recipe === undefined && Object.keys(flags.param).length > 0) {
    throw new QuinceError('BAD_ARGUMENT', '--param requires --recipe, got a statement');
  }
  const limits = {
    ...(flags.limit === undefined ? {} : { rowLimit: flags.limit }),
    ...(flags.timeout === undefined ? {} : { timeLimitMs: flags.timeout * 1000 }),
  };
  await withStore(flags.db, 'read', async (store) => {
    const query =
      flags.recipe === undefined
        ? await store.sql(statement!, limits)
        : await store.recipe(flags.recipe, flags.param, limits);
    try {
      const rows = await (terminal.json ? printJson(query, terminal) : printTable(query, terminal));
      if (query.truncated) terminal.warn('there are more rows: --limit');
      if (rows === 0 && flags.recipe !== undefined) {
        terminal.warn(await emptyRecipeText(store, flags.recipe, flags.param));
      }
      const open = statement === undefined ? undefined : await openCellsText(store, statement);
      if (open !== undefined) terminal.warn(open);
    } finally {
      query.close();
    }
  });
}

async function printRecipes({ json, out }: Terminal): Promise<void> {
  for (const { name, title, doc, parameters } of listRecipes()) {
    if (json) {
      const params = parameters.map((p) => ({ name: p.name, default: p.fallback, doc: p.doc }));
      await out.json({ name, title, doc, parameters: params });
      continue;
    }
    await out.line(`${name}: ${title}\n  ${doc}`);
    for (const p of parameters) await out.line(`  --param ${p.name}=${p.fallback}  ${p.doc}`);
  }
}

/** Returns how many rows there were. */
async function printJson(query: UserQuery, { out }: Terminal): Promise<number> {
  let rows = 0;
  for await (const row of query.rows()) {
    await out.json(Object.fromEntries(query.columns.map((name, i) => [name, row[i]])));
    rows++;
  }
  return rows;
}

async function printTable(query: UserQuery, { out }: Terminal): Promise<number> {
  let rows = 0;
  const table = new TextTable(query.columns);
  for await (const row of query.rows()) {
    const text = table.add(row.map(cellText));
    if (text !== '') await out.write(text);
    rows++;
  }
  await out.write(table.rest());
  return rows;
}

/** Of a fraction in a table for people; `--json` has all of it. */
const DIGITS = 6;

function cellText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(DIGITS)));
  return escapeControl(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
