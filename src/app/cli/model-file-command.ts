import type { Command } from 'commander';
import { KIND } from '../../baseline/cells.js';
import { QuinceError } from '../../errors/quince-error.js';
import {
  diffModels,
  exportModel,
  importModel,
  mergeModels,
  subtractModels,
  verifyModel,
  type WrittenModel,
} from '../../pipeline/model-files.js';
import { unlearn } from '../../pipeline/unlearn.js';
import { escapeControl } from '../../tuple/escape.js';
import { numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { dayOption } from './day-option.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { VERSION } from './version.js';

interface FileFlags extends SharedOptions {
  readonly about?: string;
}
type ModelFlags = FileFlags & DatabaseOptions;

const ABOUT = ['--about <text>', 'what the card says the model is of'] as const;
const OUTPUT = ['-o, --output <folder>', 'model file to write'] as const;

/** The commands on model files: a folder with the cells as Parquet and a card. */
export function defineModelFiles(model: Command): void {
  withDatabase(model.command('export'))
    .description('write all that was learned into a model file')
    .argument('<folder>', 'model file to write')
    .option(...ABOUT)
    .option('--prior', 'a prior baseline: whoever imports it has it as if it had just been learned')
    .action(runExport);
  withDatabase(model.command('import'))
    .description('add a model file to what was learned; the same file twice adds nothing')
    .argument('<folder>', 'model file')
    .option(
      '--as-of <day>',
      'moves its days, by whole weeks, to end in the week before this one (of a prior: today)',
      dayOption,
    )
    .action(runImport);
  for (const [name, description, make] of [
    ['merge', 'write two models of different hours as one', mergeModels],
    ['subtract', 'write the first model without the second, which is part of it', subtractModels],
  ] as const) {
    model
      .command(name)
      .description(description)
      .argument('<first>', 'model file')
      .argument('<second>', 'model file')
      .requiredOption(...OUTPUT)
      .option(...ABOUT)
      .action(async (first: string, second: string, flags: FileFlags & { output: string }) =>
        tellWritten(new Terminal(flags), await make(first, second, flags.output, making(flags))),
      );
  }
  model
    .command('diff')
    .description('how two models differ: cells by kind, names that only one knows')
    .argument('<first>', 'model file')
    .argument('<second>', 'model file')
    .action(runDiff);
  model
    .command('verify')
    .description('check a model file whole: checksums, counts, keys, names')
    .argument('<folder>', 'model file')
    .action(runVerify);
  withDatabase(model.command('unlearn'))
    .description('take whole UTC days out of what was learned')
    .requiredOption('--since <day>', 'first day, like 2026-11-24', dayOption)
    .requiredOption('--until <day>', 'last day', dayOption)
    .option('--host <name>', 'of this host alone')
    .action(runUnlearn);
}

const making = (flags: FileFlags) => ({ quince: VERSION, about: flags.about ?? '' });

async function tellWritten(terminal: Terminal, written: WrittenModel): Promise<void> {
  if (terminal.json) return terminal.out.json(written);
  const { card } = written;
  await terminal.out.line(
    `${written.path}: ${numberText(written.cells)} cells of ${numberText(card.hosts)} hosts, ${card.first_day} to ${card.last_day}, ` +
      `SHA-256 ${written.sha256.slice(0, 12)}`,
  );
}

async function runExport(folder: string, flags: ModelFlags & { prior?: true }): Promise<void> {
  const terminal = new Terminal(flags);
  const made = { ...making(flags), ...(flags.prior ? { prior: true as const } : {}) };
  await tellWritten(terminal, await withStore(flags.db, 'read', (store) => exportModel(store, folder, made)));
}

async function runImport(folder: string, flags: ModelFlags & { asOf?: number }): Promise<void> {
  const { json, out } = new Terminal(flags);
  const report = await withStore(flags.db, 'make', (store) => importModel(store, folder, { asOf: flags.asOf }));
  if (json) return out.json(report);
  await out.line(
    report.known
      ? `run ${report.run}: this file was imported before, nothing was added`
      : `run ${report.run}: added ${numberText(report.cells)} cells${movedText(report.shiftedDays)}; baseline ${report.snapshot}`,
  );
}

function movedText(days: number): string {
  if (days === 0) return '';
  return ` as if learned ${numberText(Math.abs(days))} days ${days > 0 ? 'later' : 'earlier'}`;
}

async function runDiff(first: string, second: string, flags: FileFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const difference = await diffModels(first, second);
  if (json) return out.json(difference);
  const names = new Map<number, string>(Object.entries(KIND).map(([name, kind]) => [kind, name]));
  for (const { kind, onlyFirst, onlySecond, changed, same } of difference.cells) {
    await out.line(
      `${(names.get(kind) ?? '').padEnd(14)} only first ${numberText(onlyFirst)}, only second ${numberText(onlySecond)}, ` +
        `changed ${numberText(changed)}, same ${numberText(same)}`,
    );
  }
  const lists = [
    ['first', difference.namesOnlyFirst],
    ['second', difference.namesOnlySecond],
  ] as const;
  for (const [which, texts] of lists) {
    await out.line(`names only the ${which} knows: ${numberText(texts.length)}`);
    for (const text of texts.slice(0, NAMES_SHOWN)) await out.line(`  ${escapeControl(text)}`);
  }
}

const NAMES_SHOWN = 20;

async function runVerify(folder: string, flags: FileFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const { card, sha256 } = await verifyModel(folder);
  if (json) return out.json({ path: folder, sha256, card });
  await out.line(`${folder} is sound: SHA-256 ${sha256}`);
  for (const line of JSON.stringify(card, null, 2).split('\n')) await out.line(escapeControl(line));
}

async function runUnlearn(flags: ModelFlags & { since: number; until: number; host?: string }): Promise<void> {
  const { json, out } = new Terminal(flags);
  const { since, until, host } = flags;
  if (since > until)
    throw new QuinceError('BAD_ARGUMENT', '--since requires a day not behind --until, got a later one');
  const report = await withStore(flags.db, 'write', (store) => unlearn(store, { since, until, host }));
  if (json) return out.json(report);
  await out.line(
    `run ${report.run}: took out ${numberText(report.cells)} cells of ${numberText(report.segments)} days of hosts; ` +
      `baseline ${report.snapshot}. Scores that calibrate other days stay; files learned before stay known.`,
  );
}
