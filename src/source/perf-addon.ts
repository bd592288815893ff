import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { QuinceError } from '../errors/quince-error.js';

/** Numbers of a run. After its end Σ seen_by_kind = delivered + Σ lost. */
export interface SensorCounters {
  /** Events the kernel side wrote or tried to write; `unknown` are program runs the kernel refused. */
  readonly seen_by_kind: Readonly<Record<string, number>>;
  /** Events that became rows; rows about the recording itself are not counted. */
  readonly delivered: number;
  /**
   * By reason. `shed`: events beyond a process's quota under a CPU share, and connects and closes whose owner was pushed out of a
   * full map; once that happened, an upper bound.
   */
  readonly lost: Readonly<Record<string, number>>;
  /** Events that came after a younger one had been given out. */
  readonly late: number;
  /** Processes that acted unknown and were gone from /proc. */
  readonly nameless: number;
  /** Rows of processes whose program is not known. */
  readonly rows_without_exe: number;
  /** System calls of x32 programs that differ from 64-bit ones, skipped. */
  readonly unsupported_abi: number;
  /** Events that were left out as declared noise. */
  readonly unreported: number;
  /** Entries of the process table. */
  readonly processes: number;
  /** What the sensor used of one CPU over the last quarter of a second; 0 when no share is set. */
  readonly cpu_share: number;
}

export interface SensorOptions {
  readonly slots: readonly Uint8Array[];
  readonly tables: readonly Uint8Array[];
  /** Empty: the node name of the init namespace. */
  readonly host: string;
  readonly flushMs: number;
  readonly ringPages: number;
  readonly connections: number;
  /** Inode number of the only pid namespace to be watched, 0 for all. */
  readonly pidNamespace: number;
  /** The share of one CPU to stay within by thinning, 0 for no limit. */
  readonly cpuShare: number;
  /** Declared noise. */
  readonly unreported: {
    /** First folders of paths below which reads by a process with a socket are no rows. */
    readonly reads: readonly string[];
    /** First folders of paths below which opens for writing are no rows. */
    readonly writes: readonly string[];
    /** Local or remote ports whose connections and messages are no rows. */
    readonly ports: readonly number[];
  };
  /** Names of files, of their folders, and suffixes, whose opens for reading get rows. */
  readonly sensitive: {
    readonly files: readonly string[];
    readonly folders: readonly string[];
    readonly suffixes: readonly string[];
  };
  /** Addresses of Unix sockets whose connects and accepts are counted together for a minute. */
  readonly nameServices: readonly string[];
}

/** What `start` throws and `probe` returns when the kernel does not take the sensor. */
export interface SensorFailure extends Error {
  /** What was being done. */
  readonly step: 'load' | 'rings' | 'attach' | 'seed';
  /** The system's error number, 0 when none is to blame. */
  readonly errno: number;
}

/** A slot of −1 is the end of the run. */
export type OnDelivery = (slot: number, rows: number, table: number, sequence: number) => void;

declare const handle: unique symbol;
export type SensorHandle = { readonly [handle]: true };

/** What native/addon.cc exports. Each function throws an error of code BAD_ARGUMENT for arguments that are none. */
export interface PerfAddon {
  /** @throws SENSOR_UNAVAILABLE when the kernel refuses; BAD_ARGUMENT for memory that another running sensor fills. */
  start(options: SensorOptions, onDelivery: OnDelivery): SensorHandle;
  /** A second stop changes nothing. */
  stop(sensor: SensorHandle): void;
  /** @throws BAD_ARGUMENT for a slot that is not out: not delivered, or released already. */
  release(sensor: SensorHandle, slot: number): void;
  addTable(sensor: SensorHandle, table: Uint8Array): void;
  /** For tests: the reader sleeps once for so long. */
  stall(sensor: SensorHandle, ms: number): void;
  counters(sensor: SensorHandle): SensorCounters;
  host(sensor: SensorHandle): string;
  /** Why the kernel does not take the sensor here, or undefined. Loads and attaches it, about 0.2 s. */
  probe(): SensorFailure | undefined;
  /** The id of a process instance; `startTicks` is field 22 of /proc/PID/stat. */
  procOf(tgid: number, startTicks: number): bigint;
}

export const ADDON_PATH = fileURLToPath(new URL('../../native/build/quince.node', import.meta.url));

let loaded: PerfAddon | undefined;

const BUILD_HINT = 'npm run build:native (as root on Debian, npm start installs the toolchain)';

/** Loads the addon at first use. @throws SENSOR_UNAVAILABLE when it is not built or a library is missing. */
export function loadAddon(): PerfAddon {
  if (loaded !== undefined) return loaded;
  if (!existsSync(ADDON_PATH)) {
    throw new QuinceError('SENSOR_UNAVAILABLE', 'the sensor requires a built addon, got none', { hint: BUILD_HINT });
  }
  try {
    loaded = createRequire(import.meta.url)(ADDON_PATH) as PerfAddon;
    return loaded;
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new QuinceError('SENSOR_UNAVAILABLE', `the sensor requires a loadable addon, got ${got}`, {
      cause: error,
      hint: BUILD_HINT,
    });
  }
}
