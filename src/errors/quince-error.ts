/** Every code Quince throws, with the exit status of the command line for it. */
export const ERROR_CODES = {
  /** A value given by a person (argument, option, setting) is not usable. */
  BAD_ARGUMENT: 2,
  /** A file or row of input cannot be read. */
  BAD_INPUT: 3,
  /** An Arrow stream ended without its end mark. */
  TORN_STREAM: 3,
  /** The database is not there, of another schema version, or not Quince's. */
  BAD_DATABASE: 4,
  /** The same database file is open already, here or in another process. */
  DATABASE_IN_USE: 4,
  /** A statement was refused or failed. */
  BAD_SQL: 4,
  /** Nothing has been learned yet. */
  NO_BASELINE: 5,
  /** A model file or snapshot is torn, foreign or too new. */
  BAD_MODEL: 5,
  /** The sensor's addon is not built, or the kernel refuses it for a reason without a code of its own. */
  SENSOR_UNAVAILABLE: 6,
  /** The kernel is older than the sensor's programs need. */
  KERNEL_TOO_OLD: 6,
  /** The kernel shows no types of its own (BTF), by which the programs find their way. */
  BTF_MISSING: 6,
  /** The process may not load BPF programs. */
  CAP_BPF_MISSING: 6,
  /** The process may not trace the kernel. */
  CAP_PERFMON_MISSING: 6,
  /** The kernel is locked down against reading it (confidentiality). */
  KERNEL_LOCKED: 6,
  /** The kernel lacks a tracepoint. */
  TRACEPOINT_MISSING: 6,
  /** The rings are larger than the memory this user may lock. */
  MEMLOCK_TOO_SMALL: 6,
  /** kernel.perf_event_paranoid is above 2 (3 is Debian's default, 4 Ubuntu's): only CAP_SYS_ADMIN may have perf events. */
  PERF_EVENT_PARANOID: 6,
  /** The kernel has no memory for the rings. */
  RINGS_REFUSED: 6,
  /** No sensor listens on the socket. */
  NO_SENSOR: 6,
  /** Another sensor listens on the socket. */
  SOCKET_TAKEN: 6,
  /** The sensor behind the socket serves another consumer. */
  SENSOR_BUSY: 6,
  /** A worker failed; its batch was not scored. */
  WORKER_FAILED: 7,
  /** Standard output was closed by its reader (`| head`); the command ends without a word. */
  OUTPUT_CLOSED: 0,
  /** A signal asked for the end; what was acknowledged is stored. 128 + SIGINT, as shells have it. */
  INTERRUPTED: 130,
  /** A broken promise inside Quince: always a fault of ours. */
  INTERNAL: 70,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface QuinceErrorOptions extends ErrorOptions {
  /** What the person can do about it. */
  readonly hint?: string;
}

/** The one error class. Messages read "<what> requires <rule>, got <value>". */
export class QuinceError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options?: QuinceErrorOptions) {
    super(message, options);
    this.name = 'QuinceError';
    this.code = code;
    this.hint = options?.hint;
  }

  get exitStatus(): number {
    return ERROR_CODES[this.code];
  }
}
