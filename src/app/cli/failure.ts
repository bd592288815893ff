import { CommanderError } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { escapeControl } from '../../tuple/escape.js';
import { jsonText } from './json-text.js';

const UNEXPECTED_STATUS = 1;
const USAGE_STATUS = 2;

/** Tells standard error why a command failed, in one line, and returns the exit status. */
export function reportFailure(error: unknown, json: boolean): number {
  const { message, code, status } = describe(error);
  if (code === 'OUTPUT_CLOSED' || status === 0) return 0;
  // Help was printed, for want of a command.
  if (error instanceof CommanderError && error.code === 'commander.help') return status;
  const line = json ? jsonText({ error: message, code }) : `quince: ${escapeControl(message)} (${code})`;
  process.stderr.write(`${line}\n`);
  return status;
}

function describe(error: unknown): { message: string; code: string; status: number } {
  if (error instanceof QuinceError) return { message: error.message, code: error.code, status: error.exitStatus };
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    return { message, code: 'BAD_ARGUMENT', status: error.exitCode === 0 ? 0 : USAGE_STATUS };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message, code: 'UNEXPECTED', status: UNEXPECTED_STATUS };
}
