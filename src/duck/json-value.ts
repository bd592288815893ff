import type { DuckDBValue } from '@duckdb/node-api';
import { api } from './api.js';

const {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
} = api;

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** Integers beyond it do not survive a JSON number. */
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** Decimal digits a double holds exactly. */
const SAFE_DIGITS = 15;

/**
 * A value as JSON holds it without loss: integers beyond 2^53 and wide decimals as strings, times as RFC 3339 in UTC,
 * blobs as base64, lists and structs nested, maps as a list of {key, value}, NaN and infinities by name.
 */
export function jsonValue(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value <= SAFE && value >= -SAFE ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return timeValue(value) ?? nestedValue(value);
}

function timeValue(value: object): JsonValue | undefined {
  if (value instanceof DuckDBTimestampTZValue) return rfc3339(value.micros, 6);
  if (value instanceof DuckDBTimestampValue) return rfc3339(value.micros, 6);
  if (value instanceof DuckDBTimestampMillisecondsValue) return rfc3339(value.millis, 3);
  if (value instanceof DuckDBTimestampSecondsValue) return rfc3339(value.seconds, 0);
  if (value instanceof DuckDBTimestampNanosecondsValue) return rfc3339(value.nanos, 9);
  if (value instanceof DuckDBDateValue) return value.toString();
  return undefined;
}

function nestedValue(value: Exclude<DuckDBValue, null | string | number | boolean | bigint>): JsonValue {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(jsonValue);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([k, v]) => [k, jsonValue(v)]));
  }
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((e) => ({ key: jsonValue(e.key), value: jsonValue(e.value) }));
  }
  if (value instanceof DuckDBUnionValue) return jsonValue(value.value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return value.width <= SAFE_DIGITS ? value.toDouble() : value.toString();
  return value.toString();
}

/** Years that Date can write with four digits; beyond them DuckDB's infinities and far dates stay as counts. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

/** RFC 3339 of a count of 10^-digits seconds since 1970. */
function rfc3339(count: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits);
  const part = ((count % unit) + unit) % unit;
  const seconds = (count - part) / unit;
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return String(count);
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${whole}Z` : `${whole}.${String(part).padStart(digits, '0')}Z`;
}
