import { InvalidArgumentError } from 'commander';
import { DAY_MS } from '../../tuple/time.js';

/** Parser of an option that is a UTC day like 2026-11-24: days since 1970. */
export function dayOption(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError(`requires a day like 2026-11-24, got ${JSON.stringify(text)}.`);
  }
  return ms / DAY_MS;
}
