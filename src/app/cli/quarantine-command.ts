import type { Command } from 'commander';
import { type HeldSignature, listQuarantine } from '../../pipeline/held-signatures.js';
import { pText } from '../../pipeline/p-text.js';
import { decideQuarantine } from '../../pipeline/quarantine.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { shortText } from './explanation-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { TextTable } from './text-table.js';

interface ListFlags extends SharedOptions, DatabaseOptions {
  readonly all?: boolean;
}

export function defineQuarantine(program: Command): Command {
  const quarantine = program.command('quarantine').description('what was too odd to be learned at once');
  withDatabase(quarantine.command('list'))
    .description('what is held, most anomalous first')
    .option('--all', 'also what was released, accepted or rejected, and the five-tuple alone')
    .action(runList);
  withDatabase(quarantine.command('accept'))
    .description('learn a signature, with what waits of it')
    .argument('<id>', 'as the list shows it')
    .action((id: string, flags: ListFlags) => runDecide(id, 'accepted', flags));
  withDatabase(quarantine.command('reject'))
    .description('keep a signature out whatever other hosts and days say')
    .argument('<id>', 'as the list shows it')
    .action((id: string, flags: ListFlags) => runDecide(id, 'rejected', flags));
  return quarantine;
}

async function runList(flags: ListFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const where = flags.all ? 'true' : "dims = 15 AND state = 'held'";
  const rows = await withStore(flags.db, 'write', (store) => listQuarantine(store, where));
  if (json) {
    for (const row of rows) await out.json(row);
    return;
  }
  const table = new TextTable(['id', 'state', 'why', 'first day', 'days', 'hosts', 'p', 'what']);
  let text = '';
  for (const row of rows) {
    const { id, state, reason, first_day, days, hosts, ln_p } = row;
    text += table.add([id, state, reason, first_day, String(days), String(hosts), pText(ln_p), whatText(row.what)]);
  }
  await out.write(text + table.rest());
}

/** A signature in one line. */
export function whatText(what: HeldSignature['what']): string {
  const { host, exe, user, syscall, args, daddr, dport, path } = what;
  const target = path ?? (daddr === undefined ? undefined : `${daddr}${dport === undefined ? '' : `:${dport}`}`);
  const parts = [host, user, syscall, exe, target, args === undefined ? undefined : `“${args}”`];
  return parts.flatMap((part) => (part === undefined ? [] : [shortText(part)])).join('  ');
}

async function runDecide(id: string, state: 'accepted' | 'rejected', flags: ListFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const decided = await withStore(flags.db, 'write', (store) => decideQuarantine(store, id, state));
  if (json) return out.json(decided);
  await out.line(`run ${decided.run}: ${decided.id} ${decided.state}; baseline ${decided.snapshot}`);
}
