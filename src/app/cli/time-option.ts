import { InvalidArgumentError } from 'commander';
import { parseTime } from '../../tuple/time.js';

/** Microseconds since 1970 of "2026-06-02T16:01:00Z", also without seconds, zone (UTC), time (midnight) or the T. */
export function timeOption(text: string): bigint {
  const [, day, clock = '00:00', seconds = ':00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? [];
  const us = day === undefined ? undefined : parseTime(`${day}T${clock}${seconds}${zone}`);
  if (us !== undefined) return us;
  throw new InvalidArgumentError(`requires a time such as 2026-06-02T16:01Z, got ${JSON.stringify(text)}.`);
}
