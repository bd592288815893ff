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
const NO_FLAGS = 'none was given';
const REFUSED =
  'the directory is the one the kernel used; a name in it that is more than a plain one, or may be a link that is followed, ' +
  'is looked up by the reader when it comes to it, and `flags` holds UNRESOLVED when that failed: dots and links stand as the ' +
  'program wrote them.';
const PATHS = `Rows with \`ret\` < 0 were refused (−EPERM, −EACCES, −EROFS). Of calls by name, ${REFUSED}`;
const NO_MESSAGE = 'it was no DNS message with one question, or could not be read';
const NAME = may('daddr_name', 'no DNS answer that the machine saw within its time to live told a name of the address');
const ANY_ADDRESS = 'any address (0.0.0.0 or ::); a Unix socket';
const UNIX = 'a Unix socket';
const NOT_UNIX = 'no Unix socket, or one without an address';
const FIRST = 'the first message of its flow';
const ONE_LOOKUP = 'one; only look-ups of name services (`models/sensor.yaml`) are counted, by minute';
const OLD = 'the connection is older than the sensor';
const SILENT = 'io_uring was asked not to tell successes, or too many of its requests were under way';
const DIRECT = 'a direct descriptor of io_uring has no number';

/** By kind, for the kinds the sensor writes. */
export const FILLED: Readonly<Record<Syscall, Filled>> = {
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
  exec_failed: process(
    'A program could not be started; the row describes the process that tried. `path` is the string that was passed, made ' +
      'absolute. Absolute paths that one thread did not find (ENOENT) within a second share a row with the first of them.',
    ['ret'],
    [may('path', 'it was not readable'), may('count', 'one attempt')],
  ),
  setid: process(
    'User, group, groups or effective capabilities were changed; the row holds those after. `flags` names the call and what ' +
      'changed (`EUID=1000>0`). A call that leaves all as the last row of the process had it makes no row.',
    ['flags', 'ret'],
  ),
  ptrace: process(
    'A process took hold of another, by ptrace or by reading or writing its memory; once a minute for each tracer, target ' +
      'and request. `path` is the program of the target.',
    ['flags', 'ret'],
    [may('path', 'the target is a kernel thread, or has ended')],
  ),
  connect: process(
    'A TCP connection was made, refused or given up; a UDP, raw or ping socket got its destination; a Unix socket was ' +
      'connected. `ret` is the real result, also of a non-blocking connect.',
    ['proto'],
    [
      may('ret', SILENT),
      may('daddr', `${DESTINATION}; ${UNIX}`),
      may('dport', `${NO_PORT}; ${UNIX}`),
      may('saddr', `${LOCAL_UNKNOWN}; ${UNIX}`),
      may('sport', `${LOCAL_UNKNOWN}; ${UNIX}`),
      may('path', NOT_UNIX),
      may('fd', `TCP that sent a SYN: the result is known to the socket, not to the call; ${DIRECT}`),
      may('duration_us', 'nothing is waited for: all but TCP that sent a SYN, and counted look-ups'),
      may('count', ONE_LOOKUP),
      NAME,
    ],
  ),
  accept: process(
    'A TCP or Unix connection came in; the row names the process that accepted it. `path` is its own address.',
    ['proto'],
    [
      may('ret', SILENT),
      may('fd', `${DIRECT}; ${SILENT}`),
      may('saddr', `${UNIX}; ${SILENT}`),
      may('sport', UNIX),
      may('daddr', `${UNIX}; ${SILENT}`),
      may('dport', `${NO_PORT}; ${UNIX}; ${SILENT}`),
      may('path', NOT_UNIX),
      may('duration_us', ONE_LOOKUP),
      may('count', ONE_LOOKUP),
      NAME,
    ],
  ),
  bind: process(
    'A socket got a local address, or was refused it; port 0 shows as the port that was chosen. Of a failure the ' +
      'address is the one asked for.',
    ['proto', 'ret'],
    [may('fd', DIRECT), may('saddr', ANY_ADDRESS), may('sport', `${NO_PORT}; ${UNIX}`), may('path', NOT_UNIX)],
  ),
  listen: process(
    'A socket began to listen, or was refused it.',
    ['proto'],
    [may('ret', SILENT), may('fd', DIRECT), may('saddr', ANY_ADDRESS), may('sport', UNIX), may('path', NOT_UNIX)],
  ),
  socket: process(
    'A raw, packet or ping socket was made, or was refused. `flags` are family, type and protocol.',
    ['proto', 'flags'],
    [may('ret', SILENT), may('fd', `refused; ${DIRECT}; ${SILENT}`)],
  ),
  send: process(
    'UDP messages were sent. Of a flow (process, socket, addresses, ports, result) the first in a second is a row at ' +
      'once, those after it one more: before `ts`, within `duration_us`.',
    ['proto'],
    [
      may('ret', SILENT),
      may('fd', DIRECT),
      may('bytes_out', SILENT),
      may('daddr', DESTINATION),
      may('dport', `${DESTINATION}; ${NO_PORT}`),
      may('saddr', LOCAL_UNKNOWN),
      may('sport', LOCAL_UNKNOWN),
      may('duration_us', FIRST),
      may('count', 'one message'),
      NAME,
    ],
  ),
  recv: process(
    'UDP messages were received by a program, in rows as of `send`. `daddr` is the peer.',
    ['proto', 'ret', 'fd', 'bytes_in'],
    [
      may('daddr', 'the program did not ask for it, and the socket is not connected'),
      may('dport', 'as `daddr`'),
      may('saddr', LOCAL_UNKNOWN),
      may('sport', LOCAL_UNKNOWN),
      may('duration_us', FIRST),
      may('count', 'one message'),
      NAME,
    ],
  ),
  close: process(
    'A TCP connection ended; refused and timed-out ones end too. The row names the process that closed or shut down the local side; when ' +
      'the peer or a timer ended it, the one that connected or accepted. `ret` is 0 or −errno of the connection; bytes are payload.',
    ['proto', 'daddr', 'ret', 'bytes_out', 'bytes_in'],
    [may('dport', NO_PORT), may('saddr', LOCAL_UNKNOWN), may('sport', LOCAL_UNKNOWN), may('duration_us', OLD), NAME],
  ),
  dns: process(
    'A DNS message over UDP: what was asked of port 53 (`bytes_out`), and what came from there (`flags` holds ANSWER, `bytes_in`, ' +
      '`ret` is −(response code), −3 for no such name). `daddr_name` is the name asked for, the first of `flags` the type (A, ' +
      'AAAA, TXT, …). The datagram has a row of its own too.',
    ['proto', 'dport'],
    [
      may('ret', SILENT),
      may('fd', DIRECT),
      may('daddr', DESTINATION),
      may('saddr', LOCAL_UNKNOWN),
      may('sport', LOCAL_UNKNOWN),
      may('daddr_name', NO_MESSAGE),
      may('flags', NO_MESSAGE),
      may('bytes_out', 'an answer'),
      may('bytes_in', 'a query'),
    ],
  ),
  open: process(
    'A file was opened: for writing; for reading when it is sensitive (models/sensor.yaml), or the process holds an inet ' +
      'socket, then one row a minute. `path` is resolved from the descriptor; the first of `flags` is the access. Refused ones ' +
      `(\`ret\` < 0) when it was for writing, or the name is that of a sensitive file; then ${REFUSED} The same without \`ret\`.`,
    ['path', 'flags'],
    [may('ret', SILENT), may('fd', `it was refused; ${DIRECT}; ${SILENT}`)],
  ),
  rename: process(
    `A file got another name: \`path\` the old one, \`path_to\` the new one. ${PATHS}`,
    ['path', 'path_to'],
    [may('ret', SILENT), may('flags', NO_FLAGS)],
  ),
  link: process(
    `A file got a second name: \`path\` is the file, \`path_to\` the new name. ${PATHS}`,
    ['path', 'path_to'],
    [may('ret', SILENT), may('flags', NO_FLAGS)],
  ),
  symlink: process(
    `A symbolic link was made: \`path\` is its text as given, \`path_to\` the link. ${PATHS}`,
    ['path', 'path_to'],
    [may('ret', SILENT), may('flags', NO_FLAGS)],
  ),
  unlink: process(
    `A name was removed; \`flags\` says DIR for a directory. ${PATHS}`,
    ['path'],
    [may('ret', SILENT), may('flags', NO_FLAGS)],
  ),
  truncate: process(`A file was cut. ${PATHS}`, ['path'], [may('ret', SILENT), may('flags', NO_FLAGS)]),
  chmod: process(
    `Permissions were changed; the first of \`flags\` is the mode in octal, then SETUID, SETGID, STICKY. ${PATHS}`,
    ['path', 'flags', 'ret'],
  ),
  chown: process(
    `An owner was changed; \`flags\` says to whom, as the process gave the ids (UID=0|GID=0). ${PATHS}`,
    ['path', 'ret'],
    [may('flags', 'neither was changed')],
  ),
  memfd: process(
    'A file without a name was made in memory; `path` is what it is called.',
    ['path', 'ret', 'fd'],
    [may('flags', NO_FLAGS)],
  ),
  mount: process(
    'A file system was mounted (`path` is the source as given, `path_to` where), moved, or taken away. The first of `flags` is ' +
      `MOUNT, BIND, REMOUNT, MOVE or UMOUNT, then the type. ${PATHS}`,
    ['path_to', 'flags', 'ret'],
    [may('path', 'UMOUNT, or no source was given')],
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
