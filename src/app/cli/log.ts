import { type DestinationStream, type Logger, pino } from 'pino';
import { QuinceError } from '../../errors/quince-error.js';
import { escapeControl } from '../../tuple/escape.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

const NAMES: Readonly<Record<number, string>> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };
const FIXED = new Set(['level', 'time', 'pid', 'hostname', 'msg']);

/** One readable line of a log record: time, level, message, fields. */
export function logLine(record: string): string {
  const fields = JSON.parse(record) as Record<string, unknown>;
  const time = new Date(Number(fields.time)).toISOString().slice(11, 19);
  const rest = Object.entries(fields)
    .filter(([name]) => !FIXED.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const text = `${time} ${NAMES[Number(fields.level)] ?? 'fatal'} ${String(fields.msg)}${rest.join('')}`;
  return `${escapeControl(text)}\n`;
}

/**
 * The log, on standard error: JSON lines, or one readable line each on a terminal. Written at once, so that a kill
 * loses no line.
 * @throws BAD_ARGUMENT for a level that is none
 */
export function makeLog(level: string, isTerminal: boolean): Logger {
  if (!(LOG_LEVELS as readonly string[]).includes(level)) {
    throw new QuinceError('BAD_ARGUMENT', `log level requires one of ${LOG_LEVELS.join(', ')}, got ${level}`);
  }
  const file = pino.destination({ dest: 2, sync: true });
  const readable: DestinationStream = { write: (record) => void file.write(logLine(record)) };
  return pino({ level, base: null }, isTerminal ? readable : file);
}
