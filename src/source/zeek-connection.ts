import ipaddr from 'ipaddr.js';
import { col } from '../tuple/columns.js';
import { type BadReason, BadValue, type CellValue, type RowValues, toCell } from './cell-value.js';

/** A field of a record by Zeek's name; undefined where it is unset. */
export type Fields = (name: string) => unknown;

const TS = col('ts');
const HOST = col('host');
const SYSCALL = col('syscall');
const PROTO = col('proto');
const RET = col('ret');
const DURATION = col('duration_us');
const FLAGS = col('flags');
const SOURCE = col('source');

const COPIED: readonly (readonly [string, number])[] = [
  ['id.orig_h', col('saddr')],
  ['id.resp_h', col('daddr')],
  ['id.orig_p', col('sport')],
  ['id.resp_p', col('dport')],
  ['orig_bytes', col('bytes_out')],
  ['resp_bytes', col('bytes_in')],
];

const ECONNREFUSED = -111;
const ETIMEDOUT = -110;
/** Results of connect() that states of a TCP connection tell; of others nothing is known. */
const RESULTS = new Map<unknown, number>([
  ...['SF', 'S1', 'S2', 'S3', 'RSTO', 'RSTR'].map((state) => [state, 0] as const),
  ...['S0', 'SH', 'RSTOS0'].map((state) => [state, ETIMEDOUT] as const),
  ['REJ', ECONNREFUSED],
]);

/** Whether an object has the fields by which a connection of Zeek is known. */
export function looksLikeConnection(object: Readonly<Record<string, unknown>>): boolean {
  return ['id.orig_h', 'uid', 'conn_state'].every((name) => name in object);
}

const SECONDS = /^(\d{1,12})(?:\.(\d{1,9}))?$/;

/** Microseconds of seconds as Zeek writes them; digits below are cut off. */
function toMicroseconds(value: unknown): bigint | undefined {
  // A number of JSON holds microseconds of this century exactly enough to be rounded to them.
  const match = SECONDS.exec(typeof value === 'number' ? value.toFixed(6) : String(value));
  if (match === null) return undefined;
  return BigInt(match[1]!) * 1_000_000n + BigInt((match[2] ?? '').slice(0, 6).padEnd(6, '0'));
}

/** Whether an address is of the monitored network: what Zeek says, else whether it is private. */
function isLocal(said: unknown, address: unknown): boolean {
  if (said !== undefined) return said === 'T' || said === true;
  if (typeof address !== 'string' || !ipaddr.isValid(address)) return false;
  return ['private', 'uniqueLocal', 'linkLocal', 'loopback'].includes(ipaddr.process(address).range());
}

/**
 * A connection as an event: `connect` over TCP, else `send`, from its originator to its responder, at its first packet.
 * `ret` is what its state says of connect(); `flags` are the state and the service. `host` is the originator where it is
 * local, for it is the host that acted, else the name of the network. Of ICMP the ports are what Zeek writes there, types and
 * codes, for they tell flows apart.
 */
export function fillConnection(field: Fields, network: string, into: RowValues): BadReason | undefined {
  const proto = field('proto');
  const ts = field('ts');
  if (proto === undefined || field('id.orig_h') === undefined || field('id.resp_h') === undefined) return 'not_conn';
  const us = typeof ts === 'string' && ts.includes('T') ? ts : toMicroseconds(ts);
  if (ts !== undefined && us === undefined) return 'bad_ts';
  const state = field('conn_state');
  const service = field('service');
  const duration = field('duration');
  const values: [number, unknown][] = [
    [TS, us],
    [HOST, isLocal(field('local_orig'), field('id.orig_h')) ? field('id.orig_h') : network],
    [SYSCALL, proto === 'tcp' ? 'connect' : 'send'],
    [PROTO, proto],
    [RET, proto === 'tcp' ? RESULTS.get(state) : undefined],
    [DURATION, duration === undefined ? undefined : (toMicroseconds(duration) ?? -1)],
    [FLAGS, [state, service].filter((part) => part !== undefined).join('|')],
    [SOURCE, 'zeek'],
    ...COPIED.map(([name, position]): [number, unknown] => [position, field(name)]),
  ];
  for (const [position, value] of values) {
    const cell: CellValue | BadValue = toCell(position, value);
    if (cell instanceof BadValue) return cell.reason;
    into[position] = cell;
  }
  return undefined;
}
