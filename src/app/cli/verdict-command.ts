import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { pText } from '../../pipeline/p-text.js';
import { chosenEvent } from '../../pipeline/scored-runs.js';
import type { VerdictCost } from '../../pipeline/verdict-cost.js';
import { listVerdicts, type ShownVerdict } from '../../pipeline/verdict-list.js';
import { acceptEvent, revokeVerdict } from '../../pipeline/verdicts.js';
import { numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { dayOption } from './day-option.js';
import { shortText } from './explanation-text.js';
import { whatText } from './quarantine-command.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { TextTable } from './text-table.js';
import { wholeNumber } from './whole-number.js';

type Flags = SharedOptions & DatabaseOptions;

interface AcceptFlags extends Flags {
  readonly run?: number;
  readonly event?: number;
  readonly scope: string;
  readonly until: number;
  readonly by: string;
  readonly why: string;
  readonly dryRun?: boolean;
}

export function defineVerdict(program: Command): Command {
  const verdict = program.command('verdict').description('a person’s word that something is normal, for some time');
  withDatabase(verdict.command('accept'))
    .description('count an event as normal until a day, and say what that hides')
    .argument('[row]', 'the row as score prints it', wholeNumber(0))
    .option('--run <n>', 'run of the row (default: the newest finished one that scored rows)', wholeNumber(1))
    .option('--event <id>', 'global id of the event, in place of a row', wholeNumber(0))
    .requiredOption('--scope <scope>', 'host, role or everywhere')
    .requiredOption('--until <day>', 'the last UTC day on which it counts, by the time of events', dayOption)
    .requiredOption('--by <who>', 'who says so')
    .requiredOption('--why <text>', 'why')
    .option('--dry-run', 'say what it would hide, and do nothing')
    .action(runAccept);
  withDatabase(verdict.command('list')).description('all verdicts, the newest first').action(runList);
  withDatabase(verdict.command('show'))
    .description('one of them')
    .argument('<number>', 'as the list shows it', wholeNumber(1))
    .action(runShow);
  withDatabase(verdict.command('revoke'))
    .description('count it no more')
    .argument('<number>', 'as the list shows it', wholeNumber(1))
    .action(runRevoke);
  return verdict;
}

async function runAccept(row: number | undefined, flags: AcceptFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const { scope, until: untilDay, by, why, dryRun = false } = flags;
  const { cost, done } = await withStore(flags.db, 'write', async (store) => {
    const event = await chosenEvent(store, row, flags, 'verdict accept');
    return acceptEvent(store, { event, scope, untilDay, by, why, dryRun });
  });
  if (json) return out.json({ ...done, cost });
  for (const line of costLines(cost)) await out.line(line);
  if (done === undefined) return out.line('nothing was changed: --dry-run');
  await out.line(`run ${done.run}: verdict ${done.verdict} in force; baseline ${done.snapshot}`);
}

/** What a verdict hides, for people. */
export function costLines(cost: VerdictCost): string[] {
  const { bits, ln_p, signatures, low, hidden, findings, findings_hidden } = cost;
  const share = signatures === 0 ? 0 : (100 * hidden) / signatures;
  const known = `${numberText(signatures)} known signatures (${share.toFixed(1)} %)`;
  return [
    `the event: ${bits.before.toFixed(1)} → ${bits.after.toFixed(1)} bits, p ${pText(ln_p.before)} → ${pText(ln_p.after)}`,
    `hides ${numberText(hidden)} of the program’s ${known}: of ${numberText(low)} with p at most 0.01 so many rise above it`,
    `of ${numberText(findings)} stored findings that still are, ${numberText(findings_hidden)} would be none`,
    ...alertLine(cost),
  ];
}

/** Alerts named. */
const NAMED = 8;

function alertLine({ alerts_run, alerts, alerts_losing: losing }: VerdictCost): string[] {
  if (alerts_run === null) return [];
  const more = losing.length > NAMED ? `, … and ${numberText(losing.length - NAMED)} more` : '';
  const which = losing.length === 0 ? '' : ` (${losing.slice(0, NAMED).join(', ')}${more})`;
  const lost = `${numberText(losing.length)} would lose evidence${which}, and may go with it`;
  return [
    `of ${numberText(alerts)} alerts of run ${alerts_run}, ${losing.length === 0 ? 'none would lose evidence' : lost}`,
  ];
}

async function runList(flags: Flags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const rows = await withStore(flags.db, 'write', listVerdicts);
  if (json) {
    for (const row of rows) await out.json(row);
    return;
  }
  const table = new TextTable(['number', 'state', 'scope', 'until', 'by', 'why', 'what']);
  let text = '';
  for (const { verdict, state, scope, until, by, why, what } of rows) {
    text += table.add([String(verdict), state, scope, until, shortText(by, 20), shortText(why, 40), whatText(what)]);
  }
  await out.write(text + table.rest());
}

async function runShow(number: number, flags: Flags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const row = (await withStore(flags.db, 'write', listVerdicts)).find(({ verdict }) => verdict === number);
  if (row === undefined) {
    throw new QuinceError('BAD_ARGUMENT', `verdict show requires the number of a verdict, got ${number}`, {
      hint: 'quince verdict list shows them',
    });
  }
  if (json) return out.json(row);
  for (const line of verdictLines(row)) await out.line(line);
}

function verdictLines({
  verdict,
  state,
  scope,
  role,
  until,
  by,
  why,
  made,
  revoked,
  weight,
  event,
  what,
}: ShownVerdict) {
  const where = role === null ? scope : `${scope} ${shortText(role)}`;
  return [
    `verdict ${verdict}: ${state}, scope ${where}, until ${until}, counts for ${weight} presences`,
    `by ${shortText(by)} at ${made}${revoked === null ? '' : `, revoked ${revoked}`}: ${shortText(why, 400)}`,
    `event ${event}: ${whatText(what)}`,
  ];
}

async function runRevoke(number: number, flags: Flags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const done = await withStore(flags.db, 'write', (store) => revokeVerdict(store, number));
  if (json) return out.json(done);
  await out.line(`run ${done.run}: verdict ${done.verdict} revoked; baseline ${done.snapshot}`);
}
