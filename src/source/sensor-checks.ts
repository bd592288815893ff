import { existsSync, readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { type ErrorCode, QuinceError } from '../errors/quince-error.js';
import { loadAddon } from './perf-addon.js';

/** One thing the sensor depends on. `detail` of a failed one reads "requires <rule>, got <value>". */
export interface SensorCheck {
  readonly name: string;
  /** `warn`: the sensor runs, and sees less. */
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly code?: ErrorCode;
  readonly advice?: string;
}

/** Bit numbers of capabilities. */
const CAPABILITIES = { CAP_IPC_LOCK: 14n, CAP_SYS_ADMIN: 21n, CAP_SYS_RESOURCE: 24n, CAP_PERFMON: 38n, CAP_BPF: 39n };

/** The oldest kernel with all that the sensor's programs use: iterators over files, and helpers in BTF tracepoints. */
const OLDEST = [5, 11] as const;

export const DEFAULT_RING_PAGES = 1024;
const PAGE_BYTES = 4096;

/** A check that failed, as the error of a sensor that was started all the same. */
export function errorOf(check: SensorCheck, cause?: unknown): QuinceError {
  return new QuinceError(check.code ?? 'SENSOR_UNAVAILABLE', `the sensor ${check.detail}`, {
    cause,
    ...(check.advice === undefined ? {} : { hint: check.advice }),
  });
}

function holds(name: keyof typeof CAPABILITIES): boolean {
  const held = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  return ((held >> CAPABILITIES[name]) & 1n) === 1n;
}

/** @param version of the kernel, as `uname -r` prints it */
export function checkKernel(version = release()): SensorCheck {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const ok = process.platform === 'linux' && (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]));
  if (ok) return { name: 'kernel', status: 'ok', detail: version };
  return {
    name: 'kernel',
    status: 'fail',
    code: 'KERNEL_TOO_OLD',
    detail: `requires Linux ${OLDEST.join('.')} or newer, got ${version}`,
    advice: 'record on a machine with a newer kernel; scoring of files works here',
  };
}

export function checkAddon(): SensorCheck {
  try {
    loadAddon();
    return { name: 'addon', status: 'ok', detail: 'built and loadable' };
  } catch (error) {
    const { message, hint, code } = error as QuinceError;
    const detail = message.replace('the sensor ', '');
    return { name: 'addon', status: 'fail', code, detail, ...(hint === undefined ? {} : { advice: hint }) };
  }
}

export function checkBtf(): SensorCheck {
  const path = '/sys/kernel/btf/vmlinux';
  if (existsSync(path)) return { name: 'btf', status: 'ok', detail: path };
  return {
    name: 'btf',
    status: 'fail',
    code: 'BTF_MISSING',
    detail: `requires ${path}, got none`,
    advice: 'use a kernel built with CONFIG_DEBUG_INFO_BTF; in a container, let /sys show it',
  };
}

/** CAP_SYS_ADMIN stands for both, as in the kernel. */
export function checkCapability(name: 'CAP_BPF' | 'CAP_PERFMON'): SensorCheck {
  if (holds('CAP_SYS_ADMIN')) return { name, status: 'ok', detail: 'held, by CAP_SYS_ADMIN' };
  if (holds(name)) return { name, status: 'ok', detail: 'held' };
  return {
    name,
    status: 'fail',
    code: `${name}_MISSING`,
    detail: `requires ${name}, got uid ${process.geteuid?.()} without it`,
    advice: 'run as root, or with CAP_BPF and CAP_PERFMON',
  };
}

export function checkLockdown(): SensorCheck {
  let text: string;
  try {
    text = readFileSync('/sys/kernel/security/lockdown', 'utf8');
  } catch (error) {
    const detail = `not shown here (${(error as NodeJS.ErrnoException).code})`;
    return { name: 'lockdown', status: 'ok', detail };
  }
  const mode = /\[(\w+)\]/.exec(text)?.[1] ?? 'none';
  if (mode !== 'confidentiality') return { name: 'lockdown', status: 'ok', detail: mode };
  return {
    name: 'lockdown',
    status: 'fail',
    code: 'KERNEL_LOCKED',
    detail: `requires a kernel that BPF may read (lockdown none or integrity), got lockdown ${mode}`,
    advice: 'boot with lockdown=integrity',
  };
}

/** Bytes that rings of so many pages lock: one page more each, on every processor. */
export function ringBytes(ringPages: number): number {
  return cpus().length * (ringPages + 1) * PAGE_BYTES;
}

/** What a user without CAP_IPC_LOCK may lock for rings (perf_mmap in the kernel), or undefined for no limit. */
function lockableBytes(): number | undefined {
  const read = (name: string) => Number(readFileSync(`/proc/sys/kernel/${name}`, 'utf8'));
  if (holds('CAP_IPC_LOCK') || holds('CAP_SYS_RESOURCE') || read('perf_event_paranoid') === -1) return undefined;
  // The sensor raises its soft limit as far as the hard one allows.
  const hard = /^Max locked memory\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  if (hard === undefined || hard === 'unlimited') return undefined;
  return cpus().length * read('perf_event_mlock_kb') * 1024 + Number(hard);
}

/** A prediction: other rings of the same user count too. */
export function checkMemlock(ringPages = DEFAULT_RING_PAGES): SensorCheck {
  const lockable = lockableBytes();
  const needed = ringBytes(ringPages);
  if (lockable === undefined) return { name: 'memlock', status: 'ok', detail: 'no limit for this process' };
  if (needed <= lockable) return { name: 'memlock', status: 'ok', detail: `${lockable} bytes, rings take ${needed}` };
  return {
    name: 'memlock',
    status: 'fail',
    code: 'MEMLOCK_TOO_SMALL',
    detail: `requires ${needed} bytes of locked memory for rings of ${ringPages} pages, got a limit of ${lockable}`,
    advice: 'raise the limit (ulimit -l, LimitMEMLOCK=), grant CAP_IPC_LOCK, or take fewer pages (--pages)',
  };
}

/** The level as the kernel writes it; `unknown` where it has none. */
export function perfEventParanoid(): string {
  try {
    return readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
