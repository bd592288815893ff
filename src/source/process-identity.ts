import { createHash } from 'node:crypto';
import { col } from '../tuple/columns.js';
import type { RowValues } from './cell-value.js';

const HOST = col('host');
const SYSCALL = col('syscall');
const EXE = col('exe');
const ARGS = col('args');
const PID = col('pid');
const PPID = col('ppid');
const TS = col('ts');
const RET = col('ret');
const PROC = col('proc');
const PARENT_PROC = col('parent_proc');
const PARENT_EXE = col('parent_exe');
const PARENT_ARGS = col('parent_args');
const ANCESTORS = col('ancestors');

/** Ancestors named at most, as in the sensor. */
const MAX_ANCESTORS = 8;
/** Processes remembered; the one unseen for longest is forgotten first. */
const MAX_PROCESSES = 262_144;

interface Instance {
  readonly proc: bigint;
  ppid: number | undefined;
  parent: Instance | undefined;
  exe: string | undefined;
  args: string | undefined;
  execSeen: boolean;
  ended: boolean;
}

/**
 * Process instances for sources that name processes by pid alone. Rows must come in order of time. A row that has
 * `proc` is left as it is. For the others, a new instance of (host, pid) begins
 *   - at a `fork` row: of the child, which is `ret` when that is a pid other than the row's own, else the row's pid;
 *   - at the first row after an `exit` row of the pid;
 *   - at an `exec` row after another one with a different parent that is not pid 1 (a source without fork and exit
 *     rows; an orphan goes to pid 1 and stays the same process);
 *   - at first sight.
 * Any other exec keeps the instance, as in the kernel. `proc` is the hash of host, pid and the time the instance began,
 * so the same file always gives the same values. exe, args, parent_proc, parent_exe, parent_args and ancestors are filled,
 * where null, from what was seen of the process and its parents. Memory is bounded; O(1) a row.
 */
export class ProcessIdentity {
  private readonly current = new Map<string, Instance>();

  complete(row: RowValues): void {
    if (row[PROC] !== undefined || row[PID] === undefined) return;
    const syscall = row[SYSCALL];
    if (syscall === 'lost' || syscall === 'clock') return;
    const child = syscall === 'fork' ? this.fork(row) : undefined;
    const own = child ?? this.find(row);
    if (syscall === 'exec') this.exec(own, row);
    if (syscall === 'exit') own.ended = true;
    row[PROC] = own.proc;
    own.exe = row[EXE] = (row[EXE] as string | undefined) ?? own.exe;
    own.args = row[ARGS] = (row[ARGS] as string | undefined) ?? own.args;
    this.fillParent(own, row);
  }

  /** Starts the child; returns it when the row is about the child. */
  private fork(row: RowValues): Instance | undefined {
    const pid = row[PID] as number;
    const ret = row[RET] as number | undefined;
    if (ret === undefined || ret <= 0 || ret === pid) return this.begin(row, pid, row[PPID] as number | undefined);
    const parent = this.find(row);
    const child = this.begin(row, ret, pid);
    child.parent = parent;
    child.exe = parent.exe;
    child.args = parent.args;
    return undefined;
  }

  private exec(own: Instance, row: RowValues): void {
    own.exe = row[EXE] as string | undefined;
    own.args = row[ARGS] as string | undefined;
    own.execSeen = true;
  }

  private find(row: RowValues): Instance {
    const pid = row[PID] as number;
    const ppid = row[PPID] as number | undefined;
    const key = keyOf(row, pid);
    const known = this.current.get(key);
    if (known === undefined || known.ended) return this.begin(row, pid, ppid);
    const moved = ppid !== undefined && known.ppid !== undefined && ppid !== known.ppid && ppid !== 1;
    if (row[SYSCALL] === 'exec' && known.execSeen && moved) return this.begin(row, pid, ppid);
    this.current.delete(key);
    this.current.set(key, known);
    if (ppid !== undefined && ppid !== known.ppid) {
      known.ppid = ppid;
      known.parent = this.parentOf(row, pid, ppid);
    }
    return known;
  }

  private begin(row: RowValues, pid: number, ppid: number | undefined): Instance {
    const key = keyOf(row, pid);
    const parent = ppid === undefined ? undefined : this.parentOf(row, pid, ppid);
    const instance: Instance = {
      proc: instanceHash(key, row[TS] as bigint),
      ppid,
      parent,
      exe: undefined,
      args: undefined,
      execSeen: false,
      ended: false,
    };
    this.current.delete(key);
    this.current.set(key, instance);
    if (this.current.size > MAX_PROCESSES) this.forgetOldest();
    return instance;
  }

  private forgetOldest(): void {
    for (const [key, instance] of this.current) {
      // Its children may still hold it; what it held must not stay with them.
      instance.parent = undefined;
      this.current.delete(key);
      return;
    }
  }

  private parentOf(row: RowValues, pid: number, ppid: number): Instance | undefined {
    if (ppid === 0 || ppid === pid) return undefined;
    const known = this.current.get(keyOf(row, ppid));
    // A parent may have exited before its child's row: it is still the parent.
    return known ?? this.begin(row, ppid, undefined);
  }

  private fillParent(own: Instance, row: RowValues): void {
    const { parent } = own;
    if (parent === undefined) return;
    row[PARENT_PROC] ??= parent.proc;
    row[PARENT_EXE] ??= parent.exe;
    row[PARENT_ARGS] ??= parent.args;
    if (row[ANCESTORS] !== undefined) return;
    const names: string[] = [];
    for (let at: Instance | undefined = parent; at?.exe !== undefined && names.length < MAX_ANCESTORS; at = at.parent) {
      names.push(at.exe);
    }
    if (names.length > 0) row[ANCESTORS] = names.join('>');
  }
}

function keyOf(row: RowValues, pid: number): string {
  return `${row[HOST] ?? ''}\0${pid}`;
}

function instanceHash(key: string, ts: bigint): bigint {
  return createHash('sha256').update(`${key}\0${ts}`).digest().readBigUInt64LE(0);
}
