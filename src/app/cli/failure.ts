import { CommanderError } from 'commander';
import { QuinceError } from '../../errors/quince-error.js';
import { escapeControl } from '../../tuple/escape.js';
import { jsonText } from './json-text.js';

const UNEXPECTED_STATUS = 1;
const USAGE_STATUS = 2;

/** Tells standard error why a command failed, in one line, and returns the exit status. */
export function reportFailure(error: unknown, json: boolean): number {
  const { message, code, status, hint } = describe(error);
  if (code === 'OUTPUT_CLOSED' || status === 0) return 0;
  // Help was printed, for want of a command.
  if (error instanceof CommanderError && error.code === 'commander.help') return status;
  const advice = hint === undefined ? '' : `; ${hint}`;
  const line = json ? jsonText({ error: message, code, hint }) : `quince: ${escapeControl(message + advice)} (${code})`;
  process.stderr.write(`${line}\n`);
  return status;
}

function describe(error: unknown): { message: string; code: string; status: number; hint?: string | undefined } {
  if (error instanceof QuinceError) {
    const { message, code, exitStatus: status, hint } = error;
    return { message, code, status, hint };
  }
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    return { message, code: 'BAD_ARGUMENT', status: error.exitCode === 0 ? 0 : USAGE_STATUS };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { message, code: 'UNEXPECTED', status: UNEXPECTED_STATUS };
}
