/** Times are microseconds since 1970-01-01 UTC. Years from 1970 to 2200 are accepted, so that they fit everywhere. */

export const DAY_MS = 86_400_000;
const US_PER_MS = 1000n;
const US_PER_MINUTE = 60_000_000n;
export const US_PER_HOUR = 60n * US_PER_MINUTE;
const US_PER_DAY = 24n * US_PER_HOUR;

export const FIRST_TIME_US = 0n;
/** 2201-01-01, the first moment after. */
export const END_TIME_US = BigInt(Date.UTC(2201, 0, 1)) * US_PER_MS;

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;

export function isTime(us: bigint): boolean {
  return us >= FIRST_TIME_US && us < END_TIME_US;
}

/** Hour of the day, 0 to 23, UTC. */
export function hourOfDay(us: bigint): number {
  return Number((us / US_PER_HOUR) % 24n);
}

/** Minutes since 1970. */
export function minuteOf(us: bigint): number {
  return Number(us / US_PER_MINUTE);
}

/** Hours since 1970. */
export function hourOf(us: bigint): number {
  return Number(us / US_PER_HOUR);
}

/** Days since 1970, UTC: the day of a segment. */
export function dayOf(us: bigint): number {
  return Number(us / US_PER_DAY);
}

/** "2026-11-24" of a day since 1970. */
export function formatDay(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/**
 * Microseconds of a time written after RFC 3339; digits below the microsecond are cut off, a leap second (":60")
 * counts as the last microsecond of its minute. Undefined for an impossible date, a time without zone, or a year
 * outside 1970 to 2200.
 */
export function parseTime(text: string): bigint | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = offsetMinutes(match[9], match[10], match[11]);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || offset === undefined) return undefined;
  const leap = second === 60;
  const ms = Date.UTC(year, month - 1, day, hour, minute - offset, leap ? 59 : second);
  const fraction = leap ? 999_999n : BigInt((match[7] ?? '').slice(0, 6).padEnd(6, '0'));
  const us = BigInt(ms) * US_PER_MS + fraction;
  return year >= 1970 && isTime(us) ? us : undefined;
}

/** RFC 3339 in UTC with six digits: `parseTime(formatTime(t))` is t. */
export function formatTime(us: bigint): string {
  const ms = us / US_PER_MS;
  const below = (us % US_PER_MS).toString().padStart(3, '0');
  return `${new Date(Number(ms)).toISOString().slice(0, -1)}${below}Z`;
}

function offsetMinutes(sign?: string, hours?: string, minutes?: string): number | undefined {
  if (sign === undefined) return 0;
  const h = Number(hours);
  const m = Number(minutes);
  if (h > 23 || m > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (h * 60 + m);
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
