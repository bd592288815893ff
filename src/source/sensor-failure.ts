import { constants } from 'node:os';
import { QuinceError } from '../errors/quince-error.js';
import type { SensorFailure } from './perf-addon.js';
import {
  checkBtf,
  checkCapability,
  checkKernel,
  checkLockdown,
  checkMemlock,
  errorOf,
  perfEventParanoid,
  ringBytes,
} from './sensor-checks.js';

/** Conditions under which the kernel refuses the load with an error that does not name them. */
const CAUSES = [
  () => checkKernel(),
  checkBtf,
  () => checkCapability('CAP_BPF'),
  () => checkCapability('CAP_PERFMON'),
  checkLockdown,
];

/** Why the kernel did not take the sensor, by the first thing missing, or else by the step that failed. */
export function explainFailure(failure: SensorFailure, ringPages: number): QuinceError {
  for (const check of CAUSES) {
    const found = check();
    if (found.status === 'fail') return errorOf(found, failure);
  }
  const { step, errno, message } = failure;
  const { EACCES, EPERM, ENOMEM, ESRCH } = constants.errno;
  if (step === 'rings' && errno === EPERM) {
    const memlock = checkMemlock(ringPages);
    if (memlock.status === 'fail') return errorOf(memlock, failure);
    return new QuinceError(
      'MEMLOCK_TOO_SMALL',
      `the sensor requires ${ringBytes(ringPages)} bytes of locked memory, got what other rings of this user left`,
      { cause: failure, hint: 'end other tracers of this user, raise the limit (ulimit -l), or take fewer pages' },
    );
  }
  if (step === 'rings' && errno === EACCES) {
    // Debian's and Ubuntu's kernels know levels above 2, at which CAP_PERFMON does not suffice.
    return new QuinceError(
      'PERF_EVENT_PARANOID',
      `the sensor requires perf events, got EACCES with kernel.perf_event_paranoid ${perfEventParanoid()}`,
      { cause: failure, hint: 'set kernel.perf_event_paranoid to 2 or less (sysctl), or grant CAP_SYS_ADMIN' },
    );
  }
  if (step === 'rings' && errno === ENOMEM) {
    return new QuinceError(
      'RINGS_REFUSED',
      `the sensor requires ${ringBytes(ringPages)} bytes of memory for its rings, got ENOMEM`,
      { cause: failure, hint: 'take fewer pages (--pages)' },
    );
  }
  // libbpf looks every tracepoint up in the kernel's types; its text names the one that is not there.
  if ((step === 'load' || step === 'attach') && errno === ESRCH) {
    return new QuinceError('TRACEPOINT_MISSING', `the sensor requires every tracepoint it uses, got ${message}`, {
      cause: failure,
      hint: 'use a kernel with networking and tracepoints built in (CONFIG_INET, CONFIG_TRACEPOINTS)',
    });
  }
  return new QuinceError('SENSOR_UNAVAILABLE', `the sensor requires a kernel that takes it, got ${message}`, {
    cause: failure,
    hint: 'quince doctor --sensor looks at what it depends on',
  });
}
