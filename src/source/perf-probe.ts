import { loadAddon } from './perf-addon.js';
import {
  checkAddon,
  checkBtf,
  checkCapability,
  checkKernel,
  checkLockdown,
  checkMemlock,
  DEFAULT_RING_PAGES,
  type SensorCheck,
} from './sensor-checks.js';
import { explainFailure } from './sensor-failure.js';

export interface SensorProbe {
  readonly ok: boolean;
  /** The first failed check, as one line. */
  readonly reason?: string;
  readonly checks: readonly SensorCheck[];
}

/** Rings of the trial, small: the question is whether the kernel takes the programs. */
const TRIAL_PAGES = 8;

function checkLoad(): SensorCheck {
  const failure = loadAddon().probe();
  if (failure === undefined) return { name: 'load', status: 'ok', detail: 'the kernel takes the programs' };
  const { code, message, hint } = explainFailure(failure, TRIAL_PAGES);
  const detail = message.replace('the sensor ', '');
  return { name: 'load', status: 'fail', code, detail, ...(hint === undefined ? {} : { advice: hint }) };
}

/**
 * Whether the sensor can run here with rings of so many pages, and what stands in its way. Never throws. The last check
 * loads and attaches the programs for a moment (about 0.2 s); it is left out when an earlier one failed.
 */
export function probeSensor(ringPages = DEFAULT_RING_PAGES): SensorProbe {
  const checks: SensorCheck[] = [];
  const looks: [string, () => SensorCheck][] = [
    ['kernel', () => checkKernel()],
    ['addon', checkAddon],
    ['btf', checkBtf],
    ['CAP_BPF', () => checkCapability('CAP_BPF')],
    ['CAP_PERFMON', () => checkCapability('CAP_PERFMON')],
    ['lockdown', checkLockdown],
    ['memlock', () => checkMemlock(ringPages)],
  ];
  for (const [name, look] of looks) {
    try {
      checks.push(look());
    } catch (error) {
      checks.push({ name, status: 'fail', detail: `requires a readable /proc, got ${(error as Error).message}` });
    }
  }
  if (checks.every((check) => check.status !== 'fail')) checks.push(checkLoad());
  const failed = checks.find((check) => check.status === 'fail');
  return failed === undefined
    ? { ok: true, checks }
    : { ok: false, reason: `${failed.name}: ${failed.detail}`, checks };
}
