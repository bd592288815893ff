import { type Command, InvalidArgumentError } from 'commander';
import { announce, cancelAnnouncement, listAnnouncements } from '../../pipeline/announcements.js';
import { parseTime } from '../../tuple/time.js';
import { numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { shortText } from './explanation-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { TextTable } from './text-table.js';
import { wholeNumber } from './whole-number.js';

type Flags = SharedOptions & DatabaseOptions;

interface AnnounceFlags extends Flags {
  readonly from: bigint;
  readonly until: bigint;
  readonly host: readonly string[];
  readonly exe: readonly string[];
}

const SUMMARY = 'tell of a change before it comes: it is learned at once, and its findings stand apart';

/** `quince announce NAME` is the default, beside `list` and `cancel`. */
export function defineAnnounce(program: Command): Command {
  const command = program.command('announce').description(SUMMARY);
  withDatabase(command.command('change', { isDefault: true }))
    .description('announce a change, which may be left out: quince announce NAME')
    .argument('<name>', 'what it is called')
    .requiredOption('--from <time>', 'first hour covered, like 2026-11-24T14:00:00Z', timeOption)
    .requiredOption('--until <time>', 'first hour no longer covered', timeOption)
    .option('--host <name>', 'on this host; again for more (default: all)', collect, [])
    .option('--exe <path>', 'this program, or those in this folder; again for more (default: all)', collect, [])
    .action(runAnnounce);
  withDatabase(command.command('list')).description('all of them, and what they covered').action(runList);
  withDatabase(command.command('cancel'))
    .description('cover nothing from now on')
    .argument('<number>', 'as the list shows it', wholeNumber(1))
    .action(runCancel);
  return command;
}

function timeOption(text: string): bigint {
  const us = parseTime(text);
  if (us === undefined) {
    throw new InvalidArgumentError(`requires a time like 2026-11-24T14:00:00Z, got ${JSON.stringify(text)}.`);
  }
  return us;
}

const collect = (text: string, before: readonly string[]) => [...before, text];

async function runAnnounce(name: string, flags: AnnounceFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const request = { name, fromUs: flags.from, untilUs: flags.until, hosts: flags.host, exes: flags.exe };
  const announcement = await withStore(flags.db, 'write', (store) => announce(store, request));
  if (json) return out.json({ announcement, name });
  await out.line(`announcement ${announcement}: ${shortText(name)}`);
}

async function runList(flags: Flags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const rows = await withStore(flags.db, 'write', listAnnouncements);
  if (json) {
    for (const row of rows) await out.json(row);
    return;
  }
  const table = new TextTable([
    'number',
    'state',
    'from',
    'until',
    'hosts',
    'programs',
    'trees apart',
    'rows scored',
    'units learned',
    'name',
  ]);
  const names = (list: readonly string[]) => (list.length === 0 ? 'all' : shortText(list.join(' '), 40));
  let text = '';
  for (const { announcement, state, from, until, hosts, exes, trees, rows: n, units, name } of rows) {
    const counts = [trees, n, units].map(numberText);
    const what = [names(hosts), names(exes), ...counts, shortText(name, 40)];
    text += table.add([String(announcement), state, from, until, ...what]);
  }
  await out.write(text + table.rest());
}

async function runCancel(number: number, flags: Flags): Promise<void> {
  const { json, out } = new Terminal(flags);
  await withStore(flags.db, 'write', (store) => cancelAnnouncement(store, number));
  if (json) return out.json({ announcement: number, state: 'cancelled' });
  await out.line(`announcement ${number} cancelled`);
}
