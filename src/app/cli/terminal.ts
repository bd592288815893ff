import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import type { Logger } from 'pino';
import { escapeControl } from '../../tuple/escape.js';
import { LOG_LEVELS, makeLog } from './log.js';
import { Output } from './output.js';
import { type Progress, startProgress } from './progress.js';

/** Options that every command has. */
export interface SharedOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel: string;
}

export function withSharedOptions(command: Command): Command {
  return command
    .option('--json', 'JSON lines on standard output, errors as {error, code}')
    .option('-q, --quiet', 'no progress, and only warnings in the log')
    .addOption(
      new Option('--log-level <level>', 'log on standard error').choices(LOG_LEVELS).env('QUINCE_LOG').default('warn'),
    );
}

export type Style = Parameters<typeof styleText>[0];

/** Where a command speaks: results on standard output, the log and progress on standard error. */
export class Terminal {
  readonly json: boolean;
  readonly out = new Output(process.stdout);
  readonly log: Logger;
  private readonly quiet: boolean;
  private readonly showsProgress: boolean;
  private readonly coloured: boolean;

  constructor(options: SharedOptions) {
    const { json = false, quiet = false } = options;
    this.json = json;
    this.quiet = quiet;
    const level = quiet && options.logLevel === 'info' ? 'warn' : options.logLevel;
    this.log = makeLog(level, process.stderr.isTTY === true);
    this.showsProgress = process.stderr.isTTY === true && !json && !quiet;
    // https://no-color.org: any value that is not empty
    this.coloured = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }

  /** Says something beside the result on standard error: a plain line for people (not with -q), else a log record. */
  note(text: string, fields: object = {}): void {
    if (this.json) this.log.info(fields, text);
    else if (!this.quiet) process.stderr.write(`${escapeControl(text)}\n`);
  }

  /** A warning on standard error: a plain line for people, else a log record. */
  warn(text: string, fields: object = {}): void {
    if (this.json) this.log.warn(fields, text);
    else if (this.log.isLevelEnabled('warn')) process.stderr.write(`warning: ${escapeControl(text)}\n`);
  }

  style(style: Style, text: string): string {
    return this.coloured ? styleText(style, text) : text;
  }

  progress(what: string, unit: string, total?: number): Progress {
    return startProgress({ shown: this.showsProgress, what, unit, ...(total === undefined ? {} : { total }) });
  }
}
