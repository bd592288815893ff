import type { ColumnName, Syscall } from './columns.js';

/**
 * What the sensor fills, by kind of event: the source of EVENTS.md, and what the live test holds its rows against. A
 * column in neither list is null.
 */
export interface Filled {
  /** What happened, and when the row is written. */
  readonly doc: string;
  readonly always: readonly ColumnName[];
  readonly may: readonly MayBeNull[];
}

export interface MayBeNull {
  readonly column: ColumnName;
  /** When it is null. */
  readonly why: string;
}

const may = (column: ColumnName, why: string): MayBeNull => ({ column, why });

const EVERY_ROW: readonly ColumnName[] = ['syscall', 'host', 'source', 'ts', 'boot_ns'];

const PROCESS: readonly ColumnName[] = ['pid', 'ppid', 'proc', 'user', 'group', 'uid', 'gid', 'ruid', 'truncated'];

const UNREAD = 'kernel threads, and processes that were gone before /proc could be read';
const PARENT_UNREAD = 'the parent is unknown, a kernel thread, or was gone before /proc could be read';

const PROCESS_MAY: readonly MayBeNull[] = [
  may('comm', 'the process named itself the empty string'),
  may('exe', UNREAD),
  may('args', `${UNREAD}; argv was empty or not readable`),
  may('parent_proc', 'there is no parent, or it is unknown'),
  may('ns_ppid', 'read from /proc only after the process had acted, or unknown'),
  may('parent_exe', PARENT_UNREAD),
  may('parent_args', PARENT_UNREAD),
  may('ancestors', PARENT_UNREAD),
  may('script', 'the program is no script'),
  may('exe_flags', 'the program is an ordinary file'),
  may('stdio', `${UNREAD}; known from an exec or from /proc`),
  may('tty', 'there is no controlling terminal'),
  may('cwd', UNREAD),
  may('login_uid', 'no login: started by the system'),
  may('session', 'no login: started by the system'),
];

/** A process row: what every one holds, and what this kind adds. Entries of `more` replace those of the process. */
function process(doc: string, always: readonly ColumnName[], more: readonly MayBeNull[] = []): Filled {
  const own = new Set<ColumnName>([...always, ...more.map((m) => m.column)]);
  return {
    doc,
    always: [...EVERY_ROW, ...PROCESS, ...always],
    may: [...PROCESS_MAY.filter((m) => !own.has(m.column)), ...more],
  };
}

const NO_PORT = 'port 0';
const LOCAL_UNKNOWN =
  'no local address or port yet: the connection was refused or timed out, or the socket is not bound';
const DESTINATION = 'none was given, or it was 0.0.0.0 or ::';
const SILENT = 'io_uring was asked not to tell successes';
const DIRECT = 'a direct descriptor of io_uring has no number';
const BY_NAME =
  'Names are those given, joined with the folder they start in; `flags` has UNRESOLVED when a folder in a name may be a ' +
  'symbolic link. Seen through io_uring.';
const OLD = 'the connection is older than the sensor';

/** By kind, for the kinds the sensor writes. */
export const FILLED: Readonly<Partial<Record<Syscall, Filled>>> = {
  exec: process(
    'A program was started; the row describes the process as it is after.',
    ['exe', 'stdio', 'ret'],
    [may('args', 'argv was empty or not readable'), may('cwd', 'it was not readable')],
  ),
  fork: process('A process was made; the row describes the child. Threads make no row.', ['ret']),
  exit: process('A process ended, its last thread included. `ret` is the status, or −signal; `duration_us` its life.', [
    'ret',
    'duration_us',
  ]),
  connect: process(
    'A TCP connection was made, refused or given up, or a UDP socket got its destination. `ret` is the real result, ' +
      'also of a non-blocking connect.',
    ['proto'],
    [
      may('ret', SILENT),
      may('daddr', DESTINATION),
      may('dport', NO_PORT),
      may('saddr', LOCAL_UNKNOWN),
      may('sport', LOCAL_UNKNOWN),
      may('fd', `TCP: the result is known to the socket, not to the call; ${DIRECT}`),
      may('duration_us', 'UDP: nothing is waited for'),
    ],
  ),
  accept: process(
    'A TCP connection came in; the row names the process that accepted it.',
    ['proto', 'saddr', 'sport', 'daddr', 'ret'],
    [may('dport', NO_PORT), may('fd', DIRECT)],
  ),
  close: process(
    'A TCP connection ended; refused and timed-out ones end too. `ret` is 0 or −errno of the connection; bytes are payload.',
    ['proto', 'daddr', 'ret', 'bytes_out', 'bytes_in'],
    [may('dport', NO_PORT), may('saddr', LOCAL_UNKNOWN), may('sport', LOCAL_UNKNOWN), may('duration_us', OLD)],
  ),
  send: process(
    'A UDP message was sent (sendto, sendmsg, sendmmsg). `count` stands for the messages behind the sixteenth of one call.',
    ['proto'],
    [
      may('ret', SILENT),
      may('fd', DIRECT),
      may('daddr', DESTINATION),
      may('dport', `${DESTINATION}; ${NO_PORT}`),
      may('saddr', LOCAL_UNKNOWN),
      may('sport', LOCAL_UNKNOWN),
      may('bytes_out', `one row for several messages; ${SILENT}`),
      may('count', 'one message'),
    ],
  ),
  open: process(
    'A file was opened for writing, with success; for reading when it is sensitive or the process holds an inet socket. ' +
      '`path` is resolved from the descriptor; without one `flags` has UNRESOLVED and `path` is what was asked for.',
    ['path', 'flags'],
    [may('ret', SILENT), may('fd', `${DIRECT}; ${SILENT}`)],
  ),
  rename: process(
    `A file got another name, or was refused it. ${BY_NAME}`,
    ['path', 'path_to'],
    [may('ret', SILENT), may('flags', 'none were given')],
  ),
  link: process(
    `A file (\`path\`) got a second name (\`path_to\`), or was refused it. ${BY_NAME}`,
    ['path', 'path_to'],
    [may('ret', SILENT), may('flags', 'the folders are known')],
  ),
  symlink: process(
    `A symbolic link (\`path\`) was made or refused; \`path_to\` is what it points to, as given. ${BY_NAME}`,
    ['path', 'path_to'],
    [may('ret', SILENT), may('flags', 'the folder is known')],
  ),
  unlink: process(
    `A name was removed, or its removal refused; \`flags\` has DIR for a folder. ${BY_NAME}`,
    ['path'],
    [may('ret', SILENT), may('flags', 'a file, its folder known')],
  ),
  lost: {
    doc: 'Events were lost before `ts`, within `duration_us`: seen = delivered + the sum of `count`.',
    always: [...EVERY_ROW, 'duration_us', 'count', 'reason'],
    may: [may('cpu', 'the loss belongs to no processor')],
  },
  clock: {
    doc: 'The wall clock was set by more than a second. `flags` says forward or backward.',
    always: [...EVERY_ROW, 'duration_us', 'flags'],
    may: [],
  },
};

/** Two rows as JSON lines, for EVENTS.md: a program that names itself by `proc`, and one known by its pid alone. */
export const JSON_LINES: readonly string[] = [
  '{"ts":"2026-03-02T08:15:02.250+01:00","host":"web1","syscall":"exec","pid":4711,"ppid":812,' +
    '"proc":"17446744073709551615","exe":"/usr/bin/curl","args":["curl","-s","https://example.org"],' +
    '"user":"www-data","parent_exe":"/usr/bin/bash"}',
  '{"ts":1772435702311000,"host":"web1","syscall":"connect","pid":4712,"exe":"/usr/bin/psql","user":"www-data",' +
    '"saddr":"10.0.0.5","sport":49152,"daddr":"10.0.0.9","dport":5432,"proto":"tcp","ret":0}',
];

/** Kinds that only files bring so far. */
export const NOT_YET_EMITTED: Readonly<Partial<Record<Syscall, string>>> = {
  exec_failed: 'a program could not be started',
  bind: 'a socket got a local address',
  listen: 'a socket began to listen',
  recv: 'a datagram was received',
  socket: 'a raw or packet socket was made',
  truncate: 'a file was cut',
  chmod: 'permissions were changed',
  chown: 'an owner was changed',
  setid: 'a process changed its user or group',
  ptrace: 'a process took hold of another',
  memfd: 'a file without a name was made in memory',
  mount: 'a file system was mounted',
  dns: 'a name was asked for',
};
