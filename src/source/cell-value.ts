import { COLUMNS, type Column, col, SYSCALLS } from '../tuple/columns.js';
import { quoteArgs } from '../tuple/quote.js';
import { isTime, parseTime } from '../tuple/time.js';

/** What a column holds before it is written: text for dictionary columns, else a number; undefined is null. */
export type CellValue = string | number | bigint | undefined;

/** One row, a value for each column of the schema, by position. */
export type RowValues = CellValue[];

/** Why a row could not be taken; the keys of `SourceCounters.bad`. */
export type BadReason =
  | 'not_json'
  | 'not_object'
  | 'too_long'
  | 'missing_ts'
  | 'bad_ts'
  | 'missing_syscall'
  | 'unknown_syscall'
  | 'bad_port'
  | 'bad_number'
  | 'bad_address'
  | 'bad_type'
  | 'bad_code'
  | 'no_fields'
  | 'bad_fields'
  | 'not_conn';

/** A value that a column cannot hold, with the reason. */
export class BadValue {
  constructor(readonly reason: BadReason) {}
}

const BAD_TS = new BadValue('bad_ts');
const BAD_PORT = new BadValue('bad_port');
const BAD_NUMBER = new BadValue('bad_number');
const BAD_TYPE = new BadValue('bad_type');

const TS = col('ts');
const SYSCALL = col('syscall');
const syscalls: ReadonlySet<unknown> = new Set(SYSCALLS);

const U64_LIMIT = 1n << 64n;
const DECIMAL = /^-?\d{1,20}$/;

const RANGES = { u16: [0, 0xffff], u32: [0, 0xffffffff], i32: [-0x80000000, 0x7fffffff] } as const;

function toInteger(value: unknown): number | bigint | BadValue {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : BAD_NUMBER;
  if (typeof value === 'string') return DECIMAL.test(value) ? BigInt(value) : BAD_TYPE;
  return BAD_TYPE;
}

function toText(column: Column, value: unknown): string | undefined | BadValue {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : BAD_NUMBER;
  if (typeof value === 'bigint') return String(value);
  if (column.strings === 'args' && Array.isArray(value) && value.every((part) => typeof part === 'string')) {
    return quoteArgs(value) || undefined;
  }
  return BAD_TYPE;
}

function toTimestamp(value: unknown): bigint | BadValue {
  const us = typeof value === 'string' && !DECIMAL.test(value) ? parseTime(value) : toInteger(value);
  if (us === undefined || us instanceof BadValue) return BAD_TS;
  return isTime(BigInt(us)) ? BigInt(us) : BAD_TS;
}

function toNumber(column: Column, value: unknown): number | bigint | BadValue {
  if (column.type === 'bool') {
    const bit = typeof value === 'boolean' ? Number(value) : toInteger(value);
    if (bit instanceof BadValue) return bit;
    return Number(bit) === 0 || Number(bit) === 1 ? Number(bit) : BAD_NUMBER;
  }
  const integer = toInteger(value);
  if (integer instanceof BadValue) return integer === BAD_NUMBER ? outOfRange(column) : integer;
  if (column.type === 'u64') return integer >= 0 && integer < U64_LIMIT ? BigInt(integer) : BAD_NUMBER;
  const [low, high] = RANGES[column.type as keyof typeof RANGES];
  return integer >= low && integer <= high ? Number(integer) : outOfRange(column);
}

function outOfRange(column: Column): BadValue {
  return column.name === 'sport' || column.name === 'dport' ? BAD_PORT : BAD_NUMBER;
}

/**
 * A foreign value (of JSON, Parquet or a foreign Arrow stream) as the column holds it. Integers may come as numbers,
 * bigints or decimal strings, texts also as integers, `args` also as a list of arguments; null and '' are null.
 */
export function toCell(position: number, value: unknown): CellValue | BadValue {
  if (value === null || value === undefined) return undefined;
  const column: Column = COLUMNS[position]!;
  if (column.type === 'dict') return toText(column, value);
  if (column.type === 'ts') return toTimestamp(value);
  return toNumber(column, value);
}

/** Why a row of good values is still none: it must say when and what. */
export function rowFault(row: RowValues): BadReason | undefined {
  if (row[TS] === undefined) return 'missing_ts';
  if (row[SYSCALL] === undefined) return 'missing_syscall';
  return syscalls.has(row[SYSCALL]) ? undefined : 'unknown_syscall';
}
