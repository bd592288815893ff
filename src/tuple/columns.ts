/**
 * The event: one row of it, column by column. This table is the only source of the schema: the Arrow schema, the slot
 * layout, the C header of the sensor, the SQL tables and EVENTS.md are made from it. Append only: a column's position
 * is part of the slot contract.
 */

/** How a string is generalised before it is counted. */
export type StringClass = 'word' | 'path' | 'args' | 'address' | 'lineage' | 'flags';

/** Physical types; `dict` is a uint32 code into the string table, 0 when null. */
export type ColumnType = 'dict' | 'u16' | 'u32' | 'u64' | 'i32' | 'ts' | 'bool';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Only for `dict`. */
  readonly strings?: StringClass;
  /** 1 to 15 for the fifteen dimensions. */
  readonly dimension?: number;
  readonly doc: string;
}

const dict = (name: string, strings: StringClass, doc: string, dimension?: number): Column =>
  dimension === undefined ? { name, type: 'dict', strings, doc } : { name, type: 'dict', strings, doc, dimension };
const num = (name: string, type: Exclude<ColumnType, 'dict'>, doc: string, dimension?: number): Column =>
  dimension === undefined ? { name, type, doc } : { name, type, doc, dimension };

export const COLUMNS = [
  dict('saddr', 'address', 'local or source address, canonical text; IPv4-mapped IPv6 as IPv4', 1),
  num('sport', 'u16', 'local or source port', 2),
  dict('daddr', 'address', 'remote or destination address', 3),
  num('dport', 'u16', 'remote or destination port', 4),
  dict('proto', 'word', 'tcp, udp, icmp, raw, packet, unix, …', 5),
  dict('host', 'word', "the sensor's configured name, else the node name of the init namespace", 6),
  dict('syscall', 'word', 'what was done, of a closed list', 7),
  dict('comm', 'word', "name of the process (its group leader's)", 8),
  dict('exe', 'path', 'path of the mapped program; of a script its interpreter', 9),
  dict('args', 'args', 'the command line as reversible shell quoting, secrets redacted, at most 8 KiB', 10),
  dict('user', 'word', "effective user, the host's name for it; an unmapped uid stays a number", 11),
  dict('group', 'word', 'effective group', 12),
  num('pid', 'u32', 'process id (thread group), in the init namespace', 13),
  num('ppid', 'u32', "the parent's process id", 14),
  num('ts', 'ts', 'when, microseconds since 1970 UTC', 15),
  num('proc', 'u64', "the process instance: hash of boot id, tgid and the leader's start in boot time"),
  num('parent_proc', 'u64', 'the process instance of the parent'),
  num('boot_ns', 'u64', 'when, nanoseconds of boot time; orders events'),
  dict('parent_exe', 'path', "the parent's program"),
  dict('parent_args', 'args', "the parent's command line"),
  dict('ancestors', 'lineage', 'programs of the ancestors, nearest first, joined by ">"'),
  dict('script', 'path', 'the script an interpreter runs'),
  dict('exe_flags', 'word', 'memfd, unlinked, just_written; joined by ","'),
  dict('stdio', 'word', 'types of descriptors 0 to 2 at exec, joined by ","'),
  dict('role', 'word', "the host's peer group"),
  num('uid', 'u32', 'effective user id'),
  num('gid', 'u32', 'effective group id'),
  num('ruid', 'u32', 'real user id'),
  num('login_uid', 'u32', 'user id at login (audit)'),
  num('session', 'u32', 'login session (audit)'),
  dict('tty', 'word', 'controlling terminal'),
  dict('cwd', 'path', 'working directory'),
  dict('container', 'word', 'container id'),
  dict('image', 'word', 'container image'),
  dict('pod', 'word', 'Kubernetes pod'),
  dict('path', 'path', 'the file acted on, or the address of a Unix socket'),
  dict('path_to', 'path', 'second path of renames and links'),
  dict('flags', 'flags', 'names of the flags that matter, joined by "|"'),
  num('ret', 'i32', 'result, or −errno'),
  num('fd', 'i32', 'file descriptor'),
  num('bytes_out', 'u64', 'payload bytes sent'),
  num('bytes_in', 'u64', 'payload bytes received'),
  num('duration_us', 'u64', 'how long it lasted, microseconds'),
  dict('daddr_name', 'word', 'name of the destination, from DNS answers the host saw; of dns rows the name asked for'),
  dict('source', 'word', 'which source wrote the row'),
  num('truncated', 'bool', 'a string of this row was cut'),
  num('ns_ppid', 'u32', "the parent's process id in the process's own pid namespace; 1 for children of its init"),
  num('count', 'u64', 'how many (lost events; operations of an aggregated flow)'),
  dict('reason', 'word', 'why events were lost: ring_full, no_slot, too_big, recursion, decode, shed'),
  num('cpu', 'u16', 'which processor lost them'),
] as const satisfies readonly Column[];

export type ColumnName = (typeof COLUMNS)[number]['name'];

export const COLUMN_COUNT = COLUMNS.length;

const positions = new Map<string, number>(COLUMNS.map((c, i) => [c.name, i]));

/** Position of a column, or undefined for a name that is none. */
export function columnPosition(name: string): number | undefined {
  return positions.get(name);
}

/** Position of a column known at compile time. */
export function col(name: ColumnName): number {
  return positions.get(name)!;
}

/** Names of the fifteen dimensions, in order. */
export const DIMENSIONS: readonly ColumnName[] = COLUMNS.filter((c: Column) => c.dimension !== undefined).map(
  (c) => c.name as ColumnName,
);

/** The dimensions of a flow log. */
export const FIVE_TUPLE: readonly ColumnName[] = ['saddr', 'sport', 'daddr', 'dport', 'proto'];

/** What `syscall` may hold. */
export const SYSCALLS = [
  'exec',
  'exec_failed',
  'fork',
  'exit',
  'connect',
  'accept',
  'bind',
  'listen',
  'send',
  'recv',
  'close',
  'socket',
  'open',
  'rename',
  'link',
  'symlink',
  'unlink',
  'truncate',
  'chmod',
  'chown',
  'setid',
  'ptrace',
  'memfd',
  'mount',
  'dns',
  'lost',
  'clock',
] as const;

export type Syscall = (typeof SYSCALLS)[number];

/** Rows about the recording itself, which no baseline learns. */
export const META_SYSCALLS: readonly Syscall[] = ['lost', 'clock'];
/** Rows that are beats: somebody calls somebody. */
export const BEAT_SYSCALLS: readonly Syscall[] = ['connect', 'send'];
