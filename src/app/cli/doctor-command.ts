import type { Command } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { escapeControl } from '../../tuple/escape.js';
import { checkDatabase, checkQuince, checkSensor, type HealthCheck } from './health-checks.js';
import { type SharedOptions, type Style, Terminal } from './terminal.js';
import { wholeNumber } from './whole-number.js';

interface DoctorFlags extends SharedOptions {
  readonly db?: string;
  readonly sensor?: boolean;
  readonly pages?: number;
}

const STYLES: Readonly<Record<HealthCheck['status'], Style>> = { ok: 'green', warn: 'yellow', fail: 'red' };

export function defineDoctor(program: Command): Command {
  return program
    .command('doctor')
    .description('say what works here, and what to do about what does not')
    .option('--db <file>', 'look at a database too, and fail when it cannot be used')
    .option('--sensor', 'fail when live recording cannot run here')
    .option('--pages <n>', 'look whether rings of so many pages a processor can be had', wholeNumber(1))
    .action(runDoctor);
}

/** Fails only for what was asked: a database given, the sensor with --sensor. */
async function runDoctor(flags: DoctorFlags): Promise<void> {
  const terminal = new Terminal(flags);
  const database = flags.db === undefined ? { checks: [] } : await checkDatabase(flags.db);
  const needs = { needed: flags.sensor ?? false, ...(flags.pages === undefined ? {} : { pages: flags.pages }) };
  const checks = [...checkQuince(), ...checkSensor(needs), ...database.checks];
  for (const check of checks) {
    if (terminal.json) await terminal.out.json(check);
    else await terminal.out.line(checkText(check, terminal));
  }
  if ('fault' in database && database.fault !== undefined) throw database.fault;
  const failed = checks.find((check) => check.status === 'fail');
  if (failed === undefined) return;
  const code = failed.code ?? (failed.area === 'sensor' ? 'SENSOR_UNAVAILABLE' : 'BAD_ARGUMENT');
  throw new QuinceError(code, `${failed.area} ${failed.name}: ${failed.detail}`);
}

function checkText({ area, name, status, detail, advice }: HealthCheck, terminal: Terminal): string {
  const mark = terminal.style(STYLES[status], status.padEnd(4));
  const what = `${area} ${name}`.padEnd(20);
  return `${mark}  ${what}  ${escapeControl(detail, 200)}${advice === undefined ? '' : `\n${' '.repeat(28)}→ ${advice}`}`;
}
