import { COLUMNS, type Column } from '../dist/tuple/columns.js';
import type { PlainRow } from './source-rows.js';

/** Events for tests of sources: every column is filled somewhere, nulls, extremes and hostile texts occur. */
export const SECRET = 'hunter2-very-secret';

const HOSTILE = [
  '\u001b[31mred\u001b[0m',
  'tab\there',
  '__proto__',
  'constructor',
  '‮gnp.exe',
  'a"b\\c',
  '日本語',
  '👩‍💻',
  'NaN',
  'null',
  ' ',
  '\u0000',
];

const START_US = 1_790_000_000_000_000n;

function sparse(i: number): PlainRow {
  const hostile = HOSTILE[i % HOSTILE.length]!;
  return {
    comm: hostile,
    path: `/tmp/${hostile}/${i % 97}`,
    uid: 4_294_967_295,
    ret: -2_147_483_648,
    bytes_out: 18_446_744_073_709_551_615n,
    truncated: i % 2,
    fd: -1,
    sport: 0,
    dport: 65_535,
  };
}

function full(i: number): PlainRow {
  const row: PlainRow = {};
  for (const [c, column] of (COLUMNS as readonly Column[]).entries()) {
    if (column.type === 'dict') {
      row[column.name] = column.strings === 'address' ? `10.${i % 3}.0.${c}` : `${column.name}-${i % 50}`;
    } else if (column.type === 'bool') row[column.name] = 1;
    else if (column.type === 'u64') row[column.name] = BigInt(i * 1000 + c);
    else row[column.name] = (i + c) % 60_000;
  }
  return row;
}

/** Row `i` of the events, as it must come out. */
export function event(i: number): PlainRow {
  const base: PlainRow = {
    ts: START_US + BigInt(i) * 250n,
    host: `web${i % 3}`,
    syscall: i % 10 === 0 ? 'exec' : 'connect',
    pid: 100 + (i % 500),
    proc: 9_223_372_036_854_775_808n + BigInt(i % 500),
    exe: `/usr/bin/tool${i % 40}`,
    args: `tool --path /data/${i % 800} --password <redacted>`,
    daddr: i % 2 === 0 ? `192.0.2.${i % 250}` : `2001:db8::${(i % 250) + 1}`,
  };
  if (i % 11 === 0) return { ...full(i), ...base };
  return i % 7 === 0 ? { ...base, ...sparse(i) } : base;
}

/** The same row as it goes in: with the secret. */
export function rawEvent(i: number): PlainRow {
  const row = event(i);
  return { ...row, args: String(row.args).replace('<redacted>', SECRET) };
}

export function events(count: number, make: (i: number) => PlainRow = event): PlainRow[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** A row as one line of JSON; 64-bit values as bare digits, as DuckDB and other writers print them. */
export function jsonLine(row: object): string {
  const text = JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `\u0001${value}\u0001` : value));
  return text.replaceAll(/"\\u0001(\d+)\\u0001"/g, '$1');
}
