import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { type RoleRule, RoleRules, RULE_COLUMNS } from '../../pipeline/role-rules.js';
import { type RolesReport, setRoles, showRoles } from '../../pipeline/roles.js';
import { numberText } from './count-text.js';
import { type DatabaseOptions, withDatabase, withStore } from './database.js';
import { shortText } from './explanation-text.js';
import { type SharedOptions, Terminal } from './terminal.js';
import { TextTable } from './text-table.js';

interface RolesFlags extends SharedOptions, DatabaseOptions {}

export function defineRoles(program: Command): Command {
  const roles = program.command('roles').description('which hosts are peers: rules by host, container, image and pod');
  withDatabase(roles.command('set'))
    .description('put rules in force: the first that matches gives an event without a role one')
    .argument('<file>', 'YAML: version: 1 and rules, each with a role and patterns (*, ?)')
    .action(runSet);
  withDatabase(roles.command('show'))
    .description('the rules in force, and the role of each learned host and where it is from')
    .action(runShow);
  withDatabase(roles.command('clear')).description('take the rules out of force').action(runClear);
  return roles;
}

async function runSet(file: string, flags: RolesFlags): Promise<void> {
  const content = await readFile(file, 'utf8').catch((cause) => {
    throw new QuinceError('BAD_ARGUMENT', `a file of roles requires a file that can be read, got ${file}`, { cause });
  });
  const rules = RoleRules.parse(content);
  await tell(await withStore(flags.db, 'make', (store) => setRoles(store, rules)), flags);
}

async function runClear(flags: RolesFlags): Promise<void> {
  await tell(await withStore(flags.db, 'write', (store) => setRoles(store, undefined)), flags);
}

async function tell(report: RolesReport, flags: RolesFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  if (json) return out.json(report);
  const { run, rules, snapshot } = report;
  const what = rules === 0 ? 'no rules' : `${numberText(rules)} ${rules === 1 ? 'rule' : 'rules'}`;
  await out.line(
    `run ${run}: ${what} in force; ${snapshot === undefined ? 'nothing is learned yet' : `baseline ${snapshot}`}`,
  );
}

async function runShow(flags: RolesFlags): Promise<void> {
  const { json, out } = new Terminal(flags);
  const shown = await withStore(flags.db, 'read', showRoles);
  if (json) {
    for (const rule of shown.rules) await out.json({ rule });
    for (const host of shown.hosts) await out.json(host);
    return;
  }
  for (const [i, rule] of shown.rules.entries()) await out.line(`rule ${i + 1}: ${ruleText(rule)}`);
  if (shown.rules.length === 0) await out.line('no rules in force');
  if (shown.hosts.length === 0) return;
  await out.line();
  const table = new TextTable(['host', 'role', 'from']);
  let text = '';
  for (const { host, role, from } of shown.hosts) {
    text += table.add([shortText(host), role === null ? '-' : shortText(role), from ?? '-']);
  }
  await out.write(text + table.rest());
}

function ruleText(rule: RoleRule): string {
  const asked = RULE_COLUMNS.flatMap((column) => {
    const pattern = rule[column];
    return pattern === undefined ? [] : [`${column} ${shortText(pattern)}`];
  });
  return `${asked.join(', ')} → ${shortText(rule.role)}`;
}
