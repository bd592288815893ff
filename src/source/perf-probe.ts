import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { loadAddon } from './perf-addon.js';

export interface SensorCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface SensorProbe {
  readonly ok: boolean;
  /** The first failed check, as one line. */
  readonly reason?: string;
  readonly checks: readonly SensorCheck[];
}

/** Bit numbers of capabilities; CAP_SYS_ADMIN stands for the other two. */
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

/** The oldest kernel with all that the sensor's programs use: iterators over files, and helpers in BTF tracepoints. */
const OLDEST = [5, 11] as const;

function checkKernel(): SensorCheck {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const ok = process.platform === 'linux' && (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]));
  return { name: 'kernel', ok, detail: ok ? release() : `requires Linux ${OLDEST.join('.')}, got ${release()}` };
}

function checkAddon(): SensorCheck {
  try {
    loadAddon();
    return { name: 'addon', ok: true, detail: 'built and loadable' };
  } catch (error) {
    return { name: 'addon', ok: false, detail: (error as Error).message };
  }
}

function checkBtf(): SensorCheck {
  const path = '/sys/kernel/btf/vmlinux';
  const ok = existsSync(path);
  return { name: 'btf', ok, detail: ok ? path : `requires ${path} (CONFIG_DEBUG_INFO_BTF), got none` };
}

function checkCapabilities(): SensorCheck {
  const held = BigInt(`0x${/^CapEff:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const has = (bit: bigint) => ((held >> bit) & 1n) === 1n;
  const ok = has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON));
  return {
    name: 'capabilities',
    ok,
    detail: ok
      ? 'CAP_BPF and CAP_PERFMON'
      : `requires CAP_BPF and CAP_PERFMON (or root), got uid ${process.getuid?.()}`,
  };
}

function checkMemlock(): SensorCheck {
  const limit = /^Max locked memory\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 'unknown';
  return { name: 'memlock', ok: true, detail: limit === 'unlimited' ? limit : `${limit} bytes` };
}

function checkLoad(): SensorCheck {
  const refused = loadAddon().probe();
  return { name: 'load', ok: refused === undefined, detail: refused ?? 'the kernel takes the programs' };
}

/**
 * Whether the sensor can run here, and what stands in its way. Never throws. The last check loads and attaches the
 * programs for a moment (about 0.2 s); it is left out when an earlier one failed.
 */
export function probeSensor(): SensorProbe {
  const checks: SensorCheck[] = [];
  for (const check of [checkKernel, checkAddon, checkBtf, checkCapabilities, checkMemlock]) {
    try {
      checks.push(check());
    } catch (error) {
      checks.push({ name: check.name, ok: false, detail: (error as Error).message });
    }
  }
  if (checks.every((check) => check.ok)) checks.push(checkLoad());
  const failed = checks.find((check) => !check.ok);
  return failed === undefined
    ? { ok: true, checks }
    : { ok: false, reason: `${failed.name}: ${failed.detail}`, checks };
}
